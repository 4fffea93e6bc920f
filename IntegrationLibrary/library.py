"""The class that Robot imports."""

from __future__ import annotations

from robot.api.deco import library
from robotlibcore import DynamicCore

from IntegrationLibrary.keywords.changes import ChangeKeywords
from IntegrationLibrary.keywords.checkpoints import CheckpointKeywords
from IntegrationLibrary.keywords.data import DataKeywords
from IntegrationLibrary.keywords.environment import EnvironmentKeywords
from IntegrationLibrary.keywords.mocks import MockKeywords
from IntegrationLibrary.keywords.response_fields import ResponseFieldKeywords
from IntegrationLibrary.keywords.responses import ResponseKeywords
from IntegrationLibrary.keywords.rows import RowKeywords
from IntegrationLibrary.keywords.waiting import WaitingKeywords
from IntegrationLibrary.listener import Listener, boundaries
from IntegrationLibrary.session import current_session


@library(scope="GLOBAL", doc_format="MARKDOWN")
class IntegrationLibrary(DynamicCore):
    """IntegrationLibrary gives every Robot test a real, private, clean system, in milliseconds.

    %TOC%

    # Environments

    An environment is the services that run together, described by one YAML file. [Start Environment] starts them and
    waits until they are ready, or attaches to them when they run already; with pabot all workers share one environment,
    and each has its own databases and its own copy of the services of scope `worker`. Everything is stopped when the
    run ends, however it ends.

    RequestsLibrary has a session for every HTTP service, and DatabaseLibrary a connection for every database, under
    their names, in suites that import those libraries.

    # Isolation

    Before every test and every suite the library remembers the moment, and after it everything is undone that was
    committed since, by whichever program over whichever connection. [Create Checkpoint] and [Roll Back To Checkpoint]
    do the same inside a test.

    # Judgements

    Keywords with *Should* judge and change nothing. They judge what was answered (`Response ...`), single rows
    (`Row ...`), and the whole database: [Database Changes Should Be] tells that these rows changed and nothing else.
    Keywords with *Wait Until* ask again until their timeout, and tell on failure what they saw over time.

    # Evidence

    The log of a failed test has one card: requests and answers, changes in the database, hits of mocks, and what the
    services logged meanwhile. A passed test has one line.
    """

    def __init__(self) -> None:
        session = current_session()
        self.ROBOT_LIBRARY_LISTENER = Listener()
        super().__init__(
            [
                EnvironmentKeywords(session, boundaries().neighbours),
                WaitingKeywords(session),
                DataKeywords(session),
                CheckpointKeywords(session),
                ResponseKeywords(session),
                ResponseFieldKeywords(session),
                RowKeywords(session),
                ChangeKeywords(session),
                MockKeywords(session),
            ]
        )
