-- A role that sees only its own rows writes; everything is undone all the same.
-- superuser: it makes a role
CREATE TABLE notes (id serial PRIMARY KEY, owner text DEFAULT current_user, body text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
DO $$ BEGIN CREATE ROLE il_tenant; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT ALL ON ALL TABLES IN SCHEMA public TO il_tenant; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO il_tenant;
INSERT INTO notes (owner, body) VALUES ('il_tenant', 'mine'), ('other', 'theirs');

-- program
SET ROLE il_tenant; INSERT INTO notes (body) VALUES ('new'); UPDATE notes SET body = 'changed';
DELETE FROM notes WHERE id = 1; RESET ROLE;
