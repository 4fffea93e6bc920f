"""The migration command of the kill matrix: a table, after its moment."""

from __future__ import annotations

import os

import psycopg
from fixtures.moments import be_at

be_at("template")
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE boxes (id serial PRIMARY KEY, name text UNIQUE)")
