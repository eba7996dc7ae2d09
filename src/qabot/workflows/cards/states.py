"""What became of what a card is about, in one line: who did what when, who has it now, until when it is put off."""

from dataclasses import dataclass
from datetime import date, datetime

from qabot.framework.schema import AUDIT
from qabot.models import DeadlineState, Ending
from qabot.models.rows import DeadlineRow, HelpRow, NoticeRow
from qabot.planning.directory import Directory
from qabot.planning.planner import again_slot
from qabot.workflows.core.subjects import HELP_ANSWERS, Subject
from qabot.workflows.core.views import handed_to
from qabot.workflows.core.words import say_closed, say_day, say_moment

POSSIBLE_REPEAT = "This may be a repeat: the first message may not have reached you."
WAS_WITH = "was_with"
"""Of a notice's `params`: the id of whom it was for, once what it asks was handed over to somebody else."""


def closed(deadline: DeadlineRow, directory: Directory) -> str:
    """What became of a deadline that is closed: "Submitted by Ade Okafor on 21 November 2026 at 10:02am."."""
    when = say_moment(deadline.closed_at) if deadline.closed_at else ""
    return f"{say_closed(deadline.closed_why or 'Closed', directory.name(deadline.closed_by_id), when)}."


@dataclass(frozen=True, slots=True)
class States:
    """Says it as things stand at a moment (UTC), whose day in England is `today`."""

    directory: Directory
    now: datetime
    today: date

    def line(self, part: tuple[NoticeRow, Subject]) -> str:
        """Who did what when, once something was done: "Acknowledged by Amina Yusuf on 21 November 2026 at 10:02am"."""
        notice, subject = part
        if notice.taken_back_at is not None:
            who = (
                "You"
                if notice.taken_back_by_id == notice.recipient_id
                else self.directory.name(notice.taken_back_by_id)
            )
            return f"{who} took this back on {say_moment(notice.taken_back_at)}. Nothing is asked of you because of it."
        deadline = subject.deadline
        if subject.help is not None:
            return self._answered(notice, subject.help) or self._done_meanwhile(subject.help, deadline)
        if deadline is None or deadline.state == DeadlineState.open:
            if to := notice.params.get("handed_on"):
                return f"You said that you are not the right person. This has been passed on to {to}."
            if owner := self.has_it_now(notice, subject):
                of_work = deadline is not None and deadline.kind == AUDIT
                return f"{owner} has this {'audit ' if of_work else ''}now."
            repeat = POSSIBLE_REPEAT if notice.possible_repeat else ""
            later = self._later(notice, deadline) if deadline else ""
            half = self._half_done(subject, notice.recipient_id) if subject.moderation else ""
            made = f"Handed to {handed_to(subject.made, self.directory)}." if subject.made and subject.open else ""
            return " ".join([line for line in (repeat, later, half, made) if line])
        if deadline.ended == Ending.survey_closed and deadline.due_on is not None:
            return f"The survey closed at the end of {say_day(deadline.due_on)}."
        return closed(deadline, self.directory)

    def _done_meanwhile(self, request: HelpRow, deadline: DeadlineRow | None) -> str:
        """Help that nobody has answered yet stays open; what it was asked for may be over."""
        if request.closed_at is not None or deadline is None or deadline.state == DeadlineState.open:
            return ""
        return closed(deadline, self.directory)

    def _answered(self, notice: NoticeRow, request: HelpRow) -> str:
        """Who has answered a request for help; "" while it is open, and for whoever asked: their card says it."""
        if request.closed_at is None or notice.recipient_id == request.asked_by_id:
            return ""
        who, when = self.directory.name(request.closed_by_id), say_moment(request.closed_at)
        return f"Answered by {who} on {when}: {HELP_ANSWERS.get(request.answer, request.answer)}."

    def has_it_now(self, notice: NoticeRow, subject: Subject) -> str:
        """Who has what this notice asked of whoever had it before; "" if that is no news."""
        before = notice.params.get(WAS_WITH)
        now = subject.deadline.owner_id if before is not None and subject.deadline else None
        return self.directory.name(now) if now not in (None, int(before or 0), notice.recipient_id) else ""

    def _half_done(self, subject: Subject, reader: int) -> str:
        """A second look that is recorded while the talk with the practitioner is still to come."""
        moderation = subject.moderation
        if moderation is None or moderation.done_at is None or not subject.open:
            return ""
        own, when = moderation.done_by_id == reader, say_moment(moderation.done_at)
        name = "you" if own else self.directory.name(moderation.done_by_id)
        return f"Moderated by {name} on {when}. Still to come: somebody speaks with the practitioner."

    def _later(self, notice: NoticeRow, deadline: DeadlineRow) -> str:
        """Who put an open deadline's reminders off until when, or by when it is expected, while that is to come.

        What comes once more because of that says so: it is not the same message over again.
        """
        until, expected = deadline.snoozed_until, deadline.expected_on
        snoozed = notice.slot == again_slot(deadline.snoozes)
        if until is None and expected is None and not snoozed:
            return ""
        again = snoozed and notice.recipient_id == deadline.snoozed_by_id
        if again and (until is None or until <= self.now):
            return f"You gave us {say_day(expected)} for this." if expected else "You asked to hear of this again."
        if expected is not None and expected >= self.today:
            return f"Expected on {say_day(expected)}."
        if until is None or until <= self.now:
            return ""
        return f"Put off by {self.directory.name(deadline.snoozed_by_id)} until {say_moment(until)}."
