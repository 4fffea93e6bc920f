"""What dead runs left on the engine."""

from __future__ import annotations

from collections.abc import Sequence

from IntegrationLibrary.containers.engine import Engine


def remove_left(*, containers: Sequence[str], networks: Sequence[str], volumes: Sequence[str]) -> None:
    """Remove what a dead run had written down, by the names; containers first, as networks go when they are empty.

    Raises:
        EnvironmentFailure: The engine does not answer, or refuses.

    """
    if not (containers or networks or volumes):
        return
    engine = Engine.find()
    try:
        for name in containers:
            engine.remove(name)
        for name in networks:
            engine.remove_network(name)
        for name in volumes:
            engine.remove_volume(name)
    finally:
        engine.close()
