-- Rows that are inserted, or updated where they are there already, or left alone.
CREATE TABLE stock (sku text PRIMARY KEY, quantity int);
INSERT INTO stock VALUES ('tea', 5), ('cup', 2), ('pot', 0);

-- program
INSERT INTO stock VALUES ('tea', 1), ('jar', 1) ON CONFLICT (sku) DO UPDATE SET quantity = stock.quantity + 1;
INSERT INTO stock VALUES ('tea', 1) ON CONFLICT DO NOTHING;
