-- Writing back does not depend on the search path of whoever does it.
CREATE SCHEMA app; CREATE FUNCTION app.norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
CREATE TABLE app.users (id int PRIMARY KEY, mail text); CREATE UNIQUE INDEX ON app.users (app.norm(mail));
INSERT INTO app.users VALUES (1, 'A@x'), (2, 'b@x');

-- program
UPDATE app.users SET mail = 'c@x' WHERE id = 1; UPDATE app.users SET mail = 'a@X' WHERE id = 2;
