-- A trigger that replication wakes would be woken by a rollback too.
-- step: tables restored
CREATE TABLE accounts (id int PRIMARY KEY, balance int); CREATE TABLE audit (what text);
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION audit_row();
ALTER TABLE accounts ENABLE ALWAYS TRIGGER a;
INSERT INTO accounts VALUES (1, 10), (2, 20);

-- program
UPDATE accounts SET balance = 0 WHERE id = 1; DELETE FROM accounts WHERE id = 2; INSERT INTO accounts VALUES (3, 5);
