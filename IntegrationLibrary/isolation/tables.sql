-- Writing tables again: the step for what cannot be undone row by row, and for roles that may not be a replica.
--
-- Each touched table, and each that refers to one, is copied aside as it was at the checkpoint, emptied, and filled
-- from the copy. That needs no right but an owner's: triggers and rules of the application are switched off for it,
-- foreign keys are checked when all tables are full again, and nothing of this is left when the transaction ends.
-- It takes ACCESS EXCLUSIVE on these tables, after the journal's lock: so it also waits for who has read them. To a
-- snapshot from before, a table that was written again is empty (PostgreSQL manual, 13.6).

-- The touched tables, and those whose foreign keys lead to them: one TRUNCATE has to name them all.
CREATE FUNCTION integration_library.tables_to_write_again(moment pg_snapshot) RETURNS regclass[]
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE found AS (
        SELECT relation FROM integration_library.net(moment)
        UNION
        SELECT coalesce(pg_partition_root(c.conrelid), c.conrelid)::oid FROM pg_constraint AS c JOIN found
            ON found.relation = coalesce(pg_partition_root(c.confrelid), c.confrelid)::oid WHERE c.contype = 'f'
    )
    SELECT array_agg(relation::regclass ORDER BY relation) FROM found
$$;

-- Statements that switch off what the application does when rows are written, and those that switch it on again.
CREATE FUNCTION integration_library.switches(tables regclass[])
    RETURNS TABLE (off text, back text)
    LANGUAGE sql STABLE
AS $$
    WITH relations AS (  -- with their partitions, a parent before its parts
        SELECT tree.relid AS oid, tree.level FROM unnest(tables) AS t (relation)
         CROSS JOIN LATERAL pg_partition_tree(t.relation) AS tree
        UNION SELECT t.relation, 0 FROM unnest(tables) AS t (relation)
    ), enabled (letter, word) AS (VALUES ('O', 'ENABLE'), ('A', 'ENABLE ALWAYS'), ('R', 'ENABLE REPLICA'))
    SELECT s.off, s.back FROM (
        SELECT pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', r.oid::regclass, t.tgname) AS off,
               pg_catalog.format('ALTER TABLE ONLY %s %s TRIGGER %I', r.oid::regclass, e.word, t.tgname) AS back, r.level
          FROM relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid JOIN enabled AS e ON e.letter = t.tgenabled
         WHERE NOT t.tgisinternal AND t.tgname NOT LIKE 'integration\_library\_%'
        UNION ALL
        SELECT pg_catalog.format('ALTER TABLE %s DISABLE RULE %I', r.oid::regclass, w.rulename),
               pg_catalog.format('ALTER TABLE %s %s RULE %I', r.oid::regclass, e.word, w.rulename), r.level
          FROM relations AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid JOIN enabled AS e ON e.letter = w.ev_enabled
        UNION ALL
        SELECT pg_catalog.format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE', r.oid::regclass, c.conname),
               pg_catalog.format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', r.oid::regclass, c.conname), r.level
          FROM relations AS r JOIN pg_constraint AS c ON c.conrelid = r.oid
         WHERE c.contype = 'f' AND NOT c.condeferrable AND c.conparentid = 0) AS s
     ORDER BY s.level
$$;

CREATE FUNCTION integration_library.copy_of(relation regclass) RETURNS text
    LANGUAGE sql IMMUTABLE
AS $$ SELECT 'pg_temp.integration_library_' || relation::oid $$;

-- Copies each table as it is, and brings the copies of those that changed back to the checkpoint.
CREATE FUNCTION integration_library.copy_aside(tables regclass[], moment pg_snapshot) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    relation regclass;
    net record;
    copy text;
BEGIN
    FOREACH relation IN ARRAY tables LOOP
        EXECUTE pg_catalog.format('CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT * FROM %s',
            integration_library.copy_of(relation), integration_library.rows_of(relation));
    END LOOP;
    FOR net IN SELECT n.appeared, n.vanished, a.* FROM integration_library.net(moment) AS n
                 JOIN integration_library.armed AS a USING (relation)
    LOOP
        copy := integration_library.copy_of(net.relation);
        PERFORM integration_library.remove(integration_library.remove_statement(net.relation, copy), net.appeared,
            net.label, net.keyless);
        EXECUTE integration_library.restore_statement(net.relation, copy) USING net.vanished;
    END LOOP;
END $$;

CREATE FUNCTION integration_library.write_tables_again(moment pg_snapshot) RETURNS text[]  -- a note for people
    LANGUAGE plpgsql
AS $$
DECLARE
    tables CONSTANT regclass[] := integration_library.tables_to_write_again(moment);
    switches text[];
    statement text;
    relation regclass;
BEGIN
    IF tables IS NULL THEN
        RETURN '{}';
    END IF;
    SELECT array_agg(s.back) INTO switches FROM integration_library.switches(tables) AS s;
    FOR statement IN SELECT s.off FROM integration_library.switches(tables) AS s LOOP
        EXECUTE statement;
    END LOOP;
    PERFORM integration_library.copy_aside(tables, moment);
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(integration_library.rows_of(t.relation), ', ')
               FROM unnest(tables) AS t (relation));
    SET CONSTRAINTS ALL DEFERRED;
    FOREACH relation IN ARRAY tables LOOP
        EXECUTE integration_library.insert_statement(relation, relation::text, 'g', integration_library.copy_of(relation));
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOREACH statement IN ARRAY coalesce(switches, '{}') LOOP
        EXECUTE statement;
    END LOOP;
    RETURN ARRAY[(SELECT 'written again: ' || string_agg(a.label, ', ' ORDER BY a.label)
                    FROM integration_library.armed AS a WHERE a.relation = ANY (tables))];
END $$;
