"""Every hard case of PostgreSQL: each file of `cases/` is a schema and a program that is undone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fixtures.cases import CASES, Case
from fixtures.fingerprints import fingerprint
from fixtures.isolation import armed
from fixtures.postgres import empty_database

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database, identifier, postgres_url, sql
from IntegrationLibrary.isolation.strategy import Exactness


@dataclass(frozen=True)
class Role:
    """A role that owns a database and is no superuser: what it was granted, and the step that it can take for rows."""

    name: str
    grant: str
    step: str


GRANTED = Role("granted", "GRANT SET ON PARAMETER session_replication_role TO {user}", "rolled back")
ORDINARY = Role("ordinary", "", "tables restored")
VERIFIED = Exactness(verify="always")


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_program_is_undone(file: Path, each_server: EmbeddedServer) -> None:
    """All rows, sequences, large objects and materialised views are as they were, and the step is the expected one."""
    case = Case.read(file)
    with empty_database(each_server) as database:
        _prove(case, database, each_server, observer=database)


@pytest.mark.parametrize("role", [GRANTED, ORDINARY], ids=lambda role: role.name)
@pytest.mark.parametrize("file", [file for file in CASES if not Case.read(file).superuser], ids=lambda file: file.stem)
def test_a_program_is_undone_without_a_superuser(file: Path, role: Role, each_server: EmbeddedServer) -> None:
    """An owner who may be a replica takes the same step; one who may not writes the touched tables again."""
    case = Case.read(file)
    if case.step == "rolled back":
        case = replace(case, step=role.step)
    with empty_database(each_server) as observer, owned(observer, role, each_server) as database:
        _prove(case, database, each_server, observer=observer)


def _prove(case: Case, database: Database, server: EmbeddedServer, *, observer: Database) -> None:
    if not database.value(case.needs):
        pytest.skip(f"this server does not answer with true to {case.needs}")
    database.execute(case.schema)
    clones = case.step == "cloned anew"
    with armed(database, server, clones=clones, close=observer.close, exactness=VERIFIED) as isolation:
        database.execute(case.suite or "SELECT 1")
        before = fingerprint(observer)
        for _ in range(2):  # what the first rollback leaves behind, the second one meets
            application = Database(database.url)
            checkpoint = isolation.checkpoint("test")
            application.execute(case.program)
            assert fingerprint(observer) != before, "the program has no effect"
            report = isolation.roll_back(checkpoint)
            application.close()

            assert (report.step, fingerprint(observer)) == (case.step, before), report.notes


@contextlib.contextmanager
def owned(observer: Database, role: Role, server: EmbeddedServer) -> Iterator[Database]:
    """The database that *observer* sees as a superuser, as its owner sees it, who is an ordinary role."""
    name, user = observer.value("SELECT current_database()"), f"il_{role.name}"
    admin = Database(server.url("postgres"))
    if admin.value("SHOW server_version_num") < "150000" and role.grant:
        pytest.skip("PostgreSQL grants parameters since version 15")
    if not admin.value("SELECT true FROM pg_roles WHERE rolname = %s", [user]):
        admin.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'secret'")
        admin.execute(role.grant.format(user=user))
    admin.execute(sql("ALTER DATABASE {} OWNER TO {}", identifier(name), identifier(user)))
    admin.close()
    observer.execute(f"ALTER SCHEMA public OWNER TO {user}")
    opened = Database(postgres_url(host="127.0.0.1", port=server.port, user=user, password="secret", database=name))
    yield opened
    opened.close()


def test_large_objects_that_a_clone_loses_are_told(each_server: EmbeddedServer) -> None:
    """A suite wrote them before its test; the template has none of them."""
    with (
        empty_database(each_server) as database,
        armed(database, each_server, clones=True, close=database.close) as isolation,
    ):
        database.execute("SELECT lo_from_bytea(4711, 'of the suite')")
        checkpoint = isolation.checkpoint("test")
        database.execute("CREATE TABLE more (id int)")

        with pytest.raises(IntegrationError, match="lost what its suite had put in"):
            isolation.roll_back(checkpoint)


THINGS = """
CREATE DOMAIN price AS int; CREATE SEQUENCE numbers; CREATE TABLE items (id int PRIMARY KEY, name text, costs price);
INSERT INTO items VALUES (1, 'tea'); CREATE VIEW cheap AS SELECT id FROM items;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER of_items BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION keep();
CREATE MATERIALIZED VIEW filled AS SELECT id FROM items;
CREATE MATERIALIZED VIEW unfilled AS SELECT id FROM items WITH NO DATA;
"""


@pytest.mark.parametrize(
    ("change", "needs"),
    [
        ("CREATE OR REPLACE VIEW cheap AS SELECT id FROM items WHERE id < 9", 130000),
        ("ALTER TABLE items ALTER COLUMN name TYPE text USING upper(name)", 130000),
        ("ALTER DOMAIN price ADD CHECK (VALUE > 0)", 130000),
        ("CREATE OR REPLACE TRIGGER of_items BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION lose()", 140000),
        ("CREATE SCHEMA more", 130000),
        ("ALTER SEQUENCE numbers CACHE 5", 130000),
        ("REFRESH MATERIALIZED VIEW filled WITH NO DATA", 130000),
        ("REFRESH MATERIALIZED VIEW unfilled", 130000),
    ],
)
def test_what_leaves_no_row_is_noticed_for_an_owner_too(change: str, needs: int, each_server: EmbeddedServer) -> None:
    """There are no event triggers for those who are no superusers, and the catalogue is compared."""
    with empty_database(each_server) as observer, owned(observer, ORDINARY, each_server) as database:
        if database.value("SELECT current_setting('server_version_num')::int") < needs:
            pytest.skip("this version has no such statement")
        database.execute(THINGS)
        with armed(database, each_server, clones=False, close=observer.close) as isolation:
            checkpoint = isolation.checkpoint("test")
            database.execute(change)

            with pytest.raises(IntegrationError, match="cannot be rolled back"):
                isolation.roll_back(checkpoint)


@pytest.mark.parametrize("refresh", ["filled WITH NO DATA", "unfilled"])
def test_a_view_that_is_emptied_or_filled_first_is_noticed(refresh: str, each_server: EmbeddedServer) -> None:
    """Refreshing it again would not bring back whether it was filled."""
    with empty_database(each_server) as database:
        database.execute(THINGS)
        with armed(database, each_server, clones=False, close=database.close) as isolation:
            checkpoint = isolation.checkpoint("test")
            database.execute(f"REFRESH MATERIALIZED VIEW {refresh}")

            with pytest.raises(IntegrationError, match="materialised view was emptied, or filled"):
                isolation.roll_back(checkpoint)


def test_temporary_types_and_functions_are_no_change_for_an_owner_either(each_server: EmbeddedServer) -> None:
    """They go with their session, and the catalogue is compared without them."""
    with empty_database(each_server) as observer, owned(observer, ORDINARY, each_server) as database:
        database.execute(THINGS)
        with armed(database, each_server, clones=False, close=observer.close) as isolation:
            checkpoint = isolation.checkpoint("test")
            database.execute("CREATE FUNCTION pg_temp.one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            database.execute(
                "CREATE TYPE pg_temp.size AS ENUM ('small'); CREATE DOMAIN pg_temp.d AS int CHECK (VALUE > 0)"
            )

            assert isolation.roll_back(checkpoint).step == ORDINARY.step
