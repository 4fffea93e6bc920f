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
    """Keywords for integration tests on real, private, clean systems; `introduction.py` is what Libdoc shows first."""

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

    def get_keyword_documentation(self, name: str) -> str:
        """Return what Libdoc shows for a keyword, or first of all; tests never ask for the introduction."""
        if name != "__intro__":
            return str(super().get_keyword_documentation(name))
        from IntegrationLibrary.introduction import introduction

        return introduction()
