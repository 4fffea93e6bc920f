-- The journal: exact images of every row that appeared or vanished, whoever wrote it over whichever connection.
--
-- What was there at a checkpoint is what is there now, without all images that appeared since and with all that
-- vanished since, as multisets. Equal images cancel out, so no order has to be kept: nested statements of triggers,
-- cascades, swaps of keys, rows without a key and concurrent writers come out right without a rule of their own.
--
-- An image is the text of the row. Every type has one, and the journal does not depend on the row types of the
-- application's tables, which would keep it from altering them.
--
-- Locks: a writing transaction holds ROW EXCLUSIVE on the table of writers from before its first statement that writes
-- to its end (also of a two-phase commit; a savepoint that is rolled back lets go of what it took). A rollback takes
-- SHARE ROW EXCLUSIVE on it, and nothing before: so it waits for all writers, and stops new ones before they have rows
-- or numbers of sequences. Who only reads neither waits nor is waited for, except where tables are written again (tables.sql) and
-- where a materialised view is refreshed.
--
-- A writer that is stopped may hold what the rollback wants by SELECT FOR UPDATE, LOCK TABLE, TRUNCATE or DDL. The
-- rollback must be the victim of such a deadlock, never the application: it looks for one after 50 ms, and it waits
-- 500 ms for the writers and then 100 ms for any other lock, so that all is over before a writer that it has stopped
-- looks for deadlocks itself, after its own deadlock_timeout of 1 s. The rollback then tries again. An application with
-- a lock_timeout or deadlock_timeout below that is told of it as of any other lock.
--
-- Snapshots: what a statement was stopped with, or a transaction above READ COMMITTED goes on with, is from before the
-- rollback. Rows that the rollback wrote back are not found by the former, and end the latter with a failure to
-- serialise when it writes to them. A TRUNCATE above READ COMMITTED may remove rows that it cannot see, nor note: only
-- a fresh clone undoes it. Large objects have no triggers: who is writing to them is not waited for.

CREATE SCHEMA IF NOT EXISTS integration_library;  -- the names of seed rows may be in it already
REVOKE ALL ON SCHEMA integration_library FROM PUBLIC;

CREATE UNLOGGED TABLE integration_library.journal (
    xid      xid8     NOT NULL DEFAULT pg_current_xact_id(),
    relation oid      NOT NULL,
    sign     smallint NOT NULL,  -- +1 appeared, -1 vanished, 0 the materialised view was refreshed
    image    text     NOT NULL
);
CREATE INDEX journal_xid ON integration_library.journal (xid);

-- What a statement noted beyond its first thousand rows, a hundred images at a time: what is written by the thousand
-- then costs less. A hundred, because an array takes no more than 1 GB. Only tables that are noted as they are have them.
CREATE UNLOGGED TABLE integration_library.journal_block (
    xid      xid8     NOT NULL DEFAULT pg_current_xact_id(),
    relation oid      NOT NULL,
    sign     smallint NOT NULL,
    images   text[]   NOT NULL
);
CREATE INDEX journal_block_xid ON integration_library.journal_block (xid);
ALTER TABLE integration_library.journal_block ALTER images SET STORAGE EXTERNAL;  -- to compress them takes longer

-- What only a fresh clone undoes. A table of its own, because each checkpoint asks whether there is any.
CREATE UNLOGGED TABLE integration_library.schema_change (
    xid  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    what text NOT NULL
);

CREATE VIEW integration_library.noted AS
    SELECT xid, relation, sign, image FROM integration_library.journal
    UNION ALL
    SELECT b.xid, b.relation, b.sign, i.image FROM integration_library.journal_block AS b, unnest(b.images) AS i (image);

-- Transactions that write: when each began, and whose it is.
CREATE UNLOGGED TABLE integration_library.writer (
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    began       timestamptz NOT NULL DEFAULT now(),
    application text        NOT NULL DEFAULT current_setting('application_name')
);
CREATE INDEX writer_xid ON integration_library.writer (xid);

