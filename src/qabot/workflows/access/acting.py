"""What somebody does, so that it is done although something beside it breaks."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlmodel import Session

from qabot.errors import BadRequest, Busy, IdentifierFound, SignInNeeded
from qabot.models import Store
from qabot.workflows.access import presses
from qabot.workflows.core.patience import when_there
from qabot.workflows.core.unit import CAREFUL

log = structlog.get_logger()
T = TypeVar("T")


async def act(store: Store, work: Callable[[Session], T], token: str = "") -> T:
    """What somebody does, before the service's own work; tried as `when_there` does.

    What fails as nobody foresaw is done once more with care (`Unit.careful`): what follows from it each by itself, so
    that no alert fails because something beside it does. Raises what was foreseen, and what fails twice. `token` is
    that of what was pressed.
    """
    try:
        return await when_there(store.once(work, act=True))
    except (BadRequest, Busy, IdentifierFound, SignInNeeded):
        raise
    except Exception:
        notice = await presses.notice_of(store, token)
        log.exception("what somebody did has failed, and is done once more", action="answer-repeated", notice=notice)

    def carefully(session: Session) -> T:
        take_care(session)
        return work(session)

    return await when_there(store.once(carefully, act=True))


def take_care(session: Session) -> None:
    """From now on what follows from something is done each by itself in this transaction."""
    session.info[CAREFUL] = True
