"""Seed files are read with the place of every row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.seeding.files import read_seed, seed_files, seed_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one, so that places are the same on every machine."""
    monkeypatch.chdir(tmp_path)
    return Path()


def written(name: str, text: str) -> Path:
    """Return the path of a new file."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


_YAML = """\
customers:
  ada: {name: Ada, email: ada@example.com}
  grace:
    name: Grace
stock:
  - {product_id: "${products.tea.id}", quantity: 10}
  -
empty:
"""


@pytest.mark.usefixtures("folder")
def test_yaml_has_named_rows_and_lists_of_rows() -> None:
    """Rows under names have them, rows in lists have none, and a row without anything is all defaults."""
    seed = read_seed(written("shop.yaml", _YAML))

    assert [(row.table, row.name, row.place) for row in seed.rows] == [
        ("customers", "ada", "shop.yaml:2"),
        ("customers", "grace", "shop.yaml:3"),
        ("stock", None, "shop.yaml:6"),
        ("stock", None, "shop.yaml:7"),
    ]
    assert seed.rows[2].values == {"product_id": "${products.tea.id}", "quantity": 10}
    assert seed.rows[3].values == {}
    assert list(seed.tables) == ["customers", "stock"]


_JSON = """\
{
  "customers": {
    "ada": {"name": "Ada \\/ Byron \\ud83c\\udf75"},
    "grace": {"name": "[{}]"}
  },
  "prices":
  [ {"amount": 1e2}, {"amount": null},

    {} ]
}
"""


@pytest.mark.usefixtures("folder")
def test_json_has_the_form_of_yaml() -> None:
    """JSON is read as JSON, not as YAML: escapes and exponents are its own."""
    seed = read_seed(written("shop.json", _JSON))

    assert [(row.table, row.name, row.place) for row in seed.rows] == [
        ("customers", "ada", "shop.json:3"),
        ("customers", "grace", "shop.json:4"),
        ("prices", None, "shop.json:7"),
        ("prices", None, "shop.json:7"),
        ("prices", None, "shop.json:9"),
    ]
    assert seed.rows[0].values == {"name": "Ada / Byron \N{TEACUP WITHOUT HANDLE}"}
    assert seed.rows[2].values == {"amount": 100.0}


@pytest.mark.usefixtures("folder")
def test_csv_tells_null_from_an_empty_text() -> None:
    """The file is named after its table; empty is NULL, quoted empty is an empty text."""
    seed = read_seed(
        written("products.csv", 'sku,name,note\nTEA,"Tea, ""black""",\r\nMUG,"two\nlines",""\n\nPEN,,last\n')
    )

    assert [row.values for row in seed.rows] == [
        {"sku": "TEA", "name": 'Tea, "black"', "note": None},
        {"sku": "MUG", "name": "two\nlines", "note": ""},
        {"sku": "PEN", "name": None, "note": "last"},
    ]
    assert [row.place for row in seed.rows] == ["products.csv:2", "products.csv:3", "products.csv:6"]
    assert {row.table for row in seed.rows} == {"products"}


@pytest.mark.usefixtures("folder")
def test_csv_of_a_spreadsheet_has_a_byte_order_mark() -> None:
    """The mark is no part of the first column's name, and a last line needs no end."""
    path = Path("products.csv")
    path.write_bytes(b"\xef\xbb\xbfsku,name\r\nTEA,")

    assert [row.values for row in read_seed(path).rows] == [{"sku": "TEA", "name": None}]


_SQL = """\
-- a semicolon; in a comment
BEGIN;
\\restrict abc
INSERT INTO notes VALUES ('it''s; one', E'a\\';b', $$ two; $$, $x$ $$; $x$, "odd;name");  /* nested /* ; */ */
INSERT INTO notes
SELECT 1
; ;
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
SAVEPOINT here; ROLLBACK TO here;
COMMIT;
SELECT 'last'"""


@pytest.mark.usefixtures("folder")
def test_sql_is_cut_where_statements_end() -> None:
    """Semicolons in texts, comments and function bodies end nothing; BEGIN and COMMIT are left out."""
    statements = read_seed(written("notes.sql", _SQL)).statements

    assert [(each.place, each.text.split()[0]) for each in statements] == [
        ("notes.sql:4", "INSERT"),
        ("notes.sql:5", "INSERT"),
        ("notes.sql:8", "CREATE"),
        ("notes.sql:9", "SAVEPOINT"),
        ("notes.sql:9", "ROLLBACK"),
        ("notes.sql:11", "SELECT"),
    ]
    assert statements[2].text.endswith("END")


