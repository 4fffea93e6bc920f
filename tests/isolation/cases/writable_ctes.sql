-- One statement writes to three tables.
CREATE TABLE inbox (id int PRIMARY KEY, t text); CREATE TABLE archive (id int, t text); CREATE TABLE counts (n int);
INSERT INTO inbox VALUES (1, 'a'), (2, 'b'); INSERT INTO counts VALUES (0);

-- program
WITH moved AS (DELETE FROM inbox RETURNING *), kept AS (INSERT INTO archive SELECT * FROM moved RETURNING 1)
UPDATE counts SET n = n + (SELECT count(*) FROM kept) + 1;
