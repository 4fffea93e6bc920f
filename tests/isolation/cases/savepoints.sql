-- What was rolled back inside a transaction was never there.
CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2, 2);

-- program
BEGIN; UPDATE t SET v = 5; SAVEPOINT a; DELETE FROM t; ROLLBACK TO a; SAVEPOINT b; INSERT INTO t VALUES (3, 3);
RELEASE b; UPDATE t SET v = 6 WHERE id = 3; COMMIT;
DO $$ BEGIN UPDATE t SET v = 9; BEGIN DELETE FROM t; RAISE 'no';
EXCEPTION WHEN OTHERS THEN INSERT INTO t VALUES (4, 4); END; END $$;