@pytest.mark.usefixtures("folder")
def test_a_folder_is_its_files_in_name_order() -> None:
    """What is no seed in it is left out."""
    folder = Path("seeds")
    folder.mkdir()
    for name in ("20_stock.yaml", "10_products.csv", "README.md", "30_rest.SQL"):
        (folder / name).touch()

    assert [file.name for file in seed_files([folder])] == ["10_products.csv", "20_stock.yaml", "30_rest.SQL"]


@pytest.mark.usefixtures("folder")
def test_inputs_change_with_content_name_and_order() -> None:
    """A template is built again when anything that it was made from is another."""
    first, second = written("a.csv", "x\n1\n"), written("b.csv", "x\n1\n")

    before = seed_inputs([first, second])

    assert seed_inputs([first, second]) == before
    assert seed_inputs([second, first]) != before
    assert seed_inputs([first]) != before
    written("b.csv", "x\n2\n")
    assert seed_inputs([first, second]) != before


WRONG_FILES = {
    "yaml_is_a_list": ("shop.yaml", "- customers\n"),
    "yaml_table_is_a_text": ("shop.yaml", "customers:\n  ada: {name: Ada}\nstock: 7\n"),
    "yaml_row_without_a_list": ("shop.yaml", "customers:\n  name: Ada\n  email: ada@example.com\n"),
    "yaml_row_is_a_text": ("shop.yaml", "customers:\n  - {name: Ada}\n  - Grace\n"),
    "yaml_column_is_a_number": ("shop.yaml", "customers:\n  - {1: Ada}\n"),
    "yaml_is_broken": ("shop.yaml", "customers:\n  - {name: Ada\n"),
    "json_is_broken": ("shop.json", '{"customers": [\n  {"name": "Ada",}\n]}\n'),
    "json_name_stands_twice": ("shop.json", '{"customers": {\n  "ada": {},\n  "ada": {}\n}}\n'),
    "csv_has_too_few_values": ("products.csv", "sku,name\nTEA,Tea\nMUG\n"),
    "csv_quote_does_not_end": ("products.csv", 'sku,name\nTEA,"Tea\n'),
    "csv_names_a_column_twice": ("products.csv", "sku,sku\nTEA,Tea\n"),
    "csv_is_empty": ("products.csv", ""),
    "sql_rolls_back": ("notes.sql", "SELECT 1;\nROLLBACK;\n"),
    "sql_needs_psql": ("notes.sql", "SELECT 1;\nCOPY notes (id) FROM stdin;\n1\n\\.\n"),
    "ending_is_unknown": ("notes.txt", "hello\n"),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_refused(case: str, golden: Callable[[str, str], None]) -> None:
    """The failure says file and line, and what a seed looks like."""
    with pytest.raises(ConfigurationError) as raised:
        read_seed(written(*WRONG_FILES[case]))

    golden(f"seeding/{case}", str(raised.value))


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_not_there_is_refused(golden: Callable[[str, str], None]) -> None:
    """The nearest name in the folder is told."""
    written("customers.yaml", "")

    with pytest.raises(ConfigurationError) as raised:
        seed_files([Path("custmers.yaml")])

    golden("seeding/file_is_not_there", str(raised.value))


@pytest.mark.usefixtures("folder")
def test_a_folder_without_seeds_is_refused(golden: Callable[[str, str], None]) -> None:
    """An empty folder is a mistake, not an empty seed."""
    Path("seeds").mkdir()

    with pytest.raises(ConfigurationError) as raised:
        seed_files([Path("seeds")])

    golden("seeding/folder_has_no_seeds", str(raised.value))


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_no_utf_8_is_refused() -> None:
    """Whatever its ending, the failure names the file."""
    for name in ("shop.json", "products.csv", "notes.sql", "shop.yaml"):
        Path(name).write_bytes(b'{"name": "\xe4"}')

        with pytest.raises(ConfigurationError, match=rf"File '{name}' is not UTF-8\."):
            read_seed(Path(name))
