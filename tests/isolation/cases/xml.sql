-- Documents and fragments as they were written.
-- superuser: it asks how the server was built
-- needs: SELECT setting LIKE '%libxml%' FROM pg_config WHERE name = 'CONFIGURE'
CREATE TABLE papers (id int PRIMARY KEY, x xml); CREATE TABLE keyless (x xml);
INSERT INTO papers VALUES (1, '<?xml version="1.0"?><a b="1"> &amp; </a>'), (2, '<a/><b/>'), (3, ''),
    (4, '<?xml version="1.0" encoding="UTF-8"?><a/>');
CREATE MATERIALIZED VIEW texts AS SELECT id, x::text FROM papers;
INSERT INTO keyless VALUES ('<a/>'), ('<a/>');

-- program
UPDATE papers SET x = '<z/>' WHERE id = 1; DELETE FROM papers WHERE id > 1; INSERT INTO keyless VALUES ('<a/>'), ('<b/>');
REFRESH MATERIALIZED VIEW texts;
