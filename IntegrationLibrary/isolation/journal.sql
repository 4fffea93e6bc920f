-- The journal: exact images of every row that appeared or vanished, whoever wrote it over whichever connection.
--
-- What was there at a checkpoint is what is there now, without all images that appeared since and with all that
-- vanished since, as multisets. Equal images cancel out, so no order has to be kept: nested statements of triggers,
-- cascades, swaps of keys, rows without a key and concurrent writers come out right without a rule of their own.
--
-- An image is the text of the row. Every type has one, and the journal does not depend on the row types of the
-- application's tables, which would keep it from altering them.
--
-- Locks: a writing transaction holds ROW EXCLUSIVE on the journal from its first noted statement to its end. A
-- rollback takes SHARE ROW EXCLUSIVE on it, and nothing before: so it waits for all writers and stops new ones at
-- their trigger. A writer that is stopped there may hold rows that the rollback wants; the rollback's short
-- deadlock_timeout makes the rollback the victim, never the application, and it tries again.

CREATE SCHEMA IF NOT EXISTS integration_library;  -- the names of seed rows may be in it already
REVOKE ALL ON SCHEMA integration_library FROM PUBLIC;

CREATE UNLOGGED TABLE integration_library.journal (
    relation oid      NOT NULL,
    sign     smallint NOT NULL,  -- +1 appeared, -1 vanished, 0 a change of the schema
    image    text     NOT NULL,
    xid      xid8     NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX journal_xid ON integration_library.journal (xid);

-- Unlogged tables are emptied when a server recovers from a crash: without its row, the journal has lost entries.
CREATE UNLOGGED TABLE integration_library.alive AS SELECT true AS is_alive;

CREATE TABLE integration_library.armed (
    relation oid  PRIMARY KEY,
    label    text NOT NULL,
    keyless  boolean NOT NULL,
    remove   text NOT NULL,  -- $1: images of rows to delete
    restore  text NOT NULL,  -- $1: images of rows to insert
    pairs    text NOT NULL   -- $1: images that vanished, $2: images that appeared; old and new row as JSON
);

CREATE TABLE integration_library.sequences (
    relation oid    PRIMARY KEY,
    label    text   NOT NULL,
    uncalled bigint NOT NULL  -- the value it begins with
);

CREATE TABLE integration_library.baseline (moment pg_snapshot, sequences jsonb);

CREATE FUNCTION integration_library.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO, MDY' SET intervalstyle = postgres SET timezone = 'UTC' SET bytea_output = hex
    SET extra_float_digits = 1 SET lc_monetary = 'C'
AS $$
BEGIN
    -- TG_ARGV: the relation that the rows belong to (a partition's topmost parent), and the row in its form.
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('INSERT INTO integration_library.journal (relation, sign, image)
                        SELECT %s, -1, (%s)::text FROM ONLY %s AS il_row', TG_ARGV[0], TG_ARGV[1], TG_RELID::regclass);
    ELSIF TG_ARGV[1] <> 'il_row' THEN
        IF TG_OP <> 'INSERT' THEN
            EXECUTE format('INSERT INTO integration_library.journal (relation, sign, image)
                            SELECT %s, -1, (%s)::text FROM il_old AS il_row', TG_ARGV[0], TG_ARGV[1]);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            EXECUTE format('INSERT INTO integration_library.journal (relation, sign, image)
                            SELECT %s, 1, (%s)::text FROM il_new AS il_row', TG_ARGV[0], TG_ARGV[1]);
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT TG_ARGV[0]::oid, 1, il_row::text FROM il_new AS il_row;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT TG_ARGV[0]::oid, -1, il_row::text FROM il_old AS il_row
        UNION ALL SELECT TG_ARGV[0]::oid, 1, il_row::text FROM il_new AS il_row;
    ELSE
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT TG_ARGV[0]::oid, -1, il_row::text FROM il_old AS il_row;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION integration_library.note_schema() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT 0, 0, TG_TAG || ' ' || object_identity FROM pg_event_trigger_dropped_objects()
         WHERE original AND NOT is_temporary;
    ELSE
        INSERT INTO integration_library.journal (relation, sign, image)
        SELECT 0, 0, command_tag || coalesce(' ' || object_identity, '') FROM pg_event_trigger_ddl_commands()
         WHERE coalesce(schema_name, '') NOT LIKE 'pg_temp%';
    END IF;
END $$;

-- What is noted since a checkpoint is what its snapshot does not see: what began later, and what was in progress then.
CREATE FUNCTION integration_library.net(moment pg_snapshot)
    RETURNS TABLE (relation oid, appeared text[], vanished text[])
    LANGUAGE sql STABLE
AS $$
    SELECT n.relation, array_agg(n.image) FILTER (WHERE n.sign > 0), array_agg(n.image) FILTER (WHERE n.sign < 0)
      FROM (SELECT j.relation, j.image, sum(j.sign) AS sign FROM integration_library.journal AS j
             WHERE j.sign <> 0 AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment)
             GROUP BY j.relation, j.image HAVING sum(j.sign) <> 0) AS n
      CROSS JOIN LATERAL generate_series(1, abs(n.sign))
     GROUP BY n.relation
$$;

CREATE FUNCTION integration_library.sequence_values() RETURNS jsonb
    LANGUAGE sql VOLATILE
AS $$
    SELECT coalesce(jsonb_object_agg(relation, pg_sequence_last_value(relation)), '{}')
      FROM integration_library.sequences
     WHERE EXISTS (SELECT FROM pg_sequence WHERE seqrelid = relation)
$$;

CREATE FUNCTION integration_library.checkpoint(OUT moment pg_snapshot, OUT sequences jsonb)
    LANGUAGE sql VOLATILE
AS $$
    SELECT pg_current_snapshot(), integration_library.sequence_values()
$$;

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

CREATE FUNCTION integration_library.roll_back(moment pg_snapshot, sequences jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
    SET datestyle = 'ISO, MDY' SET intervalstyle = postgres SET timezone = 'UTC' SET bytea_output = hex
    SET extra_float_digits = 1 SET lc_monetary = 'C'
    -- Rows are found one by one through their key, however large the table is.
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    net record;
    uncalled record;
    found bigint;
    schema_changes text[];
    moved text[];
    own_path CONSTANT text := current_setting('search_path');
BEGIN
    LOCK TABLE integration_library.journal IN SHARE ROW EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM integration_library.alive) THEN
        RETURN jsonb_build_object('lost', 'the server recovered from a crash, and the journal is empty since');
    END IF;
    SELECT array_agg(image) INTO schema_changes FROM integration_library.journal AS j
     WHERE j.sign = 0 AND j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment);
    IF schema_changes IS NOT NULL THEN
        RETURN jsonb_build_object(
            'lost', 'the schema was changed: ' || array_to_string(schema_changes[1:3], ', '),
            'kept', EXISTS (SELECT FROM integration_library.journal AS j WHERE pg_visible_in_snapshot(j.xid, moment)));
    END IF;
    PERFORM set_config('session_replication_role', 'replica', true),
            set_config('integration_library.rolling_back', 'on', true);
    FOR net IN SELECT n.appeared, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation) WHERE n.appeared IS NOT NULL
    LOOP
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
    FOR net IN SELECT n.vanished, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation) WHERE n.vanished IS NOT NULL
    LOOP
        EXECUTE net.restore USING net.vanished;
    END LOOP;
    DELETE FROM integration_library.journal AS j
     WHERE j.xid >= pg_snapshot_xmin(moment) AND NOT pg_visible_in_snapshot(j.xid, moment);
    SELECT array_agg(s.label) INTO moved
      FROM integration_library.sequences AS s
     CROSS JOIN LATERAL (SELECT (sequences ->> s.relation::text)::bigint AS then_value,
                                pg_sequence_last_value(s.relation) AS now_value) AS v
     CROSS JOIN LATERAL (SELECT setval(s.relation, coalesce(v.then_value, s.uncalled), v.then_value IS NOT NULL)
                          WHERE v.then_value IS DISTINCT FROM v.now_value) AS done;
    FOR uncalled IN  -- setval(..., false) shows in the sequence itself only
        SELECT s.* FROM integration_library.sequences AS s
         WHERE sequences ->> s.relation::text IS NULL AND pg_sequence_last_value(s.relation) IS NULL
    LOOP
        EXECUTE format('SELECT setval(%s, $1, false) FROM %s WHERE last_value <> $1',
                       uncalled.relation, uncalled.relation::regclass) USING uncalled.uncalled;
    END LOOP;
    PERFORM set_config('session_replication_role', 'origin', true),
            set_config('integration_library.rolling_back', 'off', true);
    RETURN jsonb_build_object('sequences', coalesce(moved, '{}'));
