-- Writes to what is no table end up in tables.
CREATE TABLE people (id int PRIMARY KEY, name text, gone boolean DEFAULT false);
CREATE VIEW present AS SELECT id, name FROM people WHERE NOT gone;
CREATE VIEW ruled AS SELECT id, name FROM people;
CREATE RULE no_delete AS ON DELETE TO ruled DO INSTEAD UPDATE people SET gone = true WHERE id = OLD.id;
CREATE VIEW upper_names AS SELECT id, upper(name) AS name FROM people;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO people VALUES (NEW.id, lower(NEW.name)); RETURN NEW; END $$;
CREATE TRIGGER keep INSTEAD OF INSERT ON upper_names FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO people VALUES (1, 'ada'), (2, 'bob');

-- program
UPDATE present SET name = 'eve' WHERE id = 1; DELETE FROM ruled WHERE id = 2; INSERT INTO upper_names VALUES (3, 'G');
