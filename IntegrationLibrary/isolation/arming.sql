-- Arming: triggers on every table, and what a rollback must know of it.

-- The whole row il_row as its topmost parent has it, without what is computed on reading only.
CREATE FUNCTION integration_library.row_form(relation regclass, root regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp  -- so that names are printed with their schemas
AS $$
    WITH columns AS (
        SELECT attrelid, attnum, quote_ident(attname) AS name, attgenerated = 'v' AS is_virtual FROM pg_attribute
         WHERE attrelid IN (relation, root) AND attnum > 0 AND NOT attisdropped)
    SELECT CASE
        WHEN bool_or(is_virtual) OR array_agg(name ORDER BY attnum) <>
             (SELECT array_agg(name ORDER BY attnum) FROM columns WHERE attrelid = relation)
        THEN format('ROW(%s)::%s', string_agg(CASE WHEN is_virtual THEN 'NULL' ELSE 'il_row.' || name END, ', '
                                              ORDER BY attnum), root)
        ELSE 'il_row.*' END
      FROM columns WHERE attrelid = root
$$;

CREATE FUNCTION integration_library.arm_table(relation regclass, root regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    row_form CONSTANT text := integration_library.row_form(relation, root);
    inherits boolean := root = relation AND EXISTS (SELECT FROM pg_inherits WHERE relation IN (inhrelid, inhparent))
                        AND (SELECT relkind FROM pg_class WHERE oid = relation) = 'r';
    quiet CONSTANT text := $w$WHEN (current_setting('integration_library.rolling_back', true) IS DISTINCT FROM 'on')$w$;
    event record;
BEGIN
    FOR event IN
        SELECT 'row' AS name, 'AFTER INSERT OR UPDATE OR DELETE' AS moment, 'FOR EACH ROW' AS scope,
               'integration_library.note_row()' AS note WHERE inherits
        UNION ALL
        SELECT e.name, e.moment, e.scope, format('integration_library.note(%L, %L)', root::oid, row_form)
          FROM (VALUES
                ('insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS il_new FOR EACH STATEMENT'),
                ('update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS il_old NEW TABLE AS il_new FOR EACH STATEMENT'),
                ('delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS il_old FOR EACH STATEMENT'),
                ('truncate', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT')) AS e (name, moment, scope)
         WHERE e.name = 'truncate' OR NOT inherits
    LOOP
        EXECUTE format('CREATE TRIGGER integration_library_%s %s ON %s %s %s EXECUTE FUNCTION %s',
                       event.name, event.moment, relation, event.scope, quiet, event.note);
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
    rows CONSTANT text := CASE (SELECT relkind FROM pg_class WHERE oid = relation) WHEN 'r' THEN 'ONLY ' ELSE '' END
                          || relation;
    images CONSTANT text := format('(SELECT u.image::%s AS r FROM unnest($%%s::text[]) AS u(image) OFFSET 0)', relation);
    matches text := (SELECT string_agg(format('%%1$s.%s = (%%2$s).%s', name, name), ' AND ') FROM unnest(key) AS name);
    unruly CONSTANT boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgenabled IN ('A', 'R') AND tgname NOT LIKE 'integration\_library\_%'
            AND (tgrelid = relation OR pg_partition_root(tgrelid) = relation));
    row_form CONSTANT text := integration_library.row_form(relation, relation);
    remove text;
    pairs text;
BEGIN
    IF cardinality(key) > 0 THEN
        remove := format('DELETE FROM %s AS il_table USING %s AS g WHERE %s',
            rows, format(images, 1), format(matches, 'il_table', 'g.r'));
        pairs := format('SELECT to_jsonb(o.r), to_jsonb(n.r) FROM %s AS o FULL JOIN %s AS n ON %s',
            format(images, 1), format(images, 2), format(matches, '(o.r)', 'n.r'));
    ELSE
        remove := format('DELETE FROM %s AS il_table WHERE (tableoid, ctid) IN (
            SELECT c.tableoid, c.ctid FROM (SELECT il_row.tableoid, il_row.ctid, (%s)::text AS image,
                   row_number() OVER (PARTITION BY (%s)::text) AS number FROM %s AS il_row) AS c
              JOIN (SELECT u.image, count(*) AS times FROM unnest($1::text[]) AS u(image) GROUP BY 1) AS g USING (image)
             WHERE c.number <= g.times)', rows, row_form, row_form, rows);
        pairs := format('SELECT to_jsonb(o.r), NULL::jsonb FROM %s AS o UNION ALL SELECT NULL, to_jsonb(n.r) FROM %s AS n',
            format(images, 1), format(images, 2));
    END IF;
    INSERT INTO integration_library.armed VALUES (relation, label, cardinality(key) = 0, unruly, remove,
        format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS g', relation,
            array_to_string(stored, ', '), (SELECT string_agg('(g.r).' || name, ', ') FROM unnest(stored) AS name),
            format(images, 1)), pairs);
END $$;

-- Those that count in ones and draw no numbers in advance: others' numbers are held by sessions, and would come twice.
CREATE FUNCTION integration_library.learn_sequences() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    states text;
BEGIN
    SELECT CASE
        WHEN to_regproc('pg_catalog.pg_get_sequence_data') IS NOT NULL  -- PostgreSQL 18: no plan for each sequence
        THEN format('SELECT s.oid, d.last_value || '' '' || d.is_called
                       FROM unnest(%L::oid[]) AS s (oid), pg_get_sequence_data(s.oid) AS d', array_agg(c.oid))
        ELSE string_agg(format('SELECT %s::oid, last_value || '' '' || is_called FROM %s', c.oid, c.oid::regclass),
                        ' UNION ALL ')
        END INTO states
      FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid
     WHERE s.seqincrement = 1 AND s.seqcache = 1 AND c.relpersistence <> 't'
       AND c.relnamespace <> 'integration_library'::regnamespace;
    IF states IS NOT NULL THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION integration_library.sequence_states()
                        RETURNS TABLE (relation oid, state text) LANGUAGE plpgsql
                        AS %L', format('BEGIN RETURN QUERY %s; END', states));
    END IF;
END $$;

CREATE FUNCTION integration_library.arm() RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    item record;
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
    PERFORM integration_library.learn_sequences();
    INSERT INTO integration_library.baseline SELECT * FROM integration_library.checkpoint();
    CREATE EVENT TRIGGER integration_library_schema ON ddl_command_end
        EXECUTE FUNCTION integration_library.note_schema();
    CREATE EVENT TRIGGER integration_library_drop ON sql_drop EXECUTE FUNCTION integration_library.note_schema();
    ALTER EVENT TRIGGER integration_library_schema ENABLE ALWAYS;
    ALTER EVENT TRIGGER integration_library_drop ENABLE ALWAYS;
    DELETE FROM integration_library.journal;
END $$;
