"""Connections to PostgreSQL; the only importer of psycopg."""

from __future__ import annotations

import contextlib
import functools
import importlib
import select
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.redaction import mask_urls
from IntegrationLibrary.base.waiting import Answer

if TYPE_CHECKING:
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.sql import Composable

APPLICATION_NAME = "IntegrationLibrary"

Parameters = Sequence[Any] | Mapping[str, Any] | None

_CONNECT_TIMEOUT = 10
# SQLSTATE codes (PostgreSQL manual, appendix A) after which connecting again is useless.
_NEVER_CONNECTS = frozenset({"28000", "28P01", "3D000"})


def import_meanwhile() -> None:
    """Import what the first connection needs, beside what the caller waits for before there is one."""
    threading.Thread(target=importlib.import_module, args=("psycopg",), daemon=True).start()


class DatabaseError(IntegrationError):
    """PostgreSQL refused a statement; *sqlstate* is its five-letter code (PostgreSQL manual, appendix A).

    *constraint* is the name of the one that was violated, *context* what the server was doing; both may be empty.
    """

    def __init__(self, error: psycopg.Error, headline: str = "PostgreSQL refused a statement.") -> None:
        self.sqlstate = error.sqlstate or ""
        self.detail = error.diag.message_primary or str(error).strip()
        self.constraint = error.diag.constraint_name or ""
        self.context = error.diag.context or ""
        self.has_position = error.diag.statement_position is not None
        self._position = int(error.diag.statement_position or 1)
        super().__init__(headline, seen=_described(error))

    def line(self, script: str) -> int:
        """Return the line of *script* that PostgreSQL points at, counted from 1."""
        return script[: self._position - 1].count("\n") + 1


class Database:
    """One database over one connection in autocommit mode, opened when first used."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection[Any] | None = None
        self._held: psycopg.Connection[Any] | None = None
        self._second: Database | None = None

    def __repr__(self) -> str:
        return f"<Database({mask_urls(self.url)})>"

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The open connection; a closed or broken one is replaced."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.url)
        return self._connection

    def rows(self, query: Any, parameters: Parameters = None) -> list[dict[str, Any]]:
        """Return all rows of a query, each as a mapping from column name to value."""
        from psycopg.rows import dict_row

        with self._statement(), self.connection.cursor(row_factory=dict_row) as cursor:
            # Not prepared: a test may add a column, and a prepared statement must not change what it returns.
            return cursor.execute(_plain(query, parameters), parameters, prepare=False).fetchall()

    def tuples(self, query: Any, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Return all rows of a query as tuples."""
        with self._statement():
            return self.connection.execute(_plain(query, parameters), parameters).fetchall()

    def value(self, query: Any, parameters: Parameters = None) -> Any:
        """Return the first value of the first row, or None when there is no row."""
        with self._statement():
            row = self.connection.execute(_plain(query, parameters), parameters).fetchone()
        return row[0] if row else None

    def execute(self, query: Any, parameters: Parameters = None) -> int:
        """Run a statement and return the number of rows it touched; without parameters it may be a whole script."""
        with self._statement():
            return self.connection.execute(_plain(query, parameters), parameters).rowcount

    def copy(self, statement: Any, rows: Iterable[Sequence[Any]]) -> None:
        """Send *rows* through a `COPY ... FROM STDIN` statement."""
        with self._statement(), self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one transaction: committed at its end, rolled back when it raises."""
        with self._words(), self.connection.transaction():
            yield

    @property
    def is_held(self) -> bool:
        """Whether the connection is in the transaction that `hold` began."""
        return self._held is not None and self._held is self._connection and not self._held.closed

    def hold(self) -> None:
        """Begin a transaction that is never committed; a statement that fails in it undoes itself only."""
        self.execute("BEGIN")
        self._held = self._connection

    def control(self, statement: Any) -> None:
        """Run a statement about the held transaction itself, such as SAVEPOINT."""
        with self._words():
            self.connection.execute(statement)

    def second(self) -> Database:
        """Return the same database over a connection of its own, which is closed with this one."""
        if self._second is None:
            self._second = Database(self.url)
        return self._second

    def close(self) -> None:
        """Close the connection. Idempotent; a later use opens a new one."""
        if self._second is not None:
            self._second.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise DatabaseError(error) from error

    @contextlib.contextmanager
    def _statement(self) -> Iterator[None]:
        with self._words(), self.connection.transaction() if self.is_held else contextlib.nullcontext():
            yield


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a new connection in autocommit mode.

    Raises:
        EnvironmentFailure: The server cannot be reached, or refuses this user or database.

    """
    import psycopg

    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT,
            application_name=APPLICATION_NAME,
            prepare_threshold=1,  # the same few statements run for every test: plan them once
        )
    except psycopg.OperationalError as error:
        raise EnvironmentFailure(
            f"Database '{mask_urls(url)}' cannot be reached.", seen=mask_urls(_connect_trouble(error))
        ) from error
    except psycopg.ProgrammingError as error:
        raise IntegrationError(
            f"'{mask_urls(url)}' is no PostgreSQL URL.",
            expected="postgresql://user:password@host:port/database",
            seen=mask_urls(str(error).strip()),
        ) from error
    for name in ("date", "time", "timetz", "timestamp", "timestamptz", "interval"):
        connection.adapters.register_loader(name, _or_text(name))
    return connection


