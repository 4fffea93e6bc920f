-- Unique values that are swapped in one statement, and in one transaction.
CREATE TABLE ranks (id int PRIMARY KEY, rank int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE slots (id int PRIMARY KEY DEFERRABLE, what text);
INSERT INTO ranks VALUES (1, 1), (2, 2), (3, 3); INSERT INTO slots VALUES (1, 'a'), (2, 'b');

-- program
UPDATE ranks SET rank = 4 - rank; UPDATE slots SET id = 3 - id;
BEGIN; UPDATE ranks SET rank = 2 WHERE id = 1; UPDATE ranks SET rank = 3 WHERE id = 2; COMMIT;
