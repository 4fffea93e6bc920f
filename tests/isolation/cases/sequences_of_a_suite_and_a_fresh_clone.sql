-- A fresh clone has the sequences of the template; a suite that drew numbers and kept no rows goes on from its own.
-- step: cloned anew
CREATE SEQUENCE numbers;
CREATE SEQUENCE unused;
CREATE TABLE plain (id int PRIMARY KEY);

-- suite
SELECT nextval('numbers'), nextval('numbers');

-- program
CREATE TABLE more (id int);
INSERT INTO plain SELECT nextval('numbers');
