-- Texts, bytes, bits, json as it was written and what only looks like NULL.
CREATE TABLE texts (id int PRIMARY KEY, t text, v varchar(5), c char(5), n name, b bytea, bits bit(3), vb bit varying,
    j json, jb jsonb, u uuid, ip inet, net cidr, mac macaddr, ts tsvector, tq tsquery, jp jsonpath);
INSERT INTO texts VALUES
    (1, '', ' ', 'ab', 'n', '', B'101', B'', '{"b":1,   "a":2, "b":3}', '{"b":1, "a":2}',
     '00000000-0000-0000-0000-000000000001', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', 'fat:1 cat:2', 'fat & !cat',
     '$.a[*]'),
    (2, 'NULL', 'NULL', NULL, '(', '\x00ff5c27', B'000', B'1', 'null', 'null', NULL, NULL, NULL, NULL, '', NULL,
     NULL),
    (3, E'tab\tnew\nline\\ "quoted" ''single'' (,) {}', ',', '"', '"', '\x22', NULL, NULL, '"\u00e4"', '"ä"',
     NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- program
SET bytea_output = 'escape';
UPDATE texts SET t = t || '!', j = '{}', b = NULL; DELETE FROM texts WHERE id = 3; RESET ALL;
