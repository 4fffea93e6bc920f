-- A rule that is rewritten on replication too would write more when rows are written back one by one.
-- step: tables restored
CREATE TABLE plain (id int PRIMARY KEY);
CREATE TABLE audit (what text);
CREATE RULE also AS ON INSERT TO plain DO ALSO INSERT INTO audit VALUES ('rule');
ALTER TABLE plain ENABLE ALWAYS RULE also;
INSERT INTO plain VALUES (1), (2);

-- program
DELETE FROM plain WHERE id = 1; INSERT INTO plain VALUES (3);
