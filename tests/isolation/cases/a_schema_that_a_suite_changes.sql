-- What a suite, or a service that migrates when it starts, made or altered before the test is armed by the checkpoint.
CREATE TABLE grown (id int PRIMARY KEY, name text);
CREATE TABLE parted (id int, kind int) PARTITION BY LIST (kind);
CREATE TABLE parted_one PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE switched_off (id int PRIMARY KEY);
CREATE TABLE parent (id int);
CREATE TABLE gone (id serial PRIMARY KEY);
INSERT INTO grown VALUES (1, 'one');
INSERT INTO parted VALUES (1, 1);
INSERT INTO switched_off VALUES (1);
INSERT INTO parent VALUES (1);

-- suite
CREATE TABLE new (id serial PRIMARY KEY, name text);
INSERT INTO new (name) VALUES ('one'), ('two');
ALTER TABLE grown ADD COLUMN more int DEFAULT 5, DROP COLUMN name;
CREATE TABLE parted_two PARTITION OF parted FOR VALUES IN (2);
ALTER TABLE parted DETACH PARTITION parted_one;
ALTER TABLE switched_off DISABLE TRIGGER ALL;
CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO child VALUES (2, 'e');
DROP TABLE gone;

-- program
DELETE FROM new WHERE id = 1; INSERT INTO new (name) VALUES ('three');
UPDATE grown SET more = 6; INSERT INTO grown VALUES (2, 7);
INSERT INTO parted VALUES (2, 2); DELETE FROM parted_one;
UPDATE switched_off SET id = 3;
UPDATE parent SET id = id + 1; DELETE FROM child;
