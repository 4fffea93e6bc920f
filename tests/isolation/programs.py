"""Random programs for the oracle: statements of every kind, by two connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st
from isolation.schemas import LITERALS, ROLE, Table

_MERGE, _MERGE_BY_SOURCE = 15, 17  # the versions of PostgreSQL that have it


@dataclass(frozen=True)
class Step:
    """One statement of a program, by one of its two connections; it may be refused."""

    connection: int
    kind: str
    statement: str
    rows: tuple[tuple[str | None, ...], ...] = ()  # what COPY FROM STDIN sends


@dataclass(frozen=True)
class Program:
    """Steps, and how what they leave open ends: in the middle or not before the end, prepared ones in this way."""

    steps: tuple[Step, ...]
    leaves_open: bool
    ending: str


class Pen:
    """Writes random statements to one table."""

    def __init__(self, draw: st.DrawFn, table: Table, version: int) -> None:
        self.draw, self.table, self.version = draw, table, version
        self.name, self.seen = table.name, table.sibling("seen")

    @property
    def number(self) -> int:
        """A key that there may be."""
        return self.draw(st.integers(0, 6))

    @property
    def column(self) -> str:
        """One of the table's columns."""
        return self._column()[0]

    @property
    def partition(self) -> str:
        """One of the table's partitions."""
        return self.draw(st.sampled_from(self.table.partitions))

    @property
    def change(self) -> str:
        """A column and its new value, as UPDATE has them."""
        column, kind = self._column()
        return f"{column} = {self.draw(st.sampled_from(LITERALS[kind]))}"

    @property
    def view_change(self) -> str:
        """The same for the column that the table's view has."""
        column, kind = self.table.columns[0]
        return f"{column} = {self.draw(st.sampled_from(LITERALS[kind]))}"

    def insert(self, into: str = "") -> str:
        """Return an INSERT of rows, which may be refused."""
        columns, overriding = self._inserted()
        values = ", ".join(f"({', '.join(self._row(columns))})" for _ in range(self.draw(st.integers(1, 3))))
        return f"INSERT INTO {into or self.name} ({', '.join(columns)}){overriding} VALUES {values}"

    def copied(self) -> tuple[str, tuple[tuple[str | None, ...], ...]]:
        """Return a COPY, and the rows that it sends."""
        columns, _ = self._inserted()
        rows = tuple(tuple(_plain(each) for each in self._row(columns)) for _ in range(self.draw(st.integers(1, 3))))
        target = self.draw(st.sampled_from([self.name, *self.table.partitions]))
        return f"COPY {target} ({', '.join(columns)}) FROM STDIN", rows

    def merge(self) -> str:
        """Return a MERGE that updates, inserts and deletes."""
        by_source = self.version >= _MERGE_BY_SOURCE and self.draw(st.booleans())
        return (
            f"MERGE INTO {self.name} t USING (VALUES ({self.number}), ({self.number})) n (id) ON t.id = n.id"
            f" WHEN MATCHED AND t.id < {self.number} THEN DELETE WHEN MATCHED THEN UPDATE SET {self.change}"
            " WHEN NOT MATCHED THEN INSERT (id) OVERRIDING SYSTEM VALUE VALUES (n.id)"
            + (f" WHEN NOT MATCHED BY SOURCE AND t.id > {self.number} THEN DELETE" if by_source else "")
        )

    def _column(self) -> tuple[str, str]:
        return self.draw(st.sampled_from(self.table.columns))

    def _inserted(self) -> tuple[list[str], str]:
        chosen = not self.table.counts or self.draw(st.booleans())
        overriding = " OVERRIDING SYSTEM VALUE" if chosen and self.table.key == "identity always" else ""
        return [*(["id"] if chosen else []), *(name for name, _ in self.table.columns)], overriding

    def _row(self, columns: list[str]) -> list[str]:
        kinds = dict(self.table.columns)
        return [
            str(self.number) if name == "id" else self.draw(st.sampled_from(LITERALS[kinds[name]])) for name in columns
        ]


def _plain(literal: str) -> str | None:
    """Return what the SQL literal stands for, as a text that COPY can send; NULL where there is no simple one."""
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    return None if literal == "NULL" or literal.startswith(("E'", "ROW")) else literal


