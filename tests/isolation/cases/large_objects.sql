-- Large objects have no triggers; that they were written is seen all the same.
-- step: cloned anew
CREATE TABLE files (id int PRIMARY KEY, content oid);
SELECT lo_from_bytea(4711, 'one'); INSERT INTO files VALUES (1, 4711);

-- program
SELECT lo_put(4711, 0, 'two'); SELECT lo_from_bytea(4712, 'more');
