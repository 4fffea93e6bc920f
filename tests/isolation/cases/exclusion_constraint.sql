-- Bookings that must not overlap, moved to where others were.
CREATE TABLE bookings (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&));
INSERT INTO bookings VALUES (1, '[1,3)'), (2, '[5,8)');

-- program
DELETE FROM bookings WHERE id = 1; UPDATE bookings SET during = '[1,3)' WHERE id = 2;
INSERT INTO bookings VALUES (3, '[5,8)');