_Statement = Callable[[Pen], str]
_WRITES: dict[str, _Statement] = {
    "INSERT": Pen.insert,
    "INSERT ON CONFLICT DO NOTHING": lambda pen: f"{pen.insert()} ON CONFLICT DO NOTHING",
    "INSERT ON CONFLICT DO UPDATE": lambda pen: (
        f"{pen.insert()} ON CONFLICT (id) DO UPDATE SET {pen.column} = excluded.{pen.table.columns[0][0]}"
    ),
    "UPDATE": lambda pen: f"UPDATE {pen.name} SET {pen.change}",
    "UPDATE of one row": lambda pen: f"UPDATE {pen.name} SET {pen.change} WHERE id = {pen.number}",
    "UPDATE that shifts keys": lambda pen: f"UPDATE {pen.name} SET id = id + 1 WHERE id >= {pen.number}",
    "UPDATE that mirrors keys": lambda pen: f"UPDATE {pen.name} SET id = {pen.number} - id",
    "UPDATE ONLY": lambda pen: f"UPDATE ONLY {pen.name} SET {pen.change}",
    "DELETE": lambda pen: f"DELETE FROM {pen.name}",
    "DELETE of one row": lambda pen: f"DELETE FROM {pen.name} WHERE id = {pen.number}",
    "DELETE by ctid": lambda pen: f"DELETE FROM {pen.name} WHERE ctid = (SELECT min(ctid) FROM {pen.name})",
    "writable CTE": lambda pen: (
        f"WITH gone AS (DELETE FROM {pen.name} WHERE id < {pen.number} RETURNING id) INSERT INTO audit TABLE gone"
    ),
}
_TABLE: dict[str, _Statement] = {
    **_WRITES,
    "TRUNCATE": lambda pen: f"TRUNCATE {pen.name} CASCADE",
    "TRUNCATE RESTART IDENTITY": lambda pen: f"TRUNCATE {pen.name} RESTART IDENTITY CASCADE",
}
_PARTITION: dict[str, _Statement] = {
    "INSERT into a partition": lambda pen: pen.insert(pen.partition),
    "UPDATE of a partition": lambda pen: f"UPDATE {pen.partition} SET {pen.change}",
    "DELETE from a partition": lambda pen: f"DELETE FROM {pen.partition} WHERE id < {pen.number}",
    "row movement between partitions": lambda pen: f"UPDATE {pen.name} SET id = 3 - id WHERE id BETWEEN 0 AND 3",
    "TRUNCATE of a partition": lambda pen: f"TRUNCATE {pen.partition} CASCADE",
}
_VIEW: dict[str, dict[str, _Statement]] = {
    "": {},
    "updatable": {
        "INSERT into an updatable view": lambda pen: f"INSERT INTO {pen.seen} (id) VALUES ({pen.number})",
        "UPDATE of an updatable view": lambda pen: f"UPDATE {pen.seen} SET {pen.view_change} WHERE id < {pen.number}",
        "DELETE from an updatable view": lambda pen: f"DELETE FROM {pen.seen} WHERE id = {pen.number}",
    },
    "ruled": {
        "UPDATE of a view with a rule": lambda pen: f"UPDATE {pen.seen} SET {pen.view_change} WHERE id < {pen.number}",
        "DELETE from a view with a rule": lambda pen: f"DELETE FROM {pen.seen} WHERE id < {pen.number}",
    },
    "instead": {
        "INSERT through INSTEAD OF": lambda pen: f"INSERT INTO {pen.seen} (id) VALUES ({pen.number})",
        "UPDATE through INSTEAD OF": lambda pen: f"UPDATE {pen.seen} SET id = id + 1 WHERE id < {pen.number}",
        "DELETE through INSTEAD OF": lambda pen: f"DELETE FROM {pen.seen} WHERE id < {pen.number}",
    },
    "materialised": {
        "REFRESH MATERIALIZED VIEW": lambda pen: f"REFRESH MATERIALIZED VIEW {pen.seen}",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY": lambda pen: f"REFRESH MATERIALIZED VIEW CONCURRENTLY {pen.seen}",
    },
}
_PREPARED_NAMES = ["kept_1", "kept_2"]
_TEMPORARY: dict[str, _Statement] = {
    "CREATE TEMPORARY TABLE": lambda pen: f"CREATE TEMP TABLE scratch AS SELECT id FROM {pen.name}",
    "CREATE TEMPORARY TABLE ON COMMIT DROP": lambda _: "CREATE TEMP TABLE brief (id int) ON COMMIT DROP",
    "INSERT from a temporary table": lambda pen: (
        f"CREATE TEMP TABLE few AS SELECT {pen.number} AS id; INSERT INTO {pen.name} (id) TABLE few; DROP TABLE few"
    ),
}
_SESSION = {
    "nextval": ["SELECT nextval('alone')"],
    "setval": ["SELECT setval('alone', 7, false)", "SELECT setval('alone', 70)"],
    "SET of how values are printed": [
        "SET extra_float_digits = -10; SET datestyle = 'German'; SET bytea_output = escape"
    ],
    "BEGIN": ["BEGIN"],
    "BEGIN REPEATABLE READ": ["BEGIN ISOLATION LEVEL REPEATABLE READ"],
    "BEGIN SERIALIZABLE": ["BEGIN ISOLATION LEVEL SERIALIZABLE"],
    "COMMIT": ["COMMIT"],
    "ROLLBACK": ["ROLLBACK"],
    "SAVEPOINT": ["SAVEPOINT s"],
    "ROLLBACK TO SAVEPOINT": ["ROLLBACK TO SAVEPOINT s"],
    "SET ROLE": [f"SET ROLE {ROLE}"],
    "RESET ROLE": ["RESET ROLE"],
    "EXECUTE": [f"EXECUTE {name}" for name in _PREPARED_NAMES],
}
_OLDER_SNAPSHOT = {"BEGIN REPEATABLE READ", "BEGIN SERIALIZABLE"}
_REPLICA = {
    "SET session_replication_role": [f"SET session_replication_role = {role}" for role in ("replica", "origin")]
}
_TWO_PHASES = {
    "PREPARE TRANSACTION": ["PREPARE TRANSACTION 'one'", "PREPARE TRANSACTION 'two'"],
    "COMMIT PREPARED": ["COMMIT PREPARED 'one'", "COMMIT PREPARED 'two'"],
    "ROLLBACK PREPARED": ["ROLLBACK PREPARED 'one'", "ROLLBACK PREPARED 'two'"],
}
_FOR_A_CLONE: dict[str, _Statement] = {
    "ALTER TABLE ADD COLUMN": lambda pen: f"ALTER TABLE {pen.name} ADD COLUMN more int DEFAULT 5",
    "ALTER TABLE DISABLE TRIGGER": lambda pen: f"ALTER TABLE {pen.name} DISABLE TRIGGER ALL",
    "CREATE TABLE": lambda pen: f"CREATE TABLE new AS SELECT id FROM {pen.name}",
    "DROP TABLE": lambda pen: f"DROP TABLE {pen.name} CASCADE",
    "CREATE INDEX": lambda pen: f"CREATE INDEX ON {pen.name} (id)",
    "TRUNCATE under an older snapshot": lambda pen: (
        f"BEGIN ISOLATION LEVEL SERIALIZABLE; TRUNCATE {pen.name} CASCADE; COMMIT"
    ),
    "ALTER SEQUENCE RESTART": lambda _: "ALTER SEQUENCE alone RESTART WITH 50",
    "lo_create": lambda pen: f"SELECT lo_create({4711 + pen.number})",
    "lowrite": lambda pen: f"SELECT lowrite(lo_open(4711, 131072), 'written {pen.number}')",
    "lo_unlink": lambda _: "SELECT lo_unlink(4711)",
}
_FOR_A_CLONE_WITH_PARTITIONS: dict[str, _Statement] = {
    "DETACH PARTITION": lambda pen: f"ALTER TABLE {pen.name} DETACH PARTITION {pen.table.sibling('2')}",
    "ATTACH PARTITION": lambda pen: (
        f"CREATE TABLE attached (LIKE {pen.name}); ALTER TABLE {pen.name} DETACH PARTITION {pen.table.sibling('2')};"
        f"ALTER TABLE {pen.name} ATTACH PARTITION attached FOR VALUES FROM (50) TO (60)"
    ),
}


