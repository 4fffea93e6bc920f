-- A MERGE that inserts into one partition and updates rows of another one.
-- needs: SELECT current_setting('server_version_num')::int >= 150000
CREATE TABLE parted (id int PRIMARY KEY, name text, amount int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (2);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES (6, 'six', -7), (3, 'three', -7);

-- program
MERGE INTO parted t USING (VALUES (0), (6)) n (id) ON t.id = n.id
 WHEN MATCHED AND t.id < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = NULL
 WHEN NOT MATCHED THEN INSERT (id) VALUES (n.id);
