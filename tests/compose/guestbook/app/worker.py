"""Answers entries with the greeting of the database."""

import time

from guestbook import database, redis

print("waiting", flush=True)
while True:
    number = redis("LPOP", "to-answer")
    if number.isdecimal():
        with database() as connection:
            connection.execute("UPDATE entries SET reply = (SELECT text FROM greetings) WHERE id = %s", [number])
    else:
        time.sleep(0.05)
