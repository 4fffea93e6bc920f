"""Makes the table, once, before anybody asks for it."""

from guestbook import database

with database() as connection:
    connection.execute("CREATE TABLE entries (id serial PRIMARY KEY, text text NOT NULL, reply text)")
    print("migrated", flush=True)
