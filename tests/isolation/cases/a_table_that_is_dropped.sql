-- Only a fresh clone brings it back.
-- step: cloned anew
CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);

-- program
DROP TABLE t;
