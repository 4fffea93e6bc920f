-- Only a fresh clone undoes it.
-- step: cloned anew
CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);

-- program
ALTER TABLE t ADD COLUMN v int DEFAULT 3;
