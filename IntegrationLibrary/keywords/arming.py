"""Keywords that take the journal out of a database, and put it in again."""

from __future__ import annotations

from robot.api.deco import keyword

from IntegrationLibrary.session import Session


class ArmingKeywords:
    """For external databases; those of the library's own are armed as long as they are there."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Isolation", "Action"))
    def disarm_database(self, database: str | None = None) -> None:
        """Gives an external database back as it was found, without the journal and its triggers.

        All that was written since the run took it over is undone, its seeds too. Until [Arm Database], nothing that
        happens in it is undone. At the end of the run it is given back without this keyword.

        Args:
            database: The external database; without it the only one of the environment.

        Raises:
            IntegrationError: The database is not external, or is disarmed already.

        ```robotframework
        *** Settings ***
        Library           IntegrationLibrary
        Suite Setup       Start Environment    resources/environments/archive.yaml

        *** Test Cases ***
        The Archive Is As It Was Found
            Add Row    letters    body=Dear Ada
            Disarm Database    archive
            Row Should Not Exist    letters    body=Dear Ada
            Arm Database    archive
        ```
        """
        opened = self._session.database(database)
        opened.disarm()
        self._session.begin_again(opened)

    @keyword(tags=("Isolation", "Action"))
    def arm_database(self, database: str | None = None) -> None:
        """Arms an external database again after [Disarm Database], and puts its seeds in.

        The test and its suites begin now, as far as this database is concerned: what was written while it was disarmed
        stays.

        Args:
            database: The external database; without it the only one of the environment.

        Raises:
            IntegrationError: The database is armed already.
            EnvironmentFailure: It cannot be armed, as when the role has no right to.

        ```robotframework
        *** Settings ***
        Library           IntegrationLibrary
        Suite Setup       Start Environment    resources/environments/archive.yaml

        *** Test Cases ***
        What Is Written After Arming Is Undone
            Disarm Database    archive
            Arm Database    archive
            Add Row    letters    body=Dear Ada
        ```
        """
        opened = self._session.database(database)
        opened.arm()
        self._session.begin_again(opened)
