"""The shop's connections to its database. They outlive it: what died is replaced when the server is back."""

import psycopg
import settings
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[DictRow]


def refuse_dead(connection: Connection) -> None:
    try:
        pool.check_connection(connection)
    except psycopg.Error:
        pool.check()  # connections die together: the other idle ones are replaced as well, before anybody gets them
        raise


pool: ConnectionPool[Connection] = ConnectionPool(
    settings.DATABASE_URL,
    kwargs={"application_name": "shop", "row_factory": dict_row},
    min_size=1,
    max_size=10,
    open=False,
    check=refuse_dead,
    timeout=settings.DATABASE_TIMEOUT,
    reconnect_timeout=1.0,  # short: the pool doubles its pause after each failed attempt
)
