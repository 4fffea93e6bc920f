-- Rolling back: what appeared since a checkpoint goes, what vanished comes back.

-- What cannot be undone here ends with the SQLSTATE IL001 and the reason, and has undone nothing.
CREATE FUNCTION integration_library.refuse_what_only_a_clone_undoes(moment pg_snapshot, large_objects text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    reason text;
BEGIN
    IF NOT EXISTS (SELECT FROM integration_library.alive) THEN
        reason := 'the server recovered from a crash, and the journal is empty since';
    ELSIF large_objects <> integration_library.large_objects() THEN
        reason := 'large objects were written';
    ELSE
        SELECT 'the schema was changed: ' || array_to_string((array_agg(j.image))[1:3], ', ') INTO reason
          FROM integration_library.journal AS j
         WHERE j.sign = 0 AND j.relation = 0
           AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment);
    END IF;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION '%', reason USING ERRCODE = 'IL001';
    END IF;
END $$;

CREATE FUNCTION integration_library.remove_what_appeared(moment pg_snapshot) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    net record;
    found bigint;
    own_path CONSTANT text := current_setting('search_path');
BEGIN
    FOR net IN SELECT n.appeared, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation)
    LOOP
        IF net.unruly THEN
            RAISE EXCEPTION 'table % has triggers that a rollback would fire (ENABLE ALWAYS or REPLICA)', net.label
                USING ERRCODE = 'IL001';
        END IF;
        CONTINUE WHEN net.appeared IS NULL;
        IF net.keyless THEN  -- rows are found by their texts, which must be printed as the trigger printed them
            PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
        END IF;
        EXECUTE net.remove USING net.appeared;
        GET DIAGNOSTICS found = ROW_COUNT;
        PERFORM set_config('search_path', own_path, true);
        IF found <> cardinality(net.appeared) THEN
            RAISE EXCEPTION 'table % has % of the % rows that appeared', net.label, found, cardinality(net.appeared)
                USING ERRCODE = 'IL001';
        END IF;
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
CREATE FUNCTION integration_library.refresh_views(moment pg_snapshot) RETURNS text[]
    LANGUAGE plpgsql
AS $$
DECLARE
    view record;
    refreshed text[] := '{}';
BEGIN
    FOR view IN SELECT DISTINCT j.relation, j.image FROM integration_library.journal AS j
                 WHERE j.sign = 0 AND j.relation <> 0
                   AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment)
                 ORDER BY j.relation
    LOOP
        EXECUTE format('REFRESH MATERIALIZED VIEW %s', view.relation::regclass);
        refreshed := refreshed || view.image;
    END LOOP;
    RETURN refreshed;
END $$;

CREATE FUNCTION integration_library.set_sequences_back(sequences jsonb) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM setval(now.relation, split_part(was.state, ' ', 1)::bigint, split_part(was.state, ' ', 2)::boolean)
       FROM integration_library.sequence_states() AS now
       JOIN jsonb_each_text(sequences) AS was (relation, state) ON was.relation::oid = now.relation
      WHERE was.state <> now.state;
END $$;

CREATE FUNCTION integration_library.roll_back(moment pg_snapshot, sequences jsonb, large_objects text)
    RETURNS text[]  -- the materialised views that were refreshed
    LANGUAGE plpgsql
    SET datestyle = 'ISO, MDY' SET intervalstyle = postgres SET timezone = 'UTC' SET bytea_output = hex
    SET extra_float_digits = 1 SET lc_monetary = 'C'
    -- Ours is to be the victim of a deadlock, and to wait no longer than a try lasts (PostgreSQL manual, 20.11, 20.12).
    SET lock_timeout = '1s' SET deadlock_timeout = '50ms'
    -- Rows are found one by one through their key, however large the table is.
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    refreshed text[];
BEGIN
    LOCK TABLE integration_library.journal IN SHARE ROW EXCLUSIVE MODE;
    PERFORM integration_library.refuse_what_only_a_clone_undoes(moment, large_objects);
    PERFORM set_config('session_replication_role', 'replica', true),
            set_config('integration_library.rolling_back', 'on', true);
    PERFORM integration_library.remove_what_appeared(moment);
    PERFORM integration_library.restore_what_vanished(moment);
    refreshed := integration_library.refresh_views(moment);
    DELETE FROM integration_library.journal AS j
     WHERE j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment);
    PERFORM integration_library.set_sequences_back(sequences);
    PERFORM set_config('session_replication_role', 'origin', true),
            set_config('integration_library.rolling_back', 'off', true);
    RETURN refreshed;
END $$;
