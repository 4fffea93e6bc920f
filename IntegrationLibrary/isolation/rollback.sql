-- Rolling back: what appeared since a checkpoint goes, what vanished comes back.

-- What cannot be undone here ends with the SQLSTATE IL001 and the reason, and has undone nothing.
CREATE FUNCTION integration_library.refuse_what_only_a_clone_undoes(moment pg_snapshot, unnoted jsonb) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    reason text;
BEGIN
    IF NOT EXISTS (SELECT FROM integration_library.alive) THEN
        reason := 'the server recovered from a crash, and the journal is empty since';
    ELSE
        SELECT CASE WHEN bool_and(c.what LIKE 'TRUNCATE %') THEN 'rows were removed that nobody could note: '
                    ELSE 'the schema was changed: ' END || array_to_string((array_agg(c.what))[1:3], ', ') INTO reason
          FROM integration_library.schema_change AS c WHERE NOT pg_visible_in_snapshot(c.xid, moment);
    END IF;
    IF reason IS NULL THEN
        SELECT string_agg(key, ', ') INTO reason
          FROM jsonb_each_text(unnoted) AS was JOIN jsonb_each_text(integration_library.unnoted()) AS now USING (key)
         WHERE was.value <> now.value;
    END IF;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION '%', reason USING ERRCODE = 'IL001';
    END IF;
END $$;

-- What cannot be undone row by row ends with the SQLSTATE IL002 and the reason: the next step is to write the tables
-- again.
CREATE FUNCTION integration_library.become_a_replica() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'role % may not write rows back unnoticed (GRANT SET ON PARAMETER session_replication_role TO %)',
        current_user, quote_ident(current_user) USING ERRCODE = 'IL002';
END $$;

CREATE FUNCTION integration_library.remove(statement text, images text[], label text, keyless boolean) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    own_path CONSTANT text := current_setting('search_path');
    found bigint;
BEGIN
    IF keyless THEN  -- rows are found by their texts, which must be printed as the trigger printed them
        PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
    EXECUTE statement USING images;
    GET DIAGNOSTICS found = ROW_COUNT;
    PERFORM set_config('search_path', own_path, true);
    IF found <> cardinality(images) THEN
        RAISE EXCEPTION 'table % has % of the % rows that appeared', label, found, cardinality(images)
            USING ERRCODE = 'IL001';
    END IF;
END $$;

CREATE FUNCTION integration_library.remove_what_appeared(moment pg_snapshot) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    net record;
BEGIN
    FOR net IN SELECT n.appeared, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation)
    LOOP
        IF net.unruly THEN
            RAISE EXCEPTION 'table % has triggers or rules that fire on replication too (ENABLE ALWAYS or REPLICA)', net.label
                USING ERRCODE = 'IL002';
        END IF;
        CONTINUE WHEN net.appeared IS NULL;
        PERFORM integration_library.remove(net.remove, net.appeared, net.label, net.keyless);
    END LOOP;
END $$;

CREATE FUNCTION integration_library.restore_what_vanished(moment pg_snapshot) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    net record;
BEGIN
    FOR net IN SELECT n.vanished, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation) WHERE n.vanished IS NOT NULL
    LOOP
        EXECUTE net.restore USING net.vanished;
    END LOOP;
END $$;

-- A view that was refreshed is refreshed from the rows as they are again; those it is made from are older than it.
-- Where no event trigger tells which that were, all are.
CREATE FUNCTION integration_library.refresh_views(moment pg_snapshot) RETURNS text[]
    LANGUAGE plpgsql
AS $$
DECLARE
    knows_which CONSTANT boolean := NOT EXISTS (SELECT FROM integration_library.lack WHERE privilege = 'make event triggers');
    view record;
    refreshed text[] := '{}';
BEGIN
    FOR view IN SELECT c.oid, c.oid::regclass::text AS name FROM pg_class AS c
                 WHERE c.relkind = 'm' AND c.relispopulated AND EXISTS (
                       SELECT FROM integration_library.journal AS j
                        WHERE (c.oid = j.relation OR NOT knows_which)
                          AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment))
                 ORDER BY c.oid
    LOOP
        EXECUTE pg_catalog.format('REFRESH MATERIALIZED VIEW %s', view.oid::regclass);
        refreshed := refreshed || pg_catalog.format('materialised view %s was refreshed again', view.name);
    END LOOP;
    RETURN refreshed;
END $$;

-- Whether a sequence would give numbers again that it had given before, in the direction in which it counts.
CREATE FUNCTION integration_library.is_behind(relation oid, state text, before text) RETURNS boolean
    LANGUAGE sql STABLE
AS $$
    SELECT (split_part(state, ' ', 1)::numeric * sign(seqincrement), split_part(state, ' ', 2)::boolean)
         < (split_part(before, ' ', 1)::numeric * sign(seqincrement), split_part(before, ' ', 2)::boolean)
      FROM pg_sequence WHERE seqrelid = relation
$$;

