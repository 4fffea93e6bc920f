-- They are counted.
CREATE TABLE bag (a int, b text); INSERT INTO bag VALUES (NULL, NULL), (NULL, NULL), (NULL, NULL), (1, ''), (1, NULL);

-- program
DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag); INSERT INTO bag VALUES (1, ''), (NULL, NULL), (NULL, NULL);
UPDATE bag SET b = 'x' WHERE a = 1;
