CREATE TABLE greetings (text text); INSERT INTO greetings VALUES ('welcome');
