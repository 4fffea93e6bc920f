-- It has rows all the same.
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;

-- program
INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
