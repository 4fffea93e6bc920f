-- Numbers, times and intervals at the ends of what their types can hold.
CREATE TABLE extremes (id int PRIMARY KEY, f4 real, f8 double precision, n numeric, m money, d date, t time, tz timetz,
    ts timestamp, tsz timestamptz, i interval, b boolean, s smallint, l bigint, o oid);
INSERT INTO extremes VALUES
    (1, 'NaN', 'Infinity', 'NaN', '-1234.56', 'infinity', '24:00', '12:00+14', '-infinity', 'infinity',
     '1 year -2 days 03:00:00.000001', true, -32768, 9223372036854775807, 4294967295),
    (2, 1.1754944e-38, 5e-324, 1e-300, '92233720368547758.07', '4713-01-01 BC', '00:00:00.000001', '00:00-15:59',
     '294276-12-31 23:59:59.999999', '4713-01-02 00:00 BC', '-1000000 years', NULL, NULL, NULL, 0),
    (3, 0.1, 0.30000000000000004, 123456789012345678901234567890.123456789, 0, '2000-02-29', '1:02', '1:02+01',
     '2000-01-01', '2000-01-01 00:00+05:30', '0', false, 0, 0, 1);

-- program
SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET timezone = 'Asia/Kolkata'; SET extra_float_digits = -15;
UPDATE extremes SET f4 = f4, f8 = 0, ts = now(), i = '1 hour'; DELETE FROM extremes WHERE id = 2; RESET ALL;