-- Those that do not go back stay ahead, and are noted; but one that was restarted would give numbers that rows have.
CREATE FUNCTION integration_library.set_sequences_back(sequences jsonb) RETURNS text[]
    LANGUAGE plpgsql
AS $$
DECLARE
    moved record;
    ahead text[] := '{}';
BEGIN
    FOR moved IN
        SELECT now.relation, now.goes_back, now.state, was.state AS before
          FROM integration_library.sequence_states() AS now
          JOIN jsonb_each_text(sequences) AS was (relation, state) ON was.relation::oid = now.relation
         WHERE was.state <> now.state
    LOOP
        IF moved.goes_back OR integration_library.is_behind(moved.relation, moved.state, moved.before) THEN
            PERFORM setval(moved.relation, split_part(moved.before, ' ', 1)::bigint,
                           split_part(moved.before, ' ', 2)::boolean);
        ELSE
            ahead := ahead || pg_catalog.format('%s (%s, was %s)', moved.relation::regclass, split_part(moved.state, ' ', 1),
                                     split_part(moved.before, ' ', 1));
        END IF;
    END LOOP;
    RETURN CASE WHEN ahead = '{}' THEN ahead ELSE ARRAY['sequences stay ahead: ' || array_to_string(ahead, ', ')] END;
END $$;

CREATE FUNCTION integration_library.write_rows_back(moment pg_snapshot) RETURNS void
    LANGUAGE plpgsql
    -- Rows are found one by one through their key, however large the table is.
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    own CONSTANT text := current_setting('session_replication_role');
BEGIN
    IF own <> 'replica' THEN
        PERFORM integration_library.become_a_replica();
    END IF;
    PERFORM integration_library.remove_what_appeared(moment);
    PERFORM integration_library.restore_what_vanished(moment);
    IF own <> 'replica' THEN
        PERFORM set_config('session_replication_role', own, true);
    END IF;
END $$;

-- What is undone is noted no more. A view that was refreshed shows what was written before the checkpoint, if anything
-- was: once, the note stays for a rollback to an outer checkpoint, which refreshes it again.
CREATE FUNCTION integration_library.forget(moment pg_snapshot) RETURNS void
    LANGUAGE sql
AS $$
    DELETE FROM integration_library.writer AS w
     WHERE w.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(w.xid, moment);
    DELETE FROM integration_library.journal_block AS b
     WHERE b.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(b.xid, moment);
    DELETE FROM integration_library.journal AS j
     WHERE j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment)
       AND NOT (j.sign = 0
                AND EXISTS (SELECT FROM integration_library.journal AS k WHERE pg_visible_in_snapshot(k.xid, moment))
                AND NOT EXISTS (SELECT FROM integration_library.journal AS k WHERE k.relation = j.relation
                                   AND k.sign = 0 AND pg_visible_in_snapshot(k.xid, moment)))
$$;

-- Rows that are deleted keep their room until a vacuum, and many tests may come before one.
CREATE FUNCTION integration_library.keep_small() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF pg_relation_size('integration_library.journal') + pg_table_size('integration_library.journal_block') > 1048576
       AND NOT EXISTS (SELECT FROM integration_library.journal)
    THEN
        TRUNCATE integration_library.journal, integration_library.journal_block, integration_library.writer;
    END IF;
END $$;

-- One of: 'rows', which writes back those that changed; 'tables', which writes the touched tables again.
CREATE FUNCTION integration_library.roll_back(
    step text, moment pg_snapshot, sequences jsonb, unnoted jsonb, rows jsonb,
    OUT notes text[], OUT different text[])  -- what people should know, and what is not as it was, if that is asked for
    LANGUAGE plpgsql
    SET datestyle = 'ISO, MDY' SET intervalstyle = postgres SET timezone = 'UTC' SET bytea_output = hex
    SET extra_float_digits = 1 SET lc_monetary = 'C' SET array_nulls = on SET xmloption = content
    SET quote_all_identifiers = off
    SET lock_timeout = '500ms'  -- see journal.sql, and `use_rights`
AS $$
DECLARE
    own CONSTANT text := current_setting('session_replication_role');
BEGIN
    notes := '{}';
    LOCK TABLE integration_library.writer IN SHARE ROW EXCLUSIVE MODE;
    PERFORM set_config('lock_timeout', '100ms', true);
    PERFORM integration_library.refuse_what_only_a_clone_undoes(moment, unnoted);
    PERFORM set_config('integration_library.rolling_back', 'on', true);
    IF step = 'rows' THEN
        PERFORM integration_library.write_rows_back(moment);
    ELSE
        IF own = 'replica' THEN  -- foreign keys are to be checked
            PERFORM set_config('session_replication_role', 'origin', true);
        END IF;
        notes := integration_library.write_tables_again(moment);
    END IF;
    notes := notes || integration_library.refresh_views(moment);
    PERFORM integration_library.forget(moment), integration_library.keep_small();
    notes := notes || integration_library.set_sequences_back(sequences);
    IF rows IS NOT NULL THEN
        different := integration_library.differences(rows, sequences);
    END IF;
    PERFORM set_config('integration_library.rolling_back', 'off', true);
END $$;
