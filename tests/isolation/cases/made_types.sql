-- Enums, domains, composites, arrays of them, ranges, shapes and references to the catalogue.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy');
CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
CREATE TYPE point3 AS (x int, y text, z mood);
CREATE TYPE money_range AS RANGE (subtype = numeric);
CREATE TABLE made (id positive PRIMARY KEY, m mood, p point3, ps point3[], r int4range, tr tstzrange, mr money_range,
    grid int[][], odd int[], words text[], moods mood[], box box, pt point, poly polygon, lseg lseg,
    circle circle, path path, line line, reg regclass, rt regtype);
INSERT INTO made VALUES
    (1, 'very happy', ROW(1, 'a "b", (c)', 'ok'), ARRAY[ROW(NULL, '', NULL), NULL]::point3[], '[1,5)', '(,2000-01-01]',
     'empty', '{{1,2},{3,NULL}}', '[2:3]={7,8}', '{"a,b","\"",NULL,"NULL",""}', '{sad,"very happy"}',
     '(1,2),(0,0)', '(1.5,NaN)', '((0,0),(1,1),(1,0))', '[(0,0),(1,1)]', '<(0,0),1>', '[(0,0),(1,1)]', '{1,2,3}',
     'made', 'mood'),
    (2, NULL, ROW(NULL, NULL, NULL), '{}', 'empty', NULL, '(1.0,)', '{}', NULL, '{}', NULL,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- program
UPDATE made SET m = 'sad', p = NULL, ps = NULL, odd = '{}', reg = NULL WHERE id = 1; DELETE FROM made WHERE id = 2;
INSERT INTO made (id) VALUES (3);
