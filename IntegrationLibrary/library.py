"""The class that Robot imports."""

from __future__ import annotations

from typing import Literal

from robot.api.deco import library
from robotlibcore import DynamicCore

from IntegrationLibrary.keywords.arming import ArmingKeywords
from IntegrationLibrary.keywords.changes import ChangeKeywords
from IntegrationLibrary.keywords.checkpoints import CheckpointKeywords
from IntegrationLibrary.keywords.data import DataKeywords
from IntegrationLibrary.keywords.environment import EnvironmentKeywords
from IntegrationLibrary.keywords.faults import FaultKeywords
from IntegrationLibrary.keywords.mocks import MockKeywords
from IntegrationLibrary.keywords.response_fields import ResponseFieldKeywords
from IntegrationLibrary.keywords.responses import ResponseKeywords
from IntegrationLibrary.keywords.rows import RowKeywords
from IntegrationLibrary.keywords.service_logs import ServiceLogKeywords
from IntegrationLibrary.keywords.services import ServiceKeywords
from IntegrationLibrary.keywords.waiting import WaitingKeywords
from IntegrationLibrary.listener import Listener, boundaries
from IntegrationLibrary.session import current_session


@library(scope="GLOBAL", doc_format="MARKDOWN")
class IntegrationLibrary(DynamicCore):
    """Keywords for integration tests on real, private, clean systems; `introduction.py` is what Libdoc shows first."""

    def __init__(
        self,
        *,
        late_writes: Literal["warn", "fail"] = "warn",
        environment_failures: Literal["fail", "skip"] = "fail",
    ) -> None:
        """Can be imported without arguments.

        Args:
            late_writes: What happens when something is written between two tests, by a service that goes on after the
                test that caused it. It is undone and told by that test's name in any case; `fail` fails the next test
                besides.
            environment_failures: What happens to tests once the environment is gone, because a service that no test
                has stopped, or the supervisor, has ended. The first test that fails then is an environment failure;
                `skip` skips the others, and each says why, until the service runs again.
        """
        boundaries().skipping.is_wanted |= environment_failures == "skip"
        boundaries().late_writes_fail |= late_writes == "fail"
        session = current_session()
        self.ROBOT_LIBRARY_LISTENER = Listener()
        super().__init__(
            [
                EnvironmentKeywords(session, boundaries().neighbours),
                WaitingKeywords(session),
                ServiceLogKeywords(session),
                ServiceKeywords(session),
                FaultKeywords(session),
                DataKeywords(session),
                CheckpointKeywords(session),
                ArmingKeywords(session),
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
