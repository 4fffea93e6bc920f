"""What a row's text depends on is known by its types: nothing is asked of the session that does not matter."""

from __future__ import annotations

import pytest

from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback

OWN_TYPES = """
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE DOMAIN birthday AS date;
CREATE TYPE pair AS (number small, word text);
CREATE TYPE stay AS (guest pair, nights tstzrange);
CREATE DOMAIN nights AS tstzmultirange;
CREATE TYPE labelled;
CREATE FUNCTION labelled_in(cstring) RETURNS labelled LANGUAGE internal STRICT STABLE AS 'date_in';
CREATE FUNCTION labelled_out(labelled) RETURNS cstring LANGUAGE internal STRICT STABLE AS 'date_out';
CREATE TYPE labelled (INPUT = labelled_in, OUTPUT = labelled_out, LIKE = date, CATEGORY = 'A');
CREATE TYPE measured AS (who text, much float8[]);
CREATE TYPE described AS (what regclass[]);
"""
VALUES: dict[str, dict[str, str]] = {
    "always alike": {
        "bool": "true",
        "int2": "2",
        "int8": "8",
        "numeric": "1.50",
        "text": "a,b",
        "varchar(10)": "x",
        "char(5)": "x",
        "name": "n",
        "uuid": "00000000-0000-0000-0000-000000000001",
        "json": '{"a":  1.10}',
        "jsonb": '{"a": 1.10}',
        "text[]": '{a,NULL,"b c"}',
        "int4range": "[1,5)",
        "numrange[]": '{"[1.5,2.5]"}',
        "mood": "busy",
        "mood[]": "{busy,calm}",
        "small": "7",
        "pair": "(7,word)",
        "int4multirange": "{[1,5)}",
    },
    "by dates": {
        "date": "2026-11-21",
        "timestamp": "2026-11-21 12:30:00.5",
        "timestamptz": "2026-11-21 12:30:00+01",
        "timestamptz[]": "{2026-11-21 12:30:00+01}",
        "datemultirange": "{[2026-11-21,2026-11-30)}",
        "nights[]": '{"{[2026-11-21 12:00:00+00,)}"}',
        "daterange": "[2026-11-21,2026-11-30)",
        "birthday": "2026-11-21",
        "stay": '("(7,word)","[2026-11-21 12:00:00+00,)")',
    },
    "by settings": {
        "float4": "0.1",
        "float8": "0.30000000000000004",
        "money": "1.50",
        "interval": "1 day 02:03:04",
        "bytea": "\\x616200",
        "point": "(0.1,0.30000000000000004)",
        "time": "12:30",
        "timetz": "12:30+01",
        "inet": "127.0.0.1/8",
        "tsvector": "a b",
        "int2vector": "1 2",
        "labelled": "2026-11-21",
        "measured": '(Ada,"{0.1,0.30000000000000004}")',
    },
    "by search_path": {"regclass": "app.names", "regtype[]": "{app.kind}", "described": "({app.names})"},
}
DATES = "SET datestyle = 'German'; SET timezone = 'Asia/Tokyo';"
OTHERS = "SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'; SET extra_float_digits = -5;"
PATH = "SET search_path = public, app;"
HARMLESS = {
    "always alike": DATES + OTHERS + PATH,
    "by dates": OTHERS + PATH,
    "by settings": PATH,
    "by search_path": PATH,
}


@pytest.fixture
def armed(database: Database) -> Database:
    """A database with types of its own, armed."""
    database.execute(OWN_TYPES)
    database.execute("CREATE SCHEMA app; CREATE TABLE app.names (); CREATE TYPE app.kind AS ENUM ()")
    Rollback.arm(database)
    return database


@pytest.mark.parametrize("printing", VALUES)
def test_what_does_not_matter_is_not_asked(armed: Database, printing: str) -> None:
    """And what is not asked does not matter: the text is the same whatever it is. Names are another with the path."""
    for number, (kind, value) in enumerate(VALUES[printing].items()):
        table = f"held_{number}"
        armed.execute(f"CREATE TABLE public.{table} (held {kind}, more text)")
        armed.execute(f"INSERT INTO public.{table} VALUES (%s::{kind}, 'more')", [value])
        told = armed.value("SELECT integration_library.printing(%s::regclass)", [f"public.{table}"])
        text = f"SELECT (il_row.*)::text FROM public.{table} AS il_row"

        armed.execute("RESET ALL; SET search_path = pg_catalog")
        plain = armed.value(text)
        armed.execute(HARMLESS[printing])

        assert (kind, told) == (kind, printing)
        assert (armed.value(text) == plain) is (printing != "by search_path")
        armed.execute("RESET ALL")


def test_a_type_that_is_not_known_may_depend_on_any_setting(armed: Database) -> None:
    """Such as one that an extension brings."""
    armed.execute(
        "CREATE TYPE odd; CREATE FUNCTION odd_in(cstring) RETURNS odd LANGUAGE internal IMMUTABLE AS 'textin'"
    )
    armed.execute("CREATE FUNCTION odd_out(odd) RETURNS cstring LANGUAGE internal IMMUTABLE AS 'textout'")
    armed.execute("CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out); CREATE TABLE odds (held odd)")

    assert armed.value("SELECT integration_library.printing('odds')") == "by settings"
