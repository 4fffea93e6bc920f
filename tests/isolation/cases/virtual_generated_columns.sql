-- They are in no stored row.
-- needs: SELECT current_setting('server_version_num')::int >= 180000
CREATE TABLE prices (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) VIRTUAL);
CREATE TABLE keyless (gross int GENERATED ALWAYS AS (net * 2) VIRTUAL, net int);
INSERT INTO prices VALUES (1, 10); INSERT INTO keyless (net) VALUES (1), (1), (2);

-- program
UPDATE prices SET net = 11; UPDATE keyless SET net = 3 WHERE net = 2; INSERT INTO keyless (net) VALUES (1);
