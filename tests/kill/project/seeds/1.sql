INSERT INTO boxes (name) VALUES ('seeded');
