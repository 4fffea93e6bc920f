-- Verifying: the rows of all tables at a checkpoint are compared with those after the rollback to it, whatever the
-- journal says. Materialised views are left out: they may be fresher afterwards.

-- How many rows each table has, and a sum over all their texts; as the statement sees it that asks for this.
CREATE FUNCTION integration_library.fingerprint_of_rows() RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET datestyle = 'ISO, MDY' SET intervalstyle = postgres SET timezone = 'UTC' SET bytea_output = hex
    SET extra_float_digits = 1 SET lc_monetary = 'C' SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '100ms'  -- see journal.sql
AS $$
DECLARE
    found jsonb := '{}';
    item record;
    state text;
BEGIN
    FOR item IN SELECT relation::regclass AS relation FROM integration_library.armed LOOP
        EXECUTE format('SELECT count(*) || '' '' || coalesce(sum(hashtextextended((%s)::text, 0)), 0) FROM %s AS il_row',
                       integration_library.row_form(item.relation, item.relation),
                       integration_library.rows_of(item.relation)) INTO state;
        found := found || jsonb_build_object(item.relation::oid, state);
    END LOOP;
    RETURN found;
END $$;

-- What is not as it was at the checkpoint, though it was rolled back. Sequences come first: they are not kept from
-- being drawn from meanwhile.
CREATE FUNCTION integration_library.differences(rows jsonb, sequences jsonb) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found CONSTANT text[] := ARRAY(
        SELECT format('sequence %s (%s, was %s)', now.relation::regclass, split_part(now.state, ' ', 1),
                      split_part(was.state, ' ', 1))
          FROM integration_library.sequence_states() AS now
          JOIN jsonb_each_text(sequences) AS was (relation, state) ON was.relation::oid = now.relation
         WHERE now.goes_back AND was.state <> now.state ORDER BY 1);
BEGIN
    RETURN ARRAY(
        SELECT format('table %s (%s)', a.label, CASE split_part(now.state, ' ', 1) WHEN split_part(was.state, ' ', 1)
                      THEN format('%s rows, not the same ones', split_part(now.state, ' ', 1))
                      ELSE format('%s rows, were %s', split_part(now.state, ' ', 1), split_part(was.state, ' ', 1)) END)
          FROM jsonb_each_text(integration_library.fingerprint_of_rows()) AS now (relation, state)
          JOIN jsonb_each_text(rows) AS was (relation, state) USING (relation)
          JOIN integration_library.armed AS a ON a.relation = now.relation::oid
         WHERE now.state <> was.state ORDER BY a.label) || found;
END $$;