def kinds(version: int) -> list[str]:
    """Return all kinds of statements that programs for this version may have."""
    views = [kind for view in _VIEW.values() for kind in view]
    others = [*_SESSION, *_REPLICA, *_TWO_PHASES, *_TEMPORARY, *_FOR_A_CLONE, *_FOR_A_CLONE_WITH_PARTITIONS]
    return [*_TABLE, *_PARTITION, *views, *others, *dict.fromkeys(_own_words(version))]


@st.composite
def programs(draw: st.DrawFn, tables: list[Table], version: int) -> Program:
    """Up to twelve statements, or a few more, inside transactions and outside."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 8))):
        steps += draw(_passages(tables, version))
    if any(step.kind in _OLDER_SNAPSHOT for step in steps):  # nobody can note what a TRUNCATE removes under it
        steps = [step for step in steps if "TRUNCATE" not in step.statement]
    return Program(tuple(steps), draw(st.booleans()), draw(st.sampled_from(["COMMIT", "ROLLBACK"])))


@st.composite
def programs_that_change_the_schema(draw: st.DrawFn, tables: list[Table], version: int) -> Program:
    """Programs with a statement in them that triggers cannot see the effects of."""
    steps = list(draw(programs(tables, version)).steps)
    pen = Pen(draw, draw(st.sampled_from(sorted(tables, key=lambda table: not table.partitions))), version)
    # Few tables have partitions: where there are some, they are what is changed every other time.
    of_partitions = pen.table.partitions and draw(st.booleans())
    possible = _FOR_A_CLONE_WITH_PARTITIONS if of_partitions else _FOR_A_CLONE
    kind = draw(st.sampled_from(sorted(possible)))
    steps.insert(draw(st.integers(0, len(steps))), Step(draw(st.integers(0, 1)), kind, possible[kind](pen)))
    return Program(tuple(steps), leaves_open=False, ending="ROLLBACK")


@st.composite
def rows(draw: st.DrawFn, table: Table) -> str:
    """An INSERT of rows, which may be refused."""
    return Pen(draw, table, 0).insert()


@st.composite
def _passages(draw: st.DrawFn, tables: list[Table], version: int) -> list[Step]:
    """One statement, or a whole transaction."""
    connection = draw(st.integers(0, 1))
    if draw(st.integers(0, 7)):
        return [draw(_steps(tables, version, connection))]
    begin = draw(st.sampled_from(["BEGIN", "BEGIN REPEATABLE READ", "BEGIN SERIALIZABLE"]))
    written = [draw(_writes(tables, version, connection)) for _ in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        save, back = (Step(connection, kind, _SESSION[kind][0]) for kind in ("SAVEPOINT", "ROLLBACK TO SAVEPOINT"))
        written = [save, *written, back, draw(_writes(tables, version, connection))]
    end = draw(st.sampled_from(["COMMIT", "ROLLBACK", "PREPARE TRANSACTION", "PREPARE TRANSACTION"]))
    ended = [draw(_fixed({end: ({**_SESSION, **_TWO_PHASES})[end]}, connection))]
    if end == "PREPARE TRANSACTION" and draw(st.booleans()):
        later = draw(st.sampled_from(["COMMIT PREPARED", "ROLLBACK PREPARED"]))
        ended.append(draw(_fixed({later: _TWO_PHASES[later]}, draw(st.integers(0, 1)))))
    return [Step(connection, begin, _SESSION[begin][0]), *written, *ended]


@st.composite
def _steps(draw: st.DrawFn, tables: list[Table], version: int, connection: int) -> Step:
    if draw(st.integers(0, 3)):
        return draw(_writes(tables, version, connection))
    # A replica does not check deferred keys: what it writes may have one key twice, and then is no table any more.
    replica = {} if any(table.is_deferred for table in tables) else _REPLICA
    return draw(_fixed({**_SESSION, **replica, **_TWO_PHASES}, connection))


@st.composite
def _writes(draw: st.DrawFn, tables: list[Table], version: int, connection: int) -> Step:
    pen = Pen(draw, draw(st.sampled_from(tables)), version)
    groups = [_TABLE, _TABLE, _VIEW[pen.table.view], _PARTITION if pen.table.partitions else {}, _TEMPORARY]
    kinds = [kind for group in groups for kind in group]
    kind = draw(st.sampled_from([*kinds, *kinds, *_own_words(version)]))
    if kind == "COPY FROM STDIN":
        return Step(connection, kind, *pen.copied())
    if kind == "MERGE":
        return Step(connection, kind, pen.merge())
    if kind == "PREPARE":
        statement = _WRITES[draw(st.sampled_from(sorted(_WRITES)))](pen)
        return Step(connection, kind, f"PREPARE {draw(st.sampled_from(_PREPARED_NAMES))} AS {statement}")
    return Step(connection, kind, {**_TABLE, **_VIEW[pen.table.view], **_PARTITION, **_TEMPORARY}[kind](pen))


def _own_words(version: int) -> list[str]:
    merge = ["MERGE"] * 4 if version >= _MERGE else []
    return [*merge, *["COPY FROM STDIN"] * 4, *["PREPARE"] * 2]


@st.composite
def _fixed(draw: st.DrawFn, statements: dict[str, list[str]], connection: int) -> Step:
    kind = draw(st.sampled_from(sorted(statements)))
    return Step(connection, kind, draw(st.sampled_from(statements[kind])))
