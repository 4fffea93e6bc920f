-- Cubes, segments, book numbers and arrays with operators of their own.
-- superuser: ordinary owners may not make some of these extensions
-- needs: SELECT count(*) = 4 FROM pg_available_extensions WHERE name IN ('cube', 'seg', 'isn', 'intarray')
CREATE EXTENSION cube; CREATE EXTENSION seg; CREATE EXTENSION isn; CREATE EXTENSION intarray;
CREATE TABLE measured (id int PRIMARY KEY, c cube, s seg, i isbn, e ean13, a int[]);
CREATE INDEX ON measured USING gist (a gist__int_ops); CREATE TABLE keyless (c cube, s seg);
INSERT INTO measured VALUES (1, '(1.1, 2), (3, 4)', '6.50 .. 7', '978-0-393-04002-9', '9780393040029', '{3,1}'),
    (2, '(1)', '<1e-5', NULL, NULL, '{}');
INSERT INTO keyless VALUES ('(0.1)', '1.0'), ('(0.1)', '1.00');

-- program
UPDATE measured SET c = cube_enlarge(c, 1, 2), s = '1.0', i = NULL; DELETE FROM measured WHERE id = 2;
DELETE FROM keyless WHERE s::text = '1.00'; INSERT INTO measured (id) VALUES (3);
