-- They are no reason for a clone.
CREATE TABLE files (id int PRIMARY KEY, content oid);
SELECT lo_from_bytea(4711, 'one'); INSERT INTO files VALUES (1, 4711);

-- program
UPDATE files SET content = NULL;
