-- Called, never called, set, turned over.
CREATE SEQUENCE called; CREATE SEQUENCE never START 5; CREATE SEQUENCE "Odd Name";
CREATE SEQUENCE small AS smallint MAXVALUE 3 CYCLE; SELECT nextval('called'), nextval('small');

-- program
SELECT nextval('called'), nextval('never'), nextval('"Odd Name"'), setval('called', 99, false);
SELECT nextval('small') FROM generate_series(1, 4);
