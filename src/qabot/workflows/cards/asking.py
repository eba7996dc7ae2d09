"""Which buttons a deadline has where it stands by itself: in a list, or on the card of what it follows from."""

import re

from qabot.framework.gatherings import AFTER
from qabot.framework.schema import AUDIT, MODERATION
from qabot.workflows.core.subjects import Subject

OF_ONES_OWN = re.compile(r"\b(I|my|mine|we|our|ours)\b", re.IGNORECASE)
"""Words by which a button speaks as whoever owes it."""
WORK_BUTTONS = ("submit-grades", "say-about", "not-yet", "snooze", "more-time")
LOOK_BUTTONS = ("moderate", "snooze", "more-time")


def buttons_of(subject: Subject) -> tuple[str, ...]:
    """The buttons of a deadline in a list: what its duty asks for comes first."""
    duty = subject.duty
    if duty is None:
        kind = subject.deadline.kind if subject.deadline else ""
        return WORK_BUTTONS if kind == AUDIT else LOOK_BUTTONS if kind == MODERATION else ("more-time",)
    if duty.is_survey:
        return ("survey-form", "snooze")
    if duty.is_alert:
        return ("acknowledge", "not-me")
    if duty.looks_again:
        return ("moderate", "more-time")
    if subject.occasion is not None and subject.deadline is not None and subject.deadline.kind.endswith(AFTER):
        return ("answer", "move-gathering", "cancel-gathering")
    if duty.picks:
        return ("pick-cases", "open-picking", "more-time")
    return ("answer", "not-yet", "snooze", "more-time") if duty.put_off else ("answer", "more-time")


def speaks_as_owner(subject: Subject) -> bool:
    """Whether the council's own words for the answer are those of whoever owes it: "My papers are in"."""
    return subject.duty is not None and OF_ONES_OWN.search(subject.duty.button) is not None


def done_for(subject: Subject, owner: str) -> str:
    """What that button says to whoever only notes it for somebody else."""
    return f"{subject.duty.title if subject.duty else ''}: done, for {owner}"
