"""One row is stored with its defaults and keys filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.seeding.row import add_row

_SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN settings AS jsonb;
CREATE SCHEMA "Other Place";
CREATE TABLE people (
    id serial PRIMARY KEY,
    name varchar(10) NOT NULL DEFAULT 'nobody',
    mood mood,
    tags text[],
    grid integer[],
    attributes jsonb,
    notes json,
    options settings,
    born date,
    seen timestamptz,
    picture bytea,
    balance numeric(10, 2),
    is_active boolean DEFAULT true,
    shout text GENERATED ALWAYS AS (upper(name)) STORED
);
CREATE TABLE "Other Place"."Odd ""Names"" %s" ("Id" bigint GENERATED ALWAYS AS IDENTITY, "select %s {}" text);
"""


@pytest.fixture
def people(database: Database) -> Database:
    """Return a database with a table of many types."""
    database.execute(_SCHEMA)
    return database


def added(database: Database, **values: Any) -> dict[str, Any]:
    """Return the stored row of people."""
    return add_row(database, Catalog(database), "people", values)


def test_what_is_not_given_takes_its_default(people: Database) -> None:
    """A row without any value is all defaults, its key and its generated columns are told."""
    stored = add_row(people, Catalog(people), "people", {})

    assert (stored["id"], stored["name"], stored["is_active"], stored["shout"]) == (1, "nobody", True, "NOBODY")


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("mood", "happy", "happy"),
        ("tags", ["a", 'b "c"', "d\\e,{}", None, ""], ["a", 'b "c"', "d\\e,{}", None, ""]),
        ("tags", "{a,b}", ["a", "b"]),
        ("tags", [], []),
        ("grid", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("attributes", {"a": [1, None, {"b": "ü"}]}, {"a": [1, None, {"b": "ü"}]}),
        ("attributes", [1, "two"], [1, "two"]),
        ("attributes", '{"as": "text"}', {"as": "text"}),
        ("attributes", True, True),
        ("attributes", {"when": date(2024, 2, 29), "price": Decimal("4.50")}, {"when": "2024-02-29", "price": 4.5}),
        ("notes", {"a": 1}, {"a": 1}),
        ("options", ["a domain", "over json"], ["a domain", "over json"]),
        ("born", "2024-02-29", date(2024, 2, 29)),
        ("born", date(2024, 2, 29), date(2024, 2, 29)),
        ("seen", "2024-02-29 12:00+00", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("seen", datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("seen", "infinity", "infinity"),
        ("picture", b"\x00\xff", b"\x00\xff"),
        ("balance", "12.50", Decimal("12.50")),
        ("balance", 12.5, Decimal("12.50")),
        ("is_active", False, False),
        ("is_active", "no", False),
        ("name", "percent %s", "percent %s"),
        ("name", 12, "12"),
        ("mood", None, None),
    ],
)
def test_a_value_is_what_the_type_of_its_column_makes_of_it(
    people: Database, column: str, value: Any, stored: Any
) -> None:
    """Texts, numbers, lists and dictionaries arrive as the column means them."""
    assert added(people, **{column: value})[column] == stored


def test_names_are_quoted_as_they_need_to_be(people: Database) -> None:
    """Schemas, tables and columns may be called anything."""
    stored = add_row(people, Catalog(people), 'Other Place.Odd "Names" %s', {"select %s {}": "x", "Id": 5})

    assert stored == {"Id": 5, "select %s {}": "x"}


def test_a_sequence_moves_past_a_key_that_was_given(people: Database) -> None:
    """The next row of the application gets a key that is free, for serial and for identity columns."""
    added(people, id=41)
    add_row(people, Catalog(people), 'Other Place.Odd "Names" %s', {"Id": "5"})

    assert added(people)["id"] == 42
    assert add_row(people, Catalog(people), 'Other Place.Odd "Names" %s', {})["Id"] == 6


def test_a_sequence_never_goes_back(people: Database) -> None:
    """Keys that were drawn and not stored may be in use."""
    people.execute("SELECT setval('people_id_seq', 100)")
    added(people, id=7)

    assert added(people)["id"] == 101


def test_a_row_that_is_refused_is_not_stored(people: Database) -> None:
    """A constraint that is checked at the end of the transaction is told as any other."""
    people.execute("ALTER TABLE people ADD UNIQUE (name) DEFERRABLE INITIALLY DEFERRED")
    added(people, name="Ada")

    with pytest.raises(IntegrationError, match=r"Key \(name\)=\(Ada\) already exists"):
        added(people, name="Ada")

    assert people.value("SELECT count(*) FROM people") == 1


def test_a_row_that_a_trigger_keeps_away_is_told(people: Database) -> None:
    """A row that is not stored is no success."""
    people.execute(
        "CREATE FUNCTION keep_away() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER keep_away BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION keep_away()"
    )

    with pytest.raises(IntegrationError, match="a trigger or rule of the table did not store it"):
        added(people, name="Ada")


REFUSED = {
    "row_too_long": {"name": "longer than ten"},
    "row_unknown_column": {"nmae": "Ada"},
    "row_generated_column": {"shout": "ADA"},
    "row_wrong_enum": {"mood": "hapy"},
    "row_not_null": {"name": None},
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_does_not_fit_is_refused(case: str, people: Database, golden: Callable[[str, str], None]) -> None:
    """The failure has PostgreSQL's words, or the nearest name."""
    with pytest.raises(IntegrationError) as raised:
        added(people, **REFUSED[case])

    golden(f"seeding/{case}", str(raised.value))
