-- What was refreshed in the test is refreshed again.
CREATE TABLE sales (id int PRIMARY KEY, amount int); INSERT INTO sales VALUES (1, 10), (2, 20);
CREATE MATERIALIZED VIEW totals AS SELECT sum(amount) AS total FROM sales;
CREATE MATERIALIZED VIEW doubled AS SELECT total * 2 AS twice FROM totals;
CREATE MATERIALIZED VIEW "by Id" AS SELECT * FROM sales; CREATE UNIQUE INDEX ON "by Id" (id);

-- program
INSERT INTO sales VALUES (3, 30); REFRESH MATERIALIZED VIEW totals; REFRESH MATERIALIZED VIEW doubled;
REFRESH MATERIALIZED VIEW CONCURRENTLY "by Id";
