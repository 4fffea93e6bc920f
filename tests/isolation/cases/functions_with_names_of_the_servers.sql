-- The application has functions of its own with names that the server has too, and finds them first.
CREATE FUNCTION format(text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE FUNCTION format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE SCHEMA app;
CREATE FUNCTION app.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE FUNCTION app.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE TABLE visits (id int, at timestamptz, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE first_visits (at timestamptz, id int NOT NULL);
ALTER TABLE visits ATTACH PARTITION first_visits FOR VALUES IN (1);
INSERT INTO visits VALUES (1, '2026-01-13 10:00+00');
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM visits;

-- program
REFRESH MATERIALIZED VIEW counted; UPDATE first_visits SET at = at + interval '1 hour';
SET search_path = app, public, pg_catalog; SET timezone = 'Asia/Tokyo'; SET datestyle = 'German';
UPDATE visits SET at = at + interval '1 hour'; TRUNCATE visits;
