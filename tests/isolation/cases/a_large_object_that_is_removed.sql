-- It is missed.
-- step: cloned anew
SELECT lo_from_bytea(4711, 'one'), lo_from_bytea(4712, 'two');

-- program
SELECT lo_unlink(4711);
