"""What every survey is told by, unless a council's file has a ladder of its own for it.

Each message goes to whoever is asked, and to nobody else: who has not answered is nobody's business.
"""

from qabot.framework.base import OF_DEADLINE
from qabot.framework.duties import FEEDBACK, SURVEY
from qabot.framework.offsets import Offset
from qabot.framework.steps import Ladder, Step

OPENS = "opens"
"""The anchor of the day from which a duty takes answers."""


def ladders() -> dict[str, Ladder]:
    """An invitation and two reminders; of a survey that opens later, word of it as soon as it is known."""
    soon = Step(rule=OF_DEADLINE, called="soon", at=Offset(("opened",)), to=("owes",), send="survey-soon")
    return {
        SURVEY: Ladder(title="A survey", steps=(soon, *_asking(OPENS))),
        FEEDBACK: Ladder(title="A few questions", steps=_asking("opened")),
    }


def _asking(since: str) -> tuple[Step, ...]:
    return (
        Step(rule=OF_DEADLINE, called="invitation", at=Offset((since,)), to=("owes",), send="survey"),
        Step(
            rule=OF_DEADLINE,
            called="first-reminder",
            at=Offset((since,), 5, "working day"),
            to=("owes",),
            send="survey",
        ),
        Step(
            rule=OF_DEADLINE,
            called="second-reminder",
            at=Offset(("due",), -2, "working day"),
            roll="earlier",
            to=("owes",),
            send="survey",
        ),
    )
