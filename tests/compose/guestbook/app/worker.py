"""Answers entries with the greeting of the database."""

from guestbook import database, redis

print("waiting", flush=True)
while True:
    number = redis("BLPOP", "to-answer", "0")
    with database() as connection:
        connection.execute("UPDATE entries SET reply = (SELECT text FROM greetings) WHERE id = %s", [number])
