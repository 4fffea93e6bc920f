-- They go with their session, and are no change of the schema.
CREATE TABLE kept (id int PRIMARY KEY);

-- program
CREATE TEMP TABLE scratch (id serial PRIMARY KEY); CREATE INDEX ON scratch (id); INSERT INTO scratch DEFAULT VALUES;
CREATE TEMP TABLE more AS SELECT * FROM scratch; ALTER TABLE more ADD extra int; TRUNCATE more; DROP TABLE scratch;
INSERT INTO kept VALUES (1); CREATE TEMP VIEW v AS SELECT * FROM kept; COMMENT ON TABLE more IS 'x';