END $$;

CREATE FUNCTION integration_library.arm_table(relation regclass, root regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp  -- so that names are printed with their schemas
AS $$
DECLARE
    columns text[] := ARRAY(SELECT quote_ident(attname) FROM pg_attribute
                             WHERE attrelid = root AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    same boolean := columns = ARRAY(SELECT quote_ident(attname) FROM pg_attribute
                                     WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    row_form text := CASE WHEN same THEN 'il_row' ELSE
        format('ROW(%s)::%s', (SELECT string_agg('il_row.' || name, ', ') FROM unnest(columns) AS name), root) END;
    quiet CONSTANT text := $w$WHEN (current_setting('integration_library.rolling_back', true) IS DISTINCT FROM 'on')$w$;
    event record;
BEGIN
    FOR event IN SELECT * FROM (VALUES
        ('insert', 'AFTER', 'REFERENCING NEW TABLE AS il_new'),
        ('update', 'AFTER', 'REFERENCING OLD TABLE AS il_old NEW TABLE AS il_new'),
        ('delete', 'AFTER', 'REFERENCING OLD TABLE AS il_old'),
        ('truncate', 'BEFORE', '')) AS e (name, moment, tables)
    LOOP
        EXECUTE format('CREATE TRIGGER integration_library_%s %s %s ON %s %s FOR EACH STATEMENT %s
                        EXECUTE FUNCTION integration_library.note(%L, %L)',
            event.name, event.moment, event.name, relation, event.tables, quiet, root::oid, row_form);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER integration_library_%s', relation, event.name);
    END LOOP;
END $$;

CREATE FUNCTION integration_library.learn_table(relation regclass, label text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stored text[] := ARRAY(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = relation AND attnum > 0
                            AND NOT attisdropped AND attgenerated = '' ORDER BY attnum);
    key text[] := ARRAY(SELECT quote_ident(attname) FROM pg_index JOIN pg_attribute ON attrelid = indrelid
                         AND attnum = ANY (indkey) WHERE indrelid = relation AND indisprimary);
    images CONSTANT text := format('(SELECT u.image::%s AS r FROM unnest($%%s::text[]) AS u(image) OFFSET 0)', relation);
    matches text := (SELECT string_agg(format('%%1$s.%s = (%%2$s).%s', name, name), ' AND ') FROM unnest(key) AS name);
    remove text;
    pairs text;
BEGIN
    IF cardinality(key) > 0 THEN
        remove := format('DELETE FROM %s AS il_table USING %s AS g WHERE %s',
            relation, format(images, 1), format(matches, 'il_table', 'g.r'));
        pairs := format('SELECT to_jsonb(o.r), to_jsonb(n.r) FROM %s AS o FULL JOIN %s AS n ON %s',
            format(images, 1), format(images, 2), format(matches, '(o.r)', 'n.r'));
    ELSE
        remove := format('DELETE FROM %s AS il_table WHERE (tableoid, ctid) IN (
            SELECT c.tableoid, c.ctid FROM (SELECT tableoid, ctid, il_row::text AS image,
                   row_number() OVER (PARTITION BY il_row::text) AS number FROM %s AS il_row) AS c
              JOIN (SELECT u.image, count(*) AS times FROM unnest($1::text[]) AS u(image) GROUP BY 1) AS g USING (image)
             WHERE c.number <= g.times)', relation, relation);
        pairs := format('SELECT to_jsonb(o.r), NULL::jsonb FROM %s AS o UNION ALL SELECT NULL, to_jsonb(n.r) FROM %s AS n',
            format(images, 1), format(images, 2));
    END IF;
    INSERT INTO integration_library.armed VALUES (relation, label, cardinality(key) = 0, remove,
        format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS g', relation,
            array_to_string(stored, ', '), (SELECT string_agg('(g.r).' || name, ', ') FROM unnest(stored) AS name),
            format(images, 1)), pairs);
END $$;

CREATE FUNCTION integration_library.arm() RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    item record;
    uncalled bigint;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS relation, coalesce(pg_partition_root(c.oid)::oid, c.oid)::regclass AS root,
               CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END AS label
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'integration_library')
           AND n.nspname NOT LIKE 'pg\_toast%'
    LOOP
        PERFORM integration_library.arm_table(item.relation, item.root);
        IF item.relation = item.root THEN
            PERFORM integration_library.learn_table(item.relation, item.label);
        END IF;
    END LOOP;
    FOR item IN
        SELECT s.seqrelid::regclass AS relation, s.seqrelid::regclass::text AS label
          FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid
         WHERE s.seqincrement = 1 AND s.seqcache = 1 AND c.relpersistence <> 't'
           AND c.relnamespace <> 'integration_library'::regnamespace
    LOOP
        EXECUTE format('SELECT CASE WHEN is_called THEN %s ELSE last_value END FROM %s',
            (SELECT seqstart FROM pg_sequence WHERE seqrelid = item.relation), item.relation) INTO uncalled;
        INSERT INTO integration_library.sequences VALUES (item.relation, item.label, uncalled);
    END LOOP;
    INSERT INTO integration_library.baseline SELECT * FROM integration_library.checkpoint();
    CREATE EVENT TRIGGER integration_library_schema ON ddl_command_end
        EXECUTE FUNCTION integration_library.note_schema();
    CREATE EVENT TRIGGER integration_library_drop ON sql_drop EXECUTE FUNCTION integration_library.note_schema();
    ALTER EVENT TRIGGER integration_library_schema ENABLE ALWAYS;
    ALTER EVENT TRIGGER integration_library_drop ENABLE ALWAYS;
    DELETE FROM integration_library.journal;
END $$;
