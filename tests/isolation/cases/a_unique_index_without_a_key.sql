-- No primary key, but values that must not be there twice while writing back.
CREATE TABLE u (a int UNIQUE, b int); INSERT INTO u VALUES (1, 1), (2, 2), (NULL, 3);

-- program
UPDATE u SET a = NULL WHERE a = 1; UPDATE u SET a = 1 WHERE a = 2; UPDATE u SET a = 2 WHERE b = 1;
INSERT INTO u VALUES (3, 3);
