-- Values that are stored out of line, changed and not.
CREATE TABLE wide (id int PRIMARY KEY, big text, small int);
INSERT INTO wide SELECT i, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 4000) AS j), 1
    FROM generate_series(1, 3) AS i;

-- program
UPDATE wide SET small = 2; UPDATE wide SET big = reverse(big) WHERE id = 2; DELETE FROM wide WHERE id = 3;
