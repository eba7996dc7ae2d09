"""Which buttons a deadline has where it stands by itself: in a list, or on the card of what it follows from."""

from qabot.framework.gatherings import AFTER
from qabot.framework.schema import AUDIT, MODERATION
from qabot.workflows.core.subjects import Subject

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
