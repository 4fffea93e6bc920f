-- Rows are found by all columns of their key.
CREATE TABLE seats (row int, place text, holder text, PRIMARY KEY (row, place));
INSERT INTO seats VALUES (1, 'a', 'Ada'), (1, 'b', 'Grace'), (2, 'a', NULL);

-- program
UPDATE seats SET holder = 'Eve' WHERE place = 'a';
DELETE FROM seats WHERE place = 'b';
INSERT INTO seats VALUES (2, 'b', 'Bob');
