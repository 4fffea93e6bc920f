-- A statement that inserts, updates and deletes at once.
-- needs: SELECT current_setting('server_version_num')::int >= 150000
CREATE TABLE stock (sku text PRIMARY KEY, quantity int);
INSERT INTO stock VALUES ('tea', 5), ('cup', 2), ('pot', 0);

-- program
MERGE INTO stock USING (VALUES ('cup', 7), ('lid', 1), ('pot', 0)) AS new (sku, quantity) ON stock.sku = new.sku
    WHEN MATCHED AND new.quantity = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = new.quantity
    WHEN NOT MATCHED THEN INSERT VALUES (new.sku, new.quantity);
