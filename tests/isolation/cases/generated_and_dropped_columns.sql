-- Columns that are computed or gone are left out of what is written back.
CREATE TABLE prices (id int PRIMARY KEY, gone int, net numeric, gross numeric GENERATED ALWAYS AS (net * 1.19) STORED);
CREATE TABLE keyless (net numeric, gone int, twice numeric GENERATED ALWAYS AS (net * 2) STORED, added text DEFAULT 'x');
INSERT INTO prices VALUES (1, 1, 10.00), (2, 1, 20.5);
INSERT INTO keyless VALUES (1, 1), (1, 1);
ALTER TABLE prices DROP COLUMN gone;
ALTER TABLE keyless DROP COLUMN gone;
ALTER TABLE keyless ADD COLUMN later int DEFAULT 5;

-- program
UPDATE prices SET net = net + 1; DELETE FROM keyless; INSERT INTO keyless (net) VALUES (3);