@functools.cache
def _or_text(name: str) -> type[Loader]:
    """Return what reads values of this type, as text where Python cannot hold them: 'infinity', BC, 24:00."""
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    exact: Any = psycopg.adapters.get_loader(psycopg.adapters.types[name].oid, Format.TEXT)

    class OrText(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._exact = exact(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._exact.load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    return OrText


def is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the connection can be used; asks the server only when it has sent what nobody asked for."""
    import psycopg

    if connection.closed:
        return False
    if select.select([connection], [], [], 0)[0]:
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT 1")
    return not connection.closed


def abandon(connection: psycopg.Connection[Any]) -> None:
    """Roll back the connection's open transaction, if it has one; a connection that is broken has none."""
    import psycopg

    with contextlib.suppress(psycopg.Error):
        connection.rollback()


def ask_connection(url: str, query: Any) -> Answer:
    """Connect, run *query* and return whether its first row begins with a true value."""
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=2, application_name=APPLICATION_NAME) as connection:
            row = connection.execute(query).fetchone()
    except psycopg.OperationalError as error:
        text = mask_urls(_connect_trouble(error))
        return Answer.never(text) if _never_connects(error) else Answer.not_yet(text)
    except psycopg.errors.SyntaxError as error:
        return Answer.never(_described(error))
    except psycopg.Error as error:
        return Answer.not_yet(_described(error))
    if row and row[0]:
        return Answer.ready(f"the query returned {row[0]!r}")
    return Answer.not_yet(f"the query returned {row[0]!r}" if row else "the query returned no row")


def identifier(*names: str) -> Composable:
    """Return a possibly qualified SQL name, quoted as it needs to be."""
    from psycopg.sql import Identifier

    return Identifier(*names)


def sql(template: str, *parts: Any, **named: Any) -> Composable:
    """Return a statement made of a template and quoted parts, see `psycopg.sql`."""
    from psycopg.sql import SQL

    return SQL(template).format(*parts, **named)


def comma_separated(parts: Iterable[Any]) -> Composable:
    """Return the parts with commas between them."""
    from psycopg.sql import SQL

    joined: Composable = SQL(", ").join(parts)
    return joined


def _plain(query: Any, parameters: Parameters) -> Any:
    """Return the query with a % in quoted names as a plain one: psycopg takes it for a parameter when there are any."""
    from psycopg.sql import SQL, Composed, Identifier

    if parameters is None:
        return query
    if isinstance(query, Composed):
        return Composed([_plain(part, parameters) for part in query])
    return SQL(query.as_string(None).replace("%", "%%")) if isinstance(query, Identifier) else query


def postgres_url(*, host: str, port: int, user: str, password: str, database: str) -> str:
    """Return a connection URL; special characters are percent-encoded (RFC 3986, as libpq reads it)."""
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{quote(database, safe='')}"


def url_parts(url: str) -> dict[str, str]:
    """Return what a connection needs: the `url` itself, its `host`, `port`, `name`, `user` and `password`."""
    parts = urlsplit(url)
    return {
        "url": url,
        "host": parts.hostname or "",
        "port": str(parts.port or 5432),
        "name": unquote(parts.path.lstrip("/")),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }


def _never_connects(error: psycopg.Error) -> bool:
    # libpq reports failures of the start packet without a code: the server's words are all there is.
    text = str(error)
    return error.sqlstate in _NEVER_CONNECTS or any(
        words in text for words in ("authentication failed", "no password supplied", "does not exist", "no pg_hba.conf")
    )


def _connect_trouble(error: psycopg.Error) -> str:
    # What libpq guesses about the reason stands in lines of its own that begin with a tab.
    last = [line for line in str(error).strip().splitlines() if not line.startswith("\t")][-1]
    return last.rpartition("FATAL:")[2].strip() or last


def _described(error: psycopg.Error) -> str:
    parts = [f"{error.diag.message_primary or str(error).strip()} (SQLSTATE {error.sqlstate})"]
    for label, value in (("detail", error.diag.message_detail), ("hint", error.diag.message_hint)):
        if value:
            parts.append(f"{label}: {value}")
    return "\n".join(parts)
