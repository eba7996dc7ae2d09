"""What follows when grades are corrected, those of the work itself and those of a second look: one way for both."""

from collections.abc import Collection, Sequence, Set

from sqlmodel import col, or_, select

from qabot.messaging.form import Field, Option
from qabot.models import Audit, Deadline, DeadlineState, Moderation, Notice
from qabot.workflows.access.records import REACHED, rows_about
from qabot.workflows.core import dates, finalising, judging_again, lists, looks
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import new_work, withdrawing
from qabot.workflows.verbs import alerts

REASONS = {
    "slip": "It was a slip",
    "form": "It is not what stands on the audit form",
    "talked": "It was talked over, and judged otherwise",
    "new": "Something was not known before",
}
"""Why grades are corrected: to choose from, because the log holds nothing that a person wrote."""


def why() -> Field:
    """The question why grades are corrected."""
    return Field("why", "Why?", "choice", options=tuple(Option(*each) for each in REASONS.items()))


def settle(
    unit: Unit,
    audit: Audit,
    about: About,
    held: Set[str],
    *,
    by: int,
    why: str,
    answers: Collection[str] = (),
    look: bool = False,
) -> None:
    """Judge again what follows from the grades, and tell those who heard of them.

    `held` are the duties whose condition held before the correction, `answers` the questions that were answered anew,
    `why` is one of the sentences of `REASONS`. `look`: it was a second look's grade.
    """
    _compare_anew(unit, audit)
    recipients, waiting = _those_told(unit, audit), _waiting(unit, audit)
    opened = judging_again.judge_again(unit, about, held, by=by)
    dates.move_due(unit, about, answers)
    for made in new_work.waiting(unit, [each.id for each in waiting if each.state == DeadlineState.withdrawn]):
        withdrawing.withdraw(unit, made, f"The grades of {audit.reference} were corrected", by=by)
    # What a second look has opened before does not hold what is final, so that to put it right does not either.
    held_anew = not look or any(each.holds for each in opened)
    if not (held_anew and finalising.reopen(unit, audit, by=by)):
        finalising.make_final(unit, audit, by=by)
    params = {"by": unit.directory.name(by), "why": why, **({"look": "yes"} if look else {})}
    _tell(unit, audit, recipients - {by}, params)


def _compare_anew(unit: Unit, audit: Audit) -> None:
    """Whether a second look's grade is that of the first is said of the grades as they are now."""
    for look in unit.session.exec(select(Moderation).where(Moderation.audit_id == audit.id)).all():
        of_it = (Notice.subject_type == "moderation", Notice.subject_id == look.id, Notice.message == looks.DONE)
        for notice in unit.session.exec(select(Notice).where(*of_it)):
            without = {name: said for name, said in notice.params.items() if name != looks.AGREES}
            notice.params = {**without, **looks.compared(look, audit)}
            unit.session.add(notice)
    unit.session.flush()


def _waiting(unit: Unit, audit: Audit) -> Sequence[Deadline]:
    """What is open about it."""
    of_it = rows_about(unit.session, audit)
    return unit.session.exec(select(Deadline).where(of_it(Deadline), Deadline.state == DeadlineState.open)).all()


def _those_told(unit: Unit, audit: Audit) -> set[int]:
    """Whom a message about it has reached, and what the messages show is drawn anew.

    The practitioner hears nothing of grades from qabot, so nothing of their being corrected either.
    """
    of_it = rows_about(unit.session, audit)
    about = or_(of_it(Notice), lists.listed(select(Deadline.id).where(of_it(Deadline))))
    reached = select(Notice.id, Notice.recipient_id).where(about, col(Notice.state).in_(REACHED))
    rows = unit.session.exec(reached).all()
    unit.redraw_notices([number for number, _ in rows])
    return {person for _, person in rows} - {audit.practitioner_id}


def _tell(unit: Unit, audit: Audit, people: set[int], params: dict[str, str]) -> None:
    activity = unit.framework.activities.get(audit.activity)
    if alerts.open_alerts(unit, audit.id):
        params = {**params, "alert": "open"}
    for person in sorted(people):
        unit.notify(
            "grades-corrected",
            person,
            rule=activity.rule if activity else "",
            subject=("audit", audit.id),
            key=f"corrected:{audit.id}:{person}:{unit.now.isoformat()}",
            reason="The grades were corrected",
            params=params,
        )
