-- Rows that could not be inserted any more, though they are there.
-- step: cloned anew
CREATE TABLE doors (is_open boolean); CREATE TABLE guests (name text PRIMARY KEY);
CREATE FUNCTION may_enter() RETURNS boolean LANGUAGE sql AS 'SELECT is_open FROM public.doors';
ALTER TABLE guests ADD CHECK (may_enter());
INSERT INTO doors VALUES (true); INSERT INTO guests VALUES ('Ada'); UPDATE doors SET is_open = false;

-- program
DELETE FROM guests;
