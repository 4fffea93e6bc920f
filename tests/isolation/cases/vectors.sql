-- Embeddings as pgvector keeps them, with an index for neighbours.
-- superuser: ordinary owners may not make the extension
-- needs: SELECT count(*) = 1 FROM pg_available_extensions WHERE name = 'vector'
CREATE EXTENSION vector;
CREATE TABLE items (id serial PRIMARY KEY, v vector(3), h halfvec(2), s sparsevec(5)); CREATE TABLE keyless (v vector);
CREATE INDEX ON items USING hnsw (v vector_l2_ops);
INSERT INTO items (v, h, s) VALUES ('[0.1,2,3e-5]', '[1.5,-2]', '{1:1.5,5:2}/5'), (NULL, NULL, NULL);
INSERT INTO keyless VALUES ('[1,2]'), ('[1,2]'), ('[0.3]');

-- program
UPDATE items SET v = '[9,9,9]' WHERE id = 1; DELETE FROM items WHERE id = 2; INSERT INTO items (v) VALUES ('[0,0,0]');
DELETE FROM keyless WHERE ctid = (SELECT min(ctid) FROM keyless);
