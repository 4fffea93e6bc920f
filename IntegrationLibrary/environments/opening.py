"""Databases as a process opens them: each with the isolation that the environment file names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.strategy import ISOLATIONS, Exactness, Isolated, Isolation


def isolation_for(
    database: Database, name: str, told: Mapping[str, Any], *, base: Path, guard: Callable[[], None] | None
) -> Isolation:
    """Return the strategy for an open database; *told* is what its service says of it."""

    def reseed() -> None:
        from IntegrationLibrary.seeding.load import load_seed
        from IntegrationLibrary.seeding.names import remember_names

        catalog = Catalog(database)
        loaded = load_seed(database, catalog, [base / seed for seed in told["spec"]["seeds"]], guard=guard)
        remember_names(database, catalog, loaded.named)

    def fresh_clone() -> None:
        from IntegrationLibrary.databases.templates import clone

        if not told.get("template"):
            raise EnvironmentFailure(
                f"Database '{name}' cannot be made anew.", seen="it is external: it has no template to clone"
            )
        database.close()
        clone(told["admin_url"], told["template"], told["database"])

    isolated = Isolated(
        database=database,
        name=name,
        template=told.get("template"),
        admin_url=told.get("admin_url"),
        reseed=reseed,
        fresh_clone=fresh_clone,
        guard=guard,
        ends_transactions=told["spec"]["open_transactions"] == "end",
        exactness=Exactness(told["spec"]["sequences"], told["spec"]["verify"]),
    )
    return ISOLATIONS.get(told["isolation"])(isolated)
