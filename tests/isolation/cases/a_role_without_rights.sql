-- An application role that may not even see the journal's schema.
-- superuser: it makes a role
CREATE TABLE plain (id int PRIMARY KEY);
DO $$ BEGIN CREATE ROLE il_application; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON plain TO il_application; INSERT INTO plain VALUES (1);

-- program
SET ROLE il_application; SET search_path = pg_temp; UPDATE public.plain SET id = 2; INSERT INTO public.plain VALUES (3);
TRUNCATE public.plain; INSERT INTO public.plain VALUES (4); RESET ALL; RESET ROLE;
