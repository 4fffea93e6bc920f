"""Who keeps a database locked, so that it can be neither rolled back nor armed."""

from __future__ import annotations

from IntegrationLibrary.databases.postgres import Database

READS = ("AccessShareLock", "ShareUpdateExclusiveLock")
"""The modes of those who only read, and what VACUUM and ANALYZE take (PostgreSQL manual, 13.3)."""

# Those that hold the journal, a table or rows of it, in other modes than those that are named, or one of the relations.
_HOLDERS = """
WITH held AS (
    SELECT l.pid, l.virtualtransaction AS id, string_agg(DISTINCT l.relation::regclass::text, ', ')
               FILTER (WHERE c.relnamespace IS DISTINCT FROM to_regnamespace('integration_library')) AS names
      FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
     WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.pid IS DISTINCT FROM pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'S')
       AND c.relnamespace <> 'pg_catalog'::regnamespace
       AND (l.mode <> ALL (%s) OR l.relation = ANY (%s))
     GROUP BY 1, 2
)
SELECT a.pid, format('%%s (pid %%s, %%s for %%s s) holds %%s; its last statement: %%s',
              coalesce(nullif(a.application_name, ''), 'an application'), a.pid, a.state,
              round(extract(epoch FROM clock_timestamp() - a.xact_start)::numeric, 1),
              coalesce(h.names, 'the journal'), left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200))
  FROM held AS h JOIN pg_stat_activity AS a USING (pid)
UNION ALL
SELECT NULL,
       format('the transaction that %%s prepared as %%L %%s s ago holds %%s: it was neither committed nor rolled back',
              p.owner, p.gid, round(extract(epoch FROM clock_timestamp() - p.prepared)::numeric, 1),
              coalesce(h.names, 'the journal'))
  FROM pg_prepared_xacts AS p JOIN pg_locks AS l ON l.transactionid = p.transaction AND l.pid IS NULL
  JOIN held AS h ON h.id = l.virtualtransaction AND h.pid IS NULL
"""
_IS_ARMED = "SELECT to_regclass('integration_library.journal') IS NOT NULL"
_REFRESHED = "SELECT coalesce(array_agg(relation), '{}') FROM integration_library.journal WHERE sign = 0"


def holders(database: Database, harmless: tuple[str, ...]) -> list[str]:
    """Return a sentence for each transaction of others that holds locks in other modes than the harmless ones."""
    return [text for _, text in _found(database, harmless)]


def end_holders(database: Database, harmless: tuple[str, ...]) -> list[str]:
    """End their connections, and return the sentences; prepared transactions have none, and stay."""
    ended = [(pid, text) for pid, text in _found(database, harmless) if pid is not None]
    for pid, _ in ended:
        database.execute("SELECT pg_terminate_backend(%s)", [pid])
    return [text for _, text in ended]


def _found(database: Database, harmless: tuple[str, ...]) -> list[tuple[int | None, str]]:
    refreshed = database.value(_REFRESHED) if database.value(_IS_ARMED) else []
    return [(pid, text) for pid, text in database.tuples(_HOLDERS, [list(harmless), refreshed])]
