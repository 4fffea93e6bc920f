-- References to the own table, set to NULL or to their default by a deletion, and updated with their key.
CREATE TABLE staff (id int PRIMARY KEY, chief int REFERENCES staff ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE desks (id int PRIMARY KEY, owner int DEFAULT 1 REFERENCES staff ON DELETE SET DEFAULT ON UPDATE CASCADE);
INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 2); INSERT INTO desks VALUES (1, 2), (2, 3);

-- program
UPDATE staff SET id = 20 WHERE id = 2; DELETE FROM staff WHERE id = 20; UPDATE staff SET chief = 3 WHERE id = 1;
