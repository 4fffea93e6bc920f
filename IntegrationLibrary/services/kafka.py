"""Service type `kafka`: Apache Kafka in a container, one node without ZooKeeper."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec

_FOR_CONTAINERS, _OWN, _CONTROLLER = 19092, 19093, 19094
_CHECK = ["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", f"localhost:{_OWN}"]


class KafkaSpec(ContainerSpec):
    """The keys of a service of type `kafka`."""

    for_containers = _FOR_CONTAINERS

    image: str | None = "apache/kafka:4.3.1"
    port: Port | None = 9092
    url: str = "{host}:{port}"
    environment: dict[str, str | int | float] = Field(
        default={
            "KAFKA_NODE_ID": 1,
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@localhost:{_CONTROLLER}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "OWN",
            "KAFKA_LOG_DIRS": "/tmp/kraft-combined-logs",  # noqa: S108 the one that its image has
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": 0,
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": 1,
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": 1,
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": 1,
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": 1,
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": 1,
        }
    )
    # The line comes first: the command starts a machine of Java's own each time.
    ready: dict[str, Any] = Field(default={"log": "Kafka Server started", "command": _CHECK})


class KafkaService(ContainerService):
    """Apache Kafka in a container: `events: {type: kafka}`; clients begin at `${events.url}`, which is `host:port`.

    It tells clients on this machine and in containers each the address that they reach it at. Topics are made when they
    are first used. A proxy (`faults: true`) is passed only when a client begins: Kafka then tells it its own address.
    """

    name = "kafka"
    spec_class: ClassVar[type[ServiceSpec]] = KafkaSpec

    def _variables(self, spec: ContainerSpec) -> dict[str, str]:
        """Return the variables with its listeners: a client goes to where the one that it has asked says Kafka is."""
        told = self.allocate(spec)
        listeners = {
            "TESTS": (f":{spec.port}", told["url"]),
            "CONTAINERS": (f":{_FOR_CONTAINERS}", f"{self.place.service}:{_FOR_CONTAINERS}"),
            "OWN": (f"localhost:{_OWN}", f"localhost:{_OWN}"),
        }
        controller = f"CONTROLLER://localhost:{_CONTROLLER}"
        return {
            "KAFKA_LISTENERS": ",".join([*(f"{name}://{at}" for name, (at, _) in listeners.items()), controller]),
            "KAFKA_ADVERTISED_LISTENERS": ",".join(f"{name}://{told}" for name, (_, told) in listeners.items()),
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": ",".join(
                f"{each}:PLAINTEXT" for each in [*listeners, "CONTROLLER"]
            ),
            **spec.variables,
        }
