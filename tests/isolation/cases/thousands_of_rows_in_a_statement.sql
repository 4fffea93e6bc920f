-- Statements that write more rows than are noted one by one: around a thousand, and many more.
CREATE TABLE readings (id int PRIMARY KEY, taken timestamptz NOT NULL, amount float8);
CREATE TABLE copies (word text, amount int);
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE owned (id int PRIMARY KEY, owner int REFERENCES owners ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO readings SELECT i, '2026-01-01 UTC'::timestamptz + i * interval '1 s', i / 7.0 FROM generate_series(1, 3000) AS i;
INSERT INTO copies SELECT 'same', i % 3 FROM generate_series(1, 2500) AS i;
INSERT INTO owners VALUES (1), (2);
INSERT INTO owned SELECT i, 1 FROM generate_series(1, 2200) AS i;

-- program
INSERT INTO readings SELECT 10000 + i, now(), random() FROM generate_series(1, 999) AS i;
INSERT INTO readings SELECT 20000 + i, now(), random() FROM generate_series(1, 1000) AS i;
INSERT INTO readings SELECT 30000 + i, now(), random() FROM generate_series(1, 1001) AS i;
SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET extra_float_digits = -3;
INSERT INTO readings SELECT 40000 + i, now(), random() FROM generate_series(1, 2500) AS i;
UPDATE readings SET amount = amount + 1; RESET ALL;
UPDATE readings SET id = id + 100000 WHERE id <= 2500;
DELETE FROM readings WHERE id > 100500;
BEGIN; SAVEPOINT s; DELETE FROM readings; ROLLBACK TO s; COMMIT;
INSERT INTO copies SELECT 'same', i % 4 FROM generate_series(1, 5000) AS i;
DELETE FROM copies WHERE amount = 1; UPDATE copies SET word = 'other' WHERE amount = 2;
UPDATE owners SET id = 7 WHERE id = 1; DELETE FROM owners WHERE id = 7;
