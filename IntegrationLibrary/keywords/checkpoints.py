"""Keywords for moments in the database that can be returned to."""

from __future__ import annotations

import logging

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.session import Session

_log = logging.getLogger(__name__)


class CheckpointKeywords:
    """Checkpoints inside a test; those of tests and suites are made and used without keywords."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Isolation", "Action"))
    def create_checkpoint(self, name: str) -> None:
        """Remembers this moment in all open databases, so that it can be returned to.

        Checkpoints nest inside the test, whose own is made without a keyword. They end with the test or suite that
        made them.

        Args:
            name: What [Roll Back To Checkpoint] calls it.

        Raises:
            IntegrationError: The isolation of a database has no nested checkpoints.

        ```robotframework
        *** Test Cases ***
        A Second Customer Is Taken Back
            Add Row    customers    name=Hedy Lamarr    email=hedy@example.com
            Create Checkpoint    one more customer
            Add Row    customers    name=Mary Jackson    email=mary@example.com
            Roll Back To Checkpoint    one more customer
            Row Should Exist    customers    email=hedy@example.com
            Row Should Not Exist    customers    email=mary@example.com
        ```
        """
        for database in self._session.databases.values():
            isolation = database.isolation
            if not isolation.nests:
                raise IntegrationError(
                    f"Isolation '{isolation.name}' of database '{database.name}' has no checkpoints inside tests.",
                    next_step="set isolation: rollback in the environment file",
                )
        self._session.enter(name)

    @keyword(tags=("Isolation", "Action"))
    def roll_back_to_checkpoint(self, name: str) -> None:
        """Brings all open databases back to a checkpoint; it can be returned to again.

        Undoes what was committed since, by whichever program over whichever connection. Services with the key
        `after_rollback` are told.

        Args:
            name: As given to [Create Checkpoint].

        Raises:
            IntegrationError: There is no such checkpoint, or the databases cannot be rolled back.

        ```robotframework
        *** Test Cases ***
        What The Shop Committed Is Undone Too
            Create Checkpoint    before the customer came
            VAR    &{customer}    name=Hedy Lamarr    email=hedy@example.com
            POST On Session    shop    /customers    json=${customer}
            Roll Back To Checkpoint    before the customer came
            Row Should Not Exist    customers    email=hedy@example.com
            POST On Session    shop    /customers    json=${customer}
            Response Status Should Be    201
        ```
        """
        for sentence in self._session.return_to(self._session.find_scope(name)).told:
            _log.info(sentence)
