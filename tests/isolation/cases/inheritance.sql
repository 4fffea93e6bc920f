-- A row of a child is a row of its parent too, with columns that the parent has not.
CREATE TABLE cities (name text, people int);
CREATE TABLE capitals (state text, PRIMARY KEY (name)) INHERITS (cities);
CREATE TABLE tiny_capitals (mayor text) INHERITS (capitals);
INSERT INTO cities VALUES ('Ulm', 1), ('Ulm', 1);
INSERT INTO capitals VALUES ('Mainz', 2, 'RP');
INSERT INTO tiny_capitals VALUES ('Schwerin', 3, 'MV', 'R');

-- program
UPDATE cities SET people = people + 1;
DELETE FROM cities WHERE name = 'Schwerin';
INSERT INTO capitals VALUES ('Kiel', 4, 'SH'); INSERT INTO cities VALUES ('Ulm', 1);
UPDATE capitals SET state = 'XX';
