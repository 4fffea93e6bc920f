-- Arming: triggers on every table, and what a rollback must know of it.

-- The whole row il_row as its topmost parent has it, without what is computed on reading only. XML is taken as a text,
-- because it is printed without the encoding that it declares.
CREATE FUNCTION integration_library.row_form(relation regclass, root regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp  -- so that names are printed with their schemas
AS $$
    WITH columns AS (
        SELECT attrelid, attnum, quote_ident(attname) AS name, attgenerated = 'v' AS is_virtual,
               'xml'::regtype IN (t.oid, t.typbasetype) AS is_xml
          FROM pg_attribute JOIN pg_type AS t ON t.oid = atttypid
         WHERE attrelid IN (relation, root) AND attnum > 0 AND NOT attisdropped)
    SELECT CASE
        WHEN bool_or(is_virtual OR is_xml) OR array_agg(name ORDER BY attnum) <>
             (SELECT array_agg(name ORDER BY attnum) FROM columns WHERE attrelid = relation)
        THEN format('ROW(%s)', string_agg(CASE WHEN is_virtual THEN 'NULL' ELSE 'il_row.' || name END
                                          || CASE WHEN is_xml THEN '::pg_catalog.text' ELSE '' END, ', ' ORDER BY attnum))
        ELSE 'il_row.*' END
      FROM columns WHERE attrelid = root
$$;

-- What the text of the relation's rows depends on, besides the rows: names of relations, types and the like on the
-- search_path, others on the session's settings (PostgreSQL manual, 19.11), most on nothing. Types that are not known
-- here may depend on any setting.
CREATE FUNCTION integration_library.printing(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE held (type) AS (
        SELECT atttypid FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
        UNION
        SELECT inner_type FROM held JOIN pg_type AS t ON t.oid = held.type CROSS JOIN LATERAL (
            SELECT t.typelem WHERE t.typelem <> 0
            UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
            UNION ALL SELECT rngsubtype FROM pg_range AS r
                       WHERE t.oid = rngtypid OR t.oid::text = to_jsonb(r) ->> 'rngmultitypid'  -- since 14
            UNION ALL SELECT atttypid FROM pg_attribute
                       WHERE attrelid = t.typrelid AND t.typrelid <> 0 AND attnum > 0 AND NOT attisdropped) AS i (inner_type)
    ), part AS (
        SELECT CASE WHEN t.typname LIKE 'reg%' AND t.typnamespace = 'pg_catalog'::regnamespace THEN 3
                    WHEN t.oid IN ('bool'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype,
                                   'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype,
                                   '"char"'::regtype, 'uuid'::regtype, 'json'::regtype, 'jsonb'::regtype) THEN 0
                    WHEN t.oid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 1
                    ELSE 2 END AS what
          FROM held JOIN pg_type AS t ON t.oid = held.type
         -- Composites, domains, enums, ranges, multiranges and arrays add nothing to what their parts depend on.
         WHERE NOT (t.typtype IN ('c', 'd', 'e', 'r', 'm') OR t.typoutput = 'array_out'::regproc)
    )
    SELECT (ARRAY['always alike', 'by dates', 'by settings', 'by search_path'])[coalesce(max(what), 0) + 1] FROM part
$$;

-- Whether the table has all its triggers as they must be; if not, it has none any more.
CREATE FUNCTION integration_library.is_armed(relation regclass, number int, arguments text[]) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own CONSTANT name[] := ARRAY(SELECT tgname FROM pg_trigger WHERE tgrelid = relation
                                  AND tgname LIKE 'integration\_library\_%');
    name name;
BEGIN
    IF number = (SELECT count(*) FROM pg_trigger WHERE tgrelid = relation AND tgname = ANY (own) AND tgenabled = 'A'
                    AND (tgnargs = 0 OR tgargs = (SELECT string_agg(convert_to(argument, getdatabaseencoding())
                                                                    || '\x00', '') FROM unnest(arguments) AS argument)))
    THEN
        RETURN true;
    END IF;
    FOREACH name IN ARRAY own LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', name, relation);
    END LOOP;
    RETURN false;
END $$;

CREATE FUNCTION integration_library.arm_table(relation regclass, root regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    row_form CONSTANT text := integration_library.row_form(relation, root);
    inherits boolean := root = relation AND EXISTS (SELECT FROM pg_inherits WHERE relation IN (inhrelid, inhparent))
                        AND (SELECT relkind FROM pg_class WHERE oid = relation) = 'r';
    is_part CONSTANT boolean := root <> relation AND (SELECT relkind FROM pg_class WHERE oid = relation) = 'r';
    is_as_it_is CONSTANT boolean := root = relation AND row_form = 'il_row.*';
    printing CONSTANT text := integration_library.printing(root);
    event record;
BEGIN
    IF integration_library.is_armed(relation, CASE WHEN inherits THEN 3 WHEN is_part THEN 6 ELSE 5 END,
                                    ARRAY[root::oid::text, row_form, printing]) THEN
        RETURN;
    END IF;
    -- A MERGE that has inserted into a partition hands over the inserted row for each that it updates later, but not
    -- where the partition has a trigger such as this one, which never fires (PostgreSQL 15 to 18).
    IF is_part THEN
        EXECUTE format('CREATE TRIGGER integration_library_merge BEFORE INSERT ON %s FOR EACH ROW WHEN (false)
                        EXECUTE FUNCTION integration_library.note_row()', relation);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER integration_library_merge', relation);
    END IF;
    FOR event IN
        SELECT 'enter' AS name, 'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE' AS moment,
               'FOR EACH STATEMENT' AS scope, 'integration_library.enter()' AS note
        UNION ALL
        SELECT 'row', 'AFTER INSERT OR UPDATE OR DELETE', 'FOR EACH ROW',
               format('integration_library.note_row(%L, %L, %L)', root::oid, row_form, printing) WHERE inherits
        UNION ALL
        SELECT e.name, e.moment, e.scope,
               format('integration_library.note_%s(%L, %L, %L)', CASE WHEN is_as_it_is OR e.name = 'truncate' THEN e.name
                      ELSE 'in_form' END, root::oid, row_form, printing)
          FROM (VALUES
                ('insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS il_new FOR EACH STATEMENT'),
                ('update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS il_old NEW TABLE AS il_new FOR EACH STATEMENT'),
                ('delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS il_old FOR EACH STATEMENT'),
                ('truncate', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT')) AS e (name, moment, scope)
         WHERE e.name = 'truncate' OR NOT inherits
    LOOP
        EXECUTE format('CREATE TRIGGER integration_library_%s %s ON %s %s EXECUTE FUNCTION %s',
                       event.name, event.moment, relation, event.scope, event.note);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER integration_library_%s', relation, event.name);
    END LOOP;
END $$;

-- What tells the rows of a relation apart: its primary key, or else a unique index that every row is in.
CREATE FUNCTION integration_library.key(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((
        SELECT array_agg(quote_ident(a.attname))
          FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid
           AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
         WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL
         GROUP BY i.indexrelid, i.indisprimary, i.indisunique, i.indimmediate, i.indnkeyatts
        HAVING i.indisprimary
            OR i.indisunique AND i.indimmediate AND bool_and(a.attnotnull) AND count(*) = i.indnkeyatts  -- no expressions
         ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1), '{}')
$$;

-- The images that are handed over as a parameter, as rows of the relation.
CREATE FUNCTION integration_library.images(relation regclass, parameter text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '(SELECT u.image::' || relation || ' AS r FROM unnest(' || parameter || '::text[]) AS u(image) OFFSET 0)'
$$;

-- The rows of the relation itself: those of a partitioned table, but not those of tables that inherit from it.
CREATE FUNCTION integration_library.rows_of(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || relation FROM pg_class WHERE oid = relation
$$;

-- $1: the images of the rows to delete from the target, which is the relation itself or a copy of it.
CREATE FUNCTION integration_library.remove_statement(relation regclass, target text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key CONSTANT text[] := integration_library.key(relation);
    row_form CONSTANT text := integration_library.row_form(relation, relation);
BEGIN
    IF key <> '{}' THEN
        RETURN format('DELETE FROM %s AS il_table USING %s AS g WHERE %s', target,
            integration_library.images(relation, '$1'),
            (SELECT string_agg(format('il_table.%s = (g.r).%s', name, name), ' AND ') FROM unnest(key) AS name));
    END IF;
    RETURN format('DELETE FROM %s AS il_table WHERE (tableoid, ctid) IN (
        SELECT c.tableoid, c.ctid FROM (SELECT il_row.tableoid, il_row.ctid, (%s)::text AS image,
               row_number() OVER (PARTITION BY (%s)::text) AS number FROM %s AS il_row) AS c
          JOIN (SELECT u.image, count(*) AS times FROM unnest($1::text[]) AS u(image) GROUP BY 1) AS g USING (image)
         WHERE c.number <= g.times)', target, row_form, row_form, target);
END $$;

CREATE FUNCTION integration_library.stored_columns(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(quote_ident(attname) ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
$$;

-- A table may have no column that is stored, and rows all the same.
CREATE FUNCTION integration_library.insert_statement(relation regclass, target text, of text, source text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('INSERT INTO %s %s SELECT %s FROM %s AS g', target,
               '(' || string_agg(name, ', ') || ') OVERRIDING SYSTEM VALUE',
               string_agg(of || '.' || name, ', '), source)
      FROM unnest(integration_library.stored_columns(relation)) AS name
$$;

-- $1: the images of the rows to insert into the target.
CREATE FUNCTION integration_library.restore_statement(relation regclass, target text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT integration_library.insert_statement(relation, target, '(g.r)', integration_library.images(relation, '$1'))
$$;

-- $1: the images that vanished, $2: the images that appeared.
CREATE FUNCTION integration_library.pairs_statement(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE WHEN count(name) = 0
                  THEN 'SELECT to_jsonb(o.r), NULL::jsonb FROM %s AS o UNION ALL SELECT NULL, to_jsonb(n.r) FROM %s AS n
                        ORDER BY 1, 2'
                  ELSE 'SELECT to_jsonb(o.r), to_jsonb(n.r) FROM %s AS o FULL JOIN %s AS n ON %s ORDER BY %s' END,
               integration_library.images(relation, '$1'), integration_library.images(relation, '$2'),
               string_agg(format('(o.r).%s = (n.r).%s', name, name), ' AND '),
               -- As JSON, because a type need not have an order of its own.
               string_agg(format('to_jsonb(coalesce((n.r).%s, (o.r).%s))', name, name), ', '))
      FROM unnest(integration_library.key(relation)) AS name
$$;

CREATE FUNCTION integration_library.learn_table(relation regclass, label text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO integration_library.armed
    SELECT relation, label, integration_library.key(relation) = '{}',
           EXISTS (SELECT FROM pg_trigger WHERE tgenabled IN ('A', 'R') AND tgname NOT LIKE 'integration\_library\_%'
                      AND (tgrelid = relation OR pg_partition_root(tgrelid) = relation))
           OR EXISTS (SELECT FROM pg_rewrite WHERE ev_enabled IN ('A', 'R')
                         AND (ev_class = relation OR pg_partition_root(ev_class) = relation)),
           integration_library.remove_statement(relation, integration_library.rows_of(relation)),
           integration_library.restore_statement(relation, relation::text),
           integration_library.pairs_statement(relation)
$$;

-- With `auto`, those go back that count in ones and draw no numbers in advance: others' numbers are held by sessions,
-- and would come twice.
CREATE FUNCTION integration_library.learn_sequences() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    states text;
BEGIN
    SELECT CASE
        WHEN to_regproc('pg_catalog.pg_get_sequence_data') IS NOT NULL  -- PostgreSQL 18: no plan for each sequence
        THEN format('SELECT s.oid, d.last_value || '' '' || d.is_called, s.goes_back
                       FROM unnest(%L::oid[], %L::boolean[]) AS s (oid, goes_back), pg_get_sequence_data(s.oid) AS d',
                    array_agg(c.oid), array_agg(m.goes_back))
        ELSE string_agg(format('SELECT %s::oid, last_value || '' '' || is_called, %L::boolean FROM %s',
                               c.oid, m.goes_back, c.oid::regclass), ' UNION ALL ')
        END INTO states
      FROM integration_library.settings AS w CROSS JOIN pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid
     CROSS JOIN LATERAL (
           SELECT w.sequences = 'restore' OR s.seqincrement = 1 AND s.seqcache = 1) AS m (goes_back)
     WHERE w.sequences <> 'keep' AND c.relpersistence <> 't'
       AND c.relnamespace <> 'integration_library'::regnamespace;
    EXECUTE format('CREATE OR REPLACE FUNCTION integration_library.sequence_states()
                    RETURNS TABLE (relation oid, state text, goes_back boolean) LANGUAGE plpgsql
                    AS %L', format('BEGIN RETURN QUERY %s; END',
                                   coalesce(states, 'SELECT 0::oid, NULL::text, false LIMIT 0')));
END $$;

-- Without event triggers, a change of the schema is noticed by a fingerprint of the catalogue. Its own triggers and
-- constraints are compared by their properties, because writing tables again switches them off and on.
CREATE FUNCTION integration_library.fingerprint_of_schema() RETURNS text
    LANGUAGE sql STABLE
AS $$
    WITH schemas AS (
        SELECT * FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'integration_library')
           AND nspname NOT LIKE 'pg\_toast%' AND nspname NOT LIKE 'pg\_temp%'
    ), relations AS (
        SELECT c.* FROM pg_class AS c JOIN schemas AS n ON n.oid = c.relnamespace WHERE c.relpersistence <> 't'
    ), facts AS (
        SELECT ROW(oid, nspname, nspowner, nspacl::text)::text AS fact FROM schemas
        UNION ALL
        SELECT ROW(oid, relname, relnamespace, relkind, relowner, relpersistence, relreplident, relrowsecurity,
                   relforcerowsecurity, relispartition, relacl::text, reloptions)::text FROM relations
        UNION ALL  -- with the version, because a column can get its own type again, and other values with it
        SELECT ROW(a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity,
                   a.attgenerated, a.attisdropped, a.xmin)::text
          FROM pg_attribute AS a JOIN relations AS r ON r.oid = a.attrelid WHERE a.attnum > 0
        UNION ALL
        SELECT ROW(t.oid, t.tgname, t.tgenabled, t.tgfoid, t.tgtype, t.tgattr, t.tgargs,
                   CASE WHEN t.tgname NOT LIKE 'integration\_library\_%' THEN t.tgqual::text END)::text
          FROM pg_trigger AS t JOIN relations AS r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT ROW(c.oid, c.conname, c.condeferrable, c.condeferred, c.convalidated)::text
          FROM pg_constraint AS c JOIN schemas AS n ON n.oid = c.connamespace
         WHERE c.contypid <> 0 OR c.conrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT ROW(w.oid, w.rulename, w.ev_enabled, w.ev_qual::text, w.ev_action::text)::text
          FROM pg_rewrite AS w JOIN relations AS r ON r.oid = w.ev_class
        UNION ALL SELECT ROW(d.oid, d.xmin)::text FROM pg_attrdef AS d JOIN relations AS r ON r.oid = d.adrelid
        UNION ALL SELECT ROW(p.oid, p.xmin)::text FROM pg_policy AS p JOIN relations AS r ON r.oid = p.polrelid
        UNION ALL SELECT ROW(p.oid, p.xmin)::text FROM pg_proc AS p JOIN schemas AS n ON n.oid = p.pronamespace
        UNION ALL SELECT ROW(t.oid, t.xmin)::text FROM pg_type AS t JOIN schemas AS n ON n.oid = t.typnamespace
         WHERE t.typrelid = 0 AND t.typelem = 0
        UNION ALL
        SELECT ROW(e.oid, e.enumlabel)::text FROM pg_enum AS e JOIN pg_type AS t ON t.oid = e.enumtypid
          JOIN schemas AS n ON n.oid = t.typnamespace
        UNION ALL SELECT ROW(s.seqrelid, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcycle, s.seqcache)::text
          FROM pg_sequence AS s JOIN relations AS r ON r.oid = s.seqrelid
    )
    SELECT count(*) || ' ' || sum(hashtextextended(fact, 0)) FROM facts
$$;

-- What the role that arms may do; the rest of what is wished for is done in another way, see `lacks`.
CREATE FUNCTION integration_library.use_rights() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    BEGIN
        -- Ours is to be the victim of a deadlock (PostgreSQL manual, 20.12).
        ALTER FUNCTION integration_library.roll_back SET deadlock_timeout = '50ms';
    EXCEPTION WHEN insufficient_privilege THEN
        -- Gives way before the other side looks for a deadlock, after a second.
        ALTER FUNCTION integration_library.roll_back SET lock_timeout = '400ms';
    END;
    BEGIN
        CREATE EVENT TRIGGER integration_library_schema ON ddl_command_end
            EXECUTE FUNCTION integration_library.note_schema();
        CREATE EVENT TRIGGER integration_library_drop ON sql_drop EXECUTE FUNCTION integration_library.note_schema();
        ALTER EVENT TRIGGER integration_library_schema ENABLE ALWAYS;
        ALTER EVENT TRIGGER integration_library_drop ENABLE ALWAYS;
    EXCEPTION WHEN insufficient_privilege THEN
        INSERT INTO integration_library.lack VALUES ('make event triggers',
            'changes of the schema are noticed by a fingerprint, and not named; all materialised views are refreshed');
        CREATE OR REPLACE FUNCTION integration_library.schema_state() RETURNS text
            LANGUAGE sql STABLE AS 'SELECT integration_library.fingerprint_of_schema()';
    END;
    IF NOT has_table_privilege('pg_largeobject', 'SELECT') THEN
        INSERT INTO integration_library.lack VALUES ('read pg_largeobject',
            'writes into a large object that is there already are not noticed');
        CREATE OR REPLACE FUNCTION integration_library.large_objects() RETURNS text LANGUAGE sql STABLE AS
            'SELECT count(*) || coalesce(sum(hashint8extended(oid::bigint, xmin::text::bigint)), 0)::text
               FROM pg_largeobject_metadata';
    END IF;
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        PERFORM set_config('session_replication_role', 'origin', true);
    EXCEPTION WHEN insufficient_privilege THEN
        INSERT INTO integration_library.lack VALUES ('set session_replication_role',
            'touched tables are written again as a whole, which takes longer the more rows they have; as a superuser: '
            'GRANT SET ON PARAMETER session_replication_role TO ' || quote_ident(current_user) || ' (PostgreSQL 15)');
    END;
END $$;

-- Arms what is not armed as it must be, and reads the catalogue again.
CREATE FUNCTION integration_library.arm_tables() RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    item record;
    bypasses CONSTANT boolean := rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user;
BEGIN
    PERFORM set_config('integration_library.rolling_back', 'on', true);
    DELETE FROM integration_library.learned;
    INSERT INTO integration_library.learned VALUES (pg_current_snapshot());
    DELETE FROM integration_library.armed;
    FOR item IN
        SELECT c.oid::regclass AS relation, coalesce(pg_partition_root(c.oid)::oid, c.oid)::regclass AS root,
               CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END AS label,
               c.relforcerowsecurity AND NOT bypasses AS is_hidden
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'integration_library')
           AND n.nspname NOT LIKE 'pg\_toast%'
    LOOP
        IF item.is_hidden THEN
            RAISE EXCEPTION 'table % hides rows from its owner (FORCE ROW LEVEL SECURITY)', item.label
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM integration_library.arm_table(item.relation, item.root);
        IF item.relation = item.root THEN
            PERFORM integration_library.learn_table(item.relation, item.label);
        END IF;
    END LOOP;
    PERFORM integration_library.learn_sequences();
    UPDATE integration_library.learned SET schema = integration_library.schema_state();
    PERFORM set_config('integration_library.rolling_back', 'off', true);
END $$;

CREATE FUNCTION integration_library.arm(sequences text, verify text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO integration_library.settings VALUES (sequences, verify);
    PERFORM integration_library.arm_tables();
    PERFORM integration_library.use_rights();
    INSERT INTO integration_library.baseline SELECT * FROM integration_library.checkpoint();
    DELETE FROM integration_library.journal;
    DELETE FROM integration_library.journal_block;
    DELETE FROM integration_library.schema_change;
END $$;
