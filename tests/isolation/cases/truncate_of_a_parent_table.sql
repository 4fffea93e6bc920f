-- Its children are emptied too.
CREATE TABLE parents (id int);
CREATE TABLE children (extra text) INHERITS (parents);
INSERT INTO parents VALUES (1), (1); INSERT INTO children VALUES (2, 'x');

-- program
TRUNCATE parents;
