-- It switches triggers off for itself, but not the journal's.
-- superuser: it sets session_replication_role
CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2, 2);

-- program
SET session_replication_role = replica; UPDATE t SET v = 3; DELETE FROM t WHERE id = 2; RESET session_replication_role;