-- Unlogged tables are emptied when a server recovers from a crash: without its row, the journal has lost entries.
CREATE UNLOGGED TABLE integration_library.alive AS SELECT true AS is_alive;

CREATE TABLE integration_library.armed (
    relation oid  PRIMARY KEY,
    label    text NOT NULL,
    keyless  boolean NOT NULL,
    unruly   boolean NOT NULL,  -- has triggers or rules of its own that fire on replication, and so on a rollback
    remove   text NOT NULL,  -- $1: images of rows to delete
    restore  text NOT NULL,  -- $1: images of rows to insert
    pairs    text NOT NULL   -- $1: images that vanished, $2: images that appeared; old and new row as JSON
);

-- When what is in armed was read from the catalogue, and the catalogue's state where that is asked for.
CREATE TABLE integration_library.learned (moment pg_snapshot, schema text);

CREATE TABLE integration_library.baseline (
    moment pg_snapshot, sequences jsonb, unnoted jsonb, rows jsonb, at timestamptz);

-- What the environment file says; see the keys of a database.
CREATE TABLE integration_library.settings (
    sequences text NOT NULL CHECK (sequences IN ('auto', 'restore', 'keep')),
    verify    text NOT NULL CHECK (verify IN ('never', 'always'))
);

-- What the role that armed the database has no right to, and what that costs.
CREATE TABLE integration_library.lack (privilege text PRIMARY KEY, consequence text NOT NULL);

-- The functions that the application's statements call name others in full, operators and types too: its search_path may
-- lead to its own ones. What may be a column of its tables as well is ours (variable_conflict).

-- Before a transaction's first statement that writes: where a rollback stops it, it must not yet hold what the rollback
-- may want. That it has entered is forgotten with the lock, when the transaction or a savepoint ends.
--
-- Whether there is anything to do is asked in the trigger functions: a trigger's WHEN is prepared anew by each statement.
CREATE FUNCTION integration_library.enter() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
    IF pg_catalog.current_setting('integration_library.entered', true) OPERATOR(pg_catalog.=) 'on'
       OR pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN NEW;
    END IF;
    INSERT INTO integration_library.writer DEFAULT VALUES;
    PERFORM pg_catalog.set_config('integration_library.entered', 'on', true);
    RETURN NEW;
END $$;

-- Whether the session prints a table's rows as the journal wants them, by what their text depends on (see `printing`).
-- From 1 on, extra_float_digits are all alike (PostgreSQL manual, 19.11).
CREATE FUNCTION integration_library.prints_plainly(printing text) RETURNS boolean
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF printing OPERATOR(pg_catalog.=) 'always alike' THEN
        RETURN true;
    ELSIF printing OPERATOR(pg_catalog.=) 'by search_path'
       OR pg_catalog.current_setting('timezone') OPERATOR(pg_catalog.<>) 'UTC'
       OR pg_catalog.current_setting('datestyle') OPERATOR(pg_catalog.!~~) 'ISO%' THEN
        RETURN false;
    END IF;
    RETURN printing OPERATOR(pg_catalog.=) 'by dates'
        OR pg_catalog.current_setting('intervalstyle') OPERATOR(pg_catalog.=) 'postgres'
       AND pg_catalog.current_setting('bytea_output') OPERATOR(pg_catalog.=) 'hex'
       AND pg_catalog.current_setting('lc_monetary') OPERATOR(pg_catalog.=) 'C'
       AND pg_catalog.current_setting('extra_float_digits') OPERATOR(pg_catalog.=) ANY (ARRAY['1', '2', '3']);
END $$;

-- Lets rows be printed in one way, whatever the session's is, and returns the session's way. Settings of the trigger
-- functions themselves would do the same, but cost more than all else where nothing is to be set.
CREATE FUNCTION integration_library.print_plainly() RETURNS text[]
    LANGUAGE plpgsql
