-- Statements that insert, update and delete at once.
CREATE TABLE stock (sku text PRIMARY KEY, quantity int);
INSERT INTO stock VALUES ('tea', 5), ('cup', 2), ('pot', 0);

-- program
INSERT INTO stock VALUES ('tea', 1), ('jar', 1) ON CONFLICT (sku) DO UPDATE SET quantity = stock.quantity + 1;
INSERT INTO stock VALUES ('tea', 1) ON CONFLICT DO NOTHING;
MERGE INTO stock USING (VALUES ('cup', 7), ('lid', 1), ('pot', 0)) AS new (sku, quantity) ON stock.sku = new.sku
    WHEN MATCHED AND new.quantity = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = new.quantity
    WHEN NOT MATCHED THEN INSERT VALUES (new.sku, new.quantity);
COPY stock FROM PROGRAM 'printf "box\t1\nbag\t2\n"';
