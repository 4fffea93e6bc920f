-- Several ranges in one value.
-- needs: SELECT current_setting('server_version_num')::int >= 140000
CREATE TABLE spans (id int PRIMARY KEY, m int4multirange, n nummultirange); CREATE TABLE keyless (m tstzmultirange);
CREATE DOMAIN days AS datemultirange; CREATE TABLE stays (id int PRIMARY KEY, d days, more days[]);
INSERT INTO stays VALUES (1, '{[2026-05-06,2026-05-10)}', '{"{[2026-05-06,2026-05-10)}"}');
INSERT INTO spans VALUES (1, '{[1,2),[4,6)}', '{(1.0,2.50]}'), (2, '{}', NULL), (3, '{(,)}', '{[1,1]}');
INSERT INTO keyless VALUES ('{[2000-01-01,2000-01-02)}'), ('{[2000-01-01,2000-01-02)}');

-- program
UPDATE spans SET m = NULL WHERE id = 1; DELETE FROM spans WHERE id = 2; UPDATE spans SET n = '{}' WHERE id = 3;
DELETE FROM keyless WHERE ctid = (SELECT min(ctid) FROM keyless);
SET datestyle = 'SQL, DMY'; DELETE FROM stays; DELETE FROM keyless;
