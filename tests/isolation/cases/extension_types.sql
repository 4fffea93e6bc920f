-- Types that extensions bring.
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
CREATE TABLE extended (name citext PRIMARY KEY, h hstore, l ltree);
CREATE TABLE keyless (name citext, h hstore);
INSERT INTO extended VALUES ('Ada', 'a=>1, "b c"=>NULL', 'top.mid'), ('Grace', '', NULL);
INSERT INTO keyless VALUES ('Ada', 'a=>1'), ('ada', 'a=>1');

-- program
UPDATE extended SET name = 'ADA', h = h || 'z=>2' WHERE name = 'ada'; DELETE FROM extended WHERE name = 'GRACE';
UPDATE keyless SET name = upper(name); INSERT INTO keyless VALUES ('ada');
