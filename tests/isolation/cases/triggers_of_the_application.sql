-- Its row and statement triggers write on; a rollback does not wake them.
CREATE TABLE accounts (id int PRIMARY KEY, balance int); CREATE TABLE audit (id serial PRIMARY KEY, what text);
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit (what) VALUES (TG_OP || COALESCE(NEW.id, OLD.id)); RETURN COALESCE(NEW, OLD); END $$;
CREATE FUNCTION audit_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit (what) VALUES (TG_OP); RETURN NULL; END $$;
CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.balance := NEW.balance * 2; RETURN NEW; END $$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts EXECUTE FUNCTION audit_statement();
CREATE TRIGGER c BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION twice();
INSERT INTO accounts VALUES (1, 10), (2, 20);

-- program
UPDATE accounts SET balance = 0 WHERE id = 1; DELETE FROM accounts WHERE id = 2; INSERT INTO accounts VALUES (3, 5);
TRUNCATE accounts;
