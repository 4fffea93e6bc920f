-- They are like others.
CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text); INSERT INTO cache VALUES ('a', '1');

-- program
UPDATE cache SET value = '2'; INSERT INTO cache VALUES ('b', '2');
