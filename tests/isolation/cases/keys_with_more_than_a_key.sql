-- Keys that carry other columns, unique indexes that serve as a key, and those that cannot.
CREATE TABLE included (id int, extra text, PRIMARY KEY (id) INCLUDE (extra));
CREATE TABLE served (a int NOT NULL, b text NOT NULL, c text, UNIQUE (b, a)); CREATE UNIQUE INDEX ON served (lower(b), a);
CREATE TABLE part_only (a int NOT NULL, b int); CREATE UNIQUE INDEX ON part_only (a) WHERE b > 0;
CREATE TABLE late (a int NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO included VALUES (1, 'a'), (2, NULL);
INSERT INTO served VALUES (1, 'x', NULL), (2, 'x', 'c');
INSERT INTO part_only VALUES (1, 1), (1, 0), (1, 0);
INSERT INTO late VALUES (1), (2);

-- program
UPDATE included SET extra = coalesce(extra, '') || '!'; DELETE FROM included WHERE id = 1;
UPDATE served SET a = a + 5; UPDATE served SET c = 'd' WHERE c IS NULL; DELETE FROM served WHERE a = 6;
INSERT INTO served VALUES (1, 'x', 'new');
DELETE FROM part_only WHERE ctid = (SELECT max(ctid) FROM part_only); INSERT INTO part_only VALUES (2, 2);
UPDATE late SET a = 3 - a; DELETE FROM late WHERE a = 2;
