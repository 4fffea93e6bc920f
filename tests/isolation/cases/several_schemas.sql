-- Two tables of one name, and a reference between schemas.
CREATE SCHEMA one; CREATE SCHEMA two;
CREATE TABLE one.things (id int PRIMARY KEY);
CREATE TABLE two.things (id int PRIMARY KEY REFERENCES one.things, note text);
INSERT INTO one.things VALUES (1), (2); INSERT INTO two.things VALUES (1, 'x');

-- program
SET search_path = two, one; DELETE FROM things; INSERT INTO one.things VALUES (3); RESET ALL;
