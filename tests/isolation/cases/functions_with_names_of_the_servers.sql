-- The application has functions, operators and types of its own with names that the server has too, and finds them first.
CREATE FUNCTION format(text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE FUNCTION format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE SCHEMA app;
CREATE FUNCTION app.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE FUNCTION app.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE FUNCTION app.wrong(bigint, int) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE OPERATOR app.>= (FUNCTION = app.wrong, LEFTARG = bigint, RIGHTARG = int);
CREATE FUNCTION app.halved(bigint, int) RETURNS numeric LANGUAGE sql AS $$ SELECT pg_catalog.random()::numeric $$;
CREATE OPERATOR app./ (FUNCTION = app.halved, LEFTARG = bigint, RIGHTARG = int);
CREATE FUNCTION app.other(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR app.= (FUNCTION = app.other, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR app.<> (FUNCTION = app.other, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR app.~~ (FUNCTION = app.other, LEFTARG = text, RIGHTARG = text);
CREATE TYPE app.text AS (number int); CREATE TYPE app.regclass AS (number int);
CREATE TABLE many (id int PRIMARY KEY, at timestamptz);
CREATE TABLE visits (id int, at timestamptz, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE first_visits (at timestamptz, id int NOT NULL);
ALTER TABLE visits ATTACH PARTITION first_visits FOR VALUES IN (1);
INSERT INTO visits VALUES (1, '2026-01-13 10:00+00');
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM visits;

-- program
REFRESH MATERIALIZED VIEW counted; UPDATE first_visits SET at = at + interval '1 hour';
SET search_path = app, public, pg_catalog; SET timezone = 'Asia/Tokyo'; SET datestyle = 'German';
UPDATE visits SET at = at + interval '1 hour'; TRUNCATE visits;
INSERT INTO many SELECT i, pg_catalog.now() FROM pg_catalog.generate_series(1, 1500) AS i;
CREATE TEMP TABLE text (a int); INSERT INTO many VALUES (5000, pg_catalog.now()); DELETE FROM many WHERE id < 100;
