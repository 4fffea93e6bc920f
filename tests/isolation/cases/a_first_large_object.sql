-- It is seen also where there was none before.
-- step: cloned anew
CREATE TABLE files (id int PRIMARY KEY, content oid);

-- program
SELECT lo_from_bytea(4712, 'more');