AS $$
DECLARE
    own CONSTANT pg_catalog.text[] := ARRAY[
        pg_catalog.current_setting('datestyle'), pg_catalog.current_setting('intervalstyle'),
        pg_catalog.current_setting('timezone'), pg_catalog.current_setting('bytea_output'),
        pg_catalog.current_setting('extra_float_digits'), pg_catalog.current_setting('lc_monetary'),
        pg_catalog.current_setting('search_path'), pg_catalog.current_setting('quote_all_identifiers')];
BEGIN
    PERFORM integration_library.print_as('{"ISO, MDY",postgres,UTC,hex,1,C,"pg_catalog, pg_temp",off}');
    RETURN own;
END $$;

CREATE FUNCTION integration_library.print_as(way text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_catalog.set_config('datestyle', way[1], true), pg_catalog.set_config('intervalstyle', way[2], true),
            pg_catalog.set_config('timezone', way[3], true), pg_catalog.set_config('bytea_output', way[4], true),
            pg_catalog.set_config('extra_float_digits', way[5], true),
            pg_catalog.set_config('lc_monetary', way[6], true), pg_catalog.set_config('search_path', way[7], true),
            pg_catalog.set_config('quote_all_identifiers', way[8], true);
END $$;

-- What a table's statements did, one function for each kind: whatever is asked in them costs the application, in each of
-- its transactions anew, because plpgsql prepares an expression once per transaction. RETURN NEW, which is nothing after
-- a statement, is none. TG_ARGV: the relation that the rows belong to (a partition's topmost parent), the row in its
-- form, and what its text depends on. A transition table gives its rows in one order however often it is read.
CREATE FUNCTION integration_library.note_insert() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
#variable_conflict use_variable
DECLARE
    own pg_catalog.text[];
    noted bigint;
BEGIN
    IF TG_ARGV[2] OPERATOR(pg_catalog.<>) 'always alike'
       OR pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
            RETURN NEW;
        ELSIF NOT integration_library.prints_plainly(TG_ARGV[2]) THEN
            own := integration_library.print_plainly();
        END IF;
    END IF;
    INSERT INTO integration_library.journal (relation, sign, image)
    SELECT TG_RELID, 1, (il_row.*)::pg_catalog.text FROM il_new AS il_row LIMIT 1000;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted OPERATOR(pg_catalog.>=) 1000 OR own IS NOT NULL THEN
        IF noted OPERATOR(pg_catalog.>=) 1000 THEN
            INSERT INTO integration_library.journal_block (relation, sign, images)
            SELECT TG_RELID, 1, pg_catalog.array_agg(rest.image)
              FROM (SELECT (il_row.*)::pg_catalog.text AS image,
                           pg_catalog.row_number() OVER () OPERATOR(pg_catalog./) 100 AS block
                      FROM il_new AS il_row OFFSET 1000) AS rest GROUP BY rest.block;
        END IF;
        IF own IS NOT NULL THEN
            PERFORM integration_library.print_as(own);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION integration_library.note_update() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
#variable_conflict use_variable
DECLARE
    own pg_catalog.text[];
    noted bigint;
BEGIN
    IF TG_ARGV[2] OPERATOR(pg_catalog.<>) 'always alike'
       OR pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
            RETURN NEW;
        ELSIF NOT integration_library.prints_plainly(TG_ARGV[2]) THEN
            own := integration_library.print_plainly();
        END IF;
    END IF;
    INSERT INTO integration_library.journal (relation, sign, image)
    (SELECT TG_RELID, -1, (il_row.*)::pg_catalog.text FROM il_old AS il_row LIMIT 1000)
    UNION ALL (SELECT TG_RELID, 1, (il_row.*)::pg_catalog.text FROM il_new AS il_row LIMIT 1000);
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted OPERATOR(pg_catalog.>=) 1000 OR own IS NOT NULL THEN
        IF noted OPERATOR(pg_catalog.>=) 1000 THEN
            INSERT INTO integration_library.journal_block (relation, sign, images)
            SELECT TG_RELID, -1, pg_catalog.array_agg(rest.image)
              FROM (SELECT (il_row.*)::pg_catalog.text AS image,
                           pg_catalog.row_number() OVER () OPERATOR(pg_catalog./) 100 AS block
                      FROM il_old AS il_row OFFSET 1000) AS rest GROUP BY rest.block
            UNION ALL
            SELECT TG_RELID, 1, pg_catalog.array_agg(rest.image)
              FROM (SELECT (il_row.*)::pg_catalog.text AS image,
                           pg_catalog.row_number() OVER () OPERATOR(pg_catalog./) 100 AS block
                      FROM il_new AS il_row OFFSET 1000) AS rest GROUP BY rest.block;
        END IF;
        IF own IS NOT NULL THEN
            PERFORM integration_library.print_as(own);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION integration_library.note_delete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
#variable_conflict use_variable
DECLARE
    own pg_catalog.text[];
    noted bigint;
BEGIN
    IF TG_ARGV[2] OPERATOR(pg_catalog.<>) 'always alike'
       OR pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
            RETURN NEW;
        ELSIF NOT integration_library.prints_plainly(TG_ARGV[2]) THEN
            own := integration_library.print_plainly();
        END IF;
    END IF;
    INSERT INTO integration_library.journal (relation, sign, image)
    SELECT TG_RELID, -1, (il_row.*)::pg_catalog.text FROM il_old AS il_row LIMIT 1000;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted OPERATOR(pg_catalog.>=) 1000 OR own IS NOT NULL THEN
        IF noted OPERATOR(pg_catalog.>=) 1000 THEN
            INSERT INTO integration_library.journal_block (relation, sign, images)
            SELECT TG_RELID, -1, pg_catalog.array_agg(rest.image)
              FROM (SELECT (il_row.*)::pg_catalog.text AS image,
                           pg_catalog.row_number() OVER () OPERATOR(pg_catalog./) 100 AS block
                      FROM il_old AS il_row OFFSET 1000) AS rest GROUP BY rest.block;
        END IF;
        IF own IS NOT NULL THEN
            PERFORM integration_library.print_as(own);
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- For rows that are noted in another form than the table has them: partitions, and columns that are not printed.
CREATE FUNCTION integration_library.note_in_form() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    is_plain CONSTANT boolean := integration_library.prints_plainly(TG_ARGV[2]);
    own pg_catalog.text[];
BEGIN
    IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN NEW;
    END IF;
    IF NOT is_plain THEN
        own := integration_library.print_plainly();
    END IF;
    IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
        EXECUTE pg_catalog.format('INSERT INTO integration_library.journal (relation, sign, image)
                        SELECT %s, -1, (%s)::pg_catalog.text FROM il_old AS il_row', TG_ARGV[0], TG_ARGV[1]);
    END IF;
    IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
        EXECUTE pg_catalog.format('INSERT INTO integration_library.journal (relation, sign, image)
                        SELECT %s, 1, (%s)::pg_catalog.text FROM il_new AS il_row', TG_ARGV[0], TG_ARGV[1]);
    END IF;
    IF NOT is_plain THEN
        PERFORM integration_library.print_as(own);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION integration_library.note_truncate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    is_plain CONSTANT boolean := integration_library.prints_plainly(TG_ARGV[2]);
    own pg_catalog.text[];
BEGIN
    IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN NULL;
    END IF;
    IF NOT is_plain THEN
        own := integration_library.print_plainly();
    END IF;
    EXECUTE pg_catalog.format('INSERT INTO integration_library.journal (relation, sign, image)
                    SELECT %s, -1, (%s)::pg_catalog.text FROM ONLY %s AS il_row', TG_ARGV[0], TG_ARGV[1], TG_RELID::pg_catalog.regclass);
    -- An older snapshot than the lock does not show all rows that go, nor can a trigger take a newer one.
    INSERT INTO integration_library.schema_change (what)
    SELECT pg_catalog.format('TRUNCATE %s.%s at isolation level %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, level)
      FROM pg_catalog.current_setting('transaction_isolation') AS level
     WHERE level OPERATOR(pg_catalog.=) ANY (ARRAY['repeatable read', 'serializable']);
    IF NOT is_plain THEN
        PERFORM integration_library.print_as(own);
    END IF;
    RETURN NULL;
END $$;

-- For tables that inherit or are inherited from: a statement's transition tables show rows as its parent has them.
CREATE FUNCTION integration_library.note_row() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    is_plain CONSTANT boolean := integration_library.prints_plainly(TG_ARGV[2]);
    own pg_catalog.text[];
BEGIN
    IF pg_catalog.current_setting('integration_library.rolling_back', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN NULL;
    END IF;
    IF NOT is_plain THEN
        own := integration_library.print_plainly();
    END IF;
    IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
        INSERT INTO integration_library.journal (relation, sign, image) VALUES (TG_RELID, -1, OLD::pg_catalog.text);
    END IF;
    IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
        INSERT INTO integration_library.journal (relation, sign, image) VALUES (TG_RELID, 1, NEW::pg_catalog.text);
    END IF;
    IF NOT is_plain THEN
        PERFORM integration_library.print_as(own);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION integration_library.note_schema() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('integration_library.rolling_back', true) = 'on' THEN
        RETURN;
    END IF;
    INSERT INTO integration_library.writer DEFAULT VALUES;
    IF TG_TAG = 'REFRESH MATERIALIZED VIEW' THEN
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT objid, 0, object_identity FROM pg_event_trigger_ddl_commands() WHERE command_tag = TG_TAG;
    ELSIF TG_EVENT = 'sql_drop' THEN
        INSERT INTO integration_library.schema_change (what)
        SELECT TG_TAG || ' ' || object_identity FROM pg_event_trigger_dropped_objects()
         WHERE original AND NOT is_temporary;
    ELSE
        INSERT INTO integration_library.schema_change (what)
        SELECT command_tag || coalesce(' ' || object_identity, '') FROM pg_event_trigger_ddl_commands()
         WHERE coalesce(schema_name, '') NOT LIKE 'pg_temp%';
    END IF;
END $$;

-- What is noted since a checkpoint is what its snapshot does not see: what began later, and what was in progress then.
CREATE FUNCTION integration_library.net(moment pg_snapshot)
    RETURNS TABLE (relation oid, appeared text[], vanished text[])
    LANGUAGE sql STABLE
AS $$
    SELECT n.relation, array_agg(n.image) FILTER (WHERE n.sign > 0), array_agg(n.image) FILTER (WHERE n.sign < 0)
      FROM (SELECT j.relation, j.image, sum(j.sign) AS sign FROM integration_library.noted AS j
             WHERE j.sign <> 0 AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment)
             GROUP BY j.relation, j.image HAVING sum(j.sign) <> 0) AS n
      CROSS JOIN LATERAL generate_series(1, abs(n.sign))
     GROUP BY n.relation
$$;

-- Replaced when the sequences are known. A state is the last value, and whether it was called.
CREATE FUNCTION integration_library.sequence_states() RETURNS TABLE (relation oid, state text, goes_back boolean)
    LANGUAGE plpgsql
AS $$
BEGIN
END $$;

-- Large objects have no triggers: each version of each of their pages is looked at, where there are any.
CREATE FUNCTION integration_library.large_objects() RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF pg_relation_size('pg_largeobject_metadata') = 0 THEN
        RETURN '';
    END IF;
    RETURN (SELECT count(*) || ' ' || coalesce(sum(hashint8extended(oid::bigint, xmin::text::bigint)), 0)
              FROM pg_largeobject_metadata) || ' ' ||
           (SELECT count(*) || ' ' || coalesce(sum(hashint8extended(loid::bigint << 31 | pageno, xmin::text::bigint)), 0)
              FROM pg_largeobject);
END $$;

-- Replaced when there can be no event triggers.
CREATE FUNCTION integration_library.schema_state() RETURNS text
    LANGUAGE sql STABLE
AS $$ SELECT '' $$;

-- What no trigger notes and only a fresh clone undoes: the reason for it, and a fingerprint.
CREATE FUNCTION integration_library.unnoted() RETURNS jsonb
    LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('large objects were written', integration_library.large_objects(),
                              'the schema was changed', integration_library.schema_state(),
                              'a materialised view was emptied, or filled for the first time',
                              (SELECT coalesce(string_agg(c.oid::text, ' ' ORDER BY c.oid), '') FROM pg_class AS c
                                WHERE c.relkind = 'm' AND NOT c.relispopulated))
$$;

-- Tables that were made or altered since the last arming, by a suite or by a service that migrates when it starts, are
-- armed first: what is written to them from now on is undone.
CREATE FUNCTION integration_library.checkpoint(
    OUT moment pg_snapshot, OUT sequences jsonb, OUT unnoted jsonb, OUT rows jsonb, OUT at timestamptz)
    LANGUAGE plpgsql VOLATILE
    SET lock_timeout = '500ms'  -- TRUNCATE ... RESTART IDENTITY keeps its sequences from being read
AS $$
BEGIN
    unnoted := integration_library.unnoted();
    IF EXISTS (SELECT FROM integration_library.learned AS l
                WHERE l.schema IS DISTINCT FROM unnoted ->> 'the schema was changed'
                   OR EXISTS (SELECT FROM integration_library.schema_change AS c
                               WHERE NOT pg_visible_in_snapshot(c.xid, l.moment))) THEN
        PERFORM integration_library.arm_tables();
        unnoted := integration_library.unnoted();
    END IF;
    IF EXISTS (SELECT FROM integration_library.settings WHERE verify = 'always') THEN
        SELECT pg_current_snapshot(), integration_library.fingerprint_of_rows() INTO moment, rows;  -- of one moment
    ELSE
        moment := pg_current_snapshot();
    END IF;
    sequences := (SELECT coalesce(jsonb_object_agg(s.relation, s.state), '{}')
                    FROM integration_library.sequence_states() AS s);
    at := clock_timestamp();
END $$;

CREATE FUNCTION integration_library.changes(moment pg_snapshot)
    RETURNS TABLE (label text, old jsonb, new jsonb)
    LANGUAGE plpgsql
AS $$
DECLARE
    net record;
BEGIN
    FOR net IN SELECT n.appeared, n.vanished, a.label, a.pairs FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation) ORDER BY a.label
    LOOP
        RETURN QUERY EXECUTE 'SELECT $3, p.* FROM (' || net.pairs || ') AS p'
            USING coalesce(net.vanished, '{}'), coalesce(net.appeared, '{}'), net.label;
    END LOOP;
END $$;

-- The changes of the schema since a checkpoint, as far as they are known by name.
CREATE FUNCTION integration_library.schema_changes(moment pg_snapshot, unnoted jsonb) RETURNS SETOF text
    LANGUAGE sql STABLE
AS $$
    (SELECT c.what FROM integration_library.schema_change AS c WHERE NOT pg_visible_in_snapshot(c.xid, moment)
      ORDER BY c.xid::text::numeric)
    UNION ALL
    SELECT 'something that was not noted' WHERE unnoted ->> 'the schema was changed' <> integration_library.schema_state()
$$;

-- What was noted since a checkpoint by transactions that are older than it, or were committed so late.
CREATE FUNCTION integration_library.late_writes(moment pg_snapshot, at timestamptz)
    RETURNS TABLE (application text, began timestamptz, label text, appeared bigint, vanished bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT w.application, w.began, a.label, count(*) FILTER (WHERE j.sign > 0), count(*) FILTER (WHERE j.sign < 0)
      FROM (SELECT DISTINCT ON (xid) * FROM integration_library.writer
             WHERE began < at AND xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(xid, moment)
             ORDER BY xid) AS w
      JOIN integration_library.noted AS j USING (xid) JOIN integration_library.armed AS a USING (relation)
     WHERE j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment)  -- before blocks are opened
     GROUP BY w.application, w.began, a.label ORDER BY w.began, a.label
$$;
