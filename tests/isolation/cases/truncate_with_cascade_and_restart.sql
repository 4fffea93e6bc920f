-- Everything that refers to the table is emptied too, and sequences restart.
CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a);
INSERT INTO a SELECT FROM generate_series(1, 3); INSERT INTO b (a) VALUES (1), (3);

-- program
TRUNCATE a RESTART IDENTITY CASCADE; INSERT INTO a DEFAULT VALUES; INSERT INTO b (a) VALUES (1);
