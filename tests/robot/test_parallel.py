"""Parallel workers: the same results as one after the other, and evidence that survives the merge."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from fixtures.runs import Project, Run

SUITE = """\
*** Test Cases ***
{number} A Book Is Added
    Row Count Should Be    books    1
    Add Row    books    title=new
    Database Changes Should Be    books=+1

{number} A Book Is Added By DatabaseLibrary
    Row Count Should Be    books    1
    Execute Sql String    INSERT INTO books (title) VALUES ('new')    alias=shelf
    Row Count Should Be    books    2

{number} The First Key Is The Same
    ${{row}} =    Add Row    books    title=new
    Should Be Equal As Integers    ${{row}}[id]    2

{number} It Fails
    Add Row    books    title=in vain
    Fail    on purpose
"""
MODES = {
    "two workers": ["--processes", "2"],
    "a worker for each test": ["--processes", "4", "--testlevelsplit"],
    "chunks": ["--chunk", "--processes", "2"],
}


def outcomes(run: Run) -> dict[str, tuple[str, str]]:
    """Status and text of every test."""
    return {name: (test.status, test.message) for name, test in run.tests.items()}


def messages(items: Iterable[object]) -> list[str]:
    """All messages that stand directly in a test."""
    return [str(item.message) for item in items if getattr(item, "type", "") == "MESSAGE"]


@pytest.mark.parametrize("mode", MODES)
def test_results_are_those_of_robot(project: Project, mode: str) -> None:
    """Suites that write the same rows do not disturb each other, and the merged log has their cards."""
    project.write({f"suite{number}.robot": SUITE.format(number=number) for number in (1, 2, 3)})
    serial, parallel = project.robot(results="serial"), project.pabot(*MODES[mode])

    assert len(outcomes(serial)) == 12
    assert outcomes(parallel) == outcomes(serial)
    for number in (1, 2, 3):
        shown = "".join(messages(parallel.tests[f"{number} It Fails"].body))
        assert "in vain" in shown


def test_two_runs_at_once_do_not_meet(project: Project) -> None:
    """In one checkout, with results folders whose names are not plain."""
    project.write({"suite.robot": SUITE.format(number=1)})
    folders = ("results of the first", "Ergebnisse für später")
    started = [project.start("robot", results=folder) for folder in folders]
    runs = [project.finish(process, results=folder) for process, folder in zip(started, folders, strict=True)]

    assert outcomes(runs[0]) == outcomes(runs[1])
    assert list(runs[0].failures) == ["1 It Fails"]
    assert all(run.leaves_nothing() for run in runs)


def test_a_slot_whose_worker_was_killed_is_clean_for_the_next(project: Project) -> None:
    """The next worker gets the dead one's databases, rolled back."""
    kill = "Evaluate    os.kill(os.getpid(), 9)    modules=os"
    project.write(
        {
            "1_dies.robot": f"*** Test Cases ***\nIt Dies\n    Add Row    books    title=new\n    {kill}\n",
            "2_lives.robot": "*** Test Cases ***\nIt Finds The Seeds\n    Row Count Should Be    books    1\n"
            "    ${name} =    Get Service Field    postgres    shelf.name\n    Should Be Equal    ${name}    shelf_1\n",
        }
    )

    run = project.pabot("--processes", "1")

    assert run.tests["It Finds The Seeds"].message == ""
    assert run.leaves_nothing()
