-- Writes through the parent, through a partition of a partition, and between them.
CREATE TABLE events (at date, kind text, body text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2020-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_old_a PARTITION OF events_old FOR VALUES IN ('a');
CREATE TABLE events_old_rest PARTITION OF events_old DEFAULT;
CREATE TABLE events_new (body text, kind text, at date);
ALTER TABLE events ATTACH PARTITION events_new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO events VALUES
    ('2019-01-01', 'a', '1'), ('2019-01-01', 'b', '2'), ('2021-01-01', 'a', '3'), ('2021-01-01', 'a', '3');

-- program
UPDATE events SET at = '2022-02-02' WHERE body = '1';
UPDATE events_old_rest SET body = 'changed';
INSERT INTO events_new VALUES ('4', 'n', '2023-01-01'); INSERT INTO events VALUES ('2010-01-01', 'a', '5');
DELETE FROM events_new WHERE ctid = (SELECT min(ctid) FROM events_new WHERE body = '3');
TRUNCATE events_old;
