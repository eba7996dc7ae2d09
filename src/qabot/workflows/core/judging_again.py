"""What was said of a piece of work is corrected: the conditions of all that has happened are judged again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlmodel import select

from qabot.framework.vocabulary import following
from qabot.models import (
    Deadline,
    Moderation,
    Moment,
)
from qabot.workflows.core import conditions, rows
from qabot.workflows.core.moments import consider, happen
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit


def holding(unit: Unit, about: About) -> dict[str, int]:
    """The duties of which a condition holds as things stand, and which of its alternatives: the first that does."""
    duties = unit.framework.duties.items()
    first = {name: conditions.first_that_holds(unit, duty, about) for name, duty in duties}
    return {name: index for name, index in first.items() if index is not None}


def judge_again(unit: Unit, about: About, held: Mapping[str, int], *, by: int | None) -> list[Deadline]:
    """What was said of a piece of work is corrected: the conditions of all that has happened are judged again.

    `held` are the duties whose condition held before (`holding`).

    1. That it was corrected is a moment; nothing that happened is undone.
    2. A duty whose condition holds now, and did not before, opens, counted from the correction, unless it has opened
       before. What held all along is not for work of before the file, and has been asked where it had another name. An
       alert is raised again: who acknowledged it then was told that it was corrected.
    3. What is unanswered of one whose condition holds no longer is withdrawn, with what opened down its chain alone;
       never an alert, nor what follows from one: a grade that raised an alert is looked at by somebody else,
       whoever corrects it.
    """
    audit = about.audit
    if audit is None:
        return []
    opened = happen(unit, audit.activity, "corrected", about, by=by)
    given = rows.about(unit, about.subject)
    for each in (about, *map(about.with_row, given)):
        now_open, no_longer = _judge_one_again(unit, each, held, by)
        opened += now_open
        looks_at = unit.session.exec(select(Moderation.id).where(Moderation.audit_id == audit.id)).all()
        below = [*(("moderation", number) for number in looks_at), *((rows.ROW, row.id) for row in given)]
        _withdraw_down(unit, [each.subject, *(below if each is about else ())], no_longer, by)
    return opened


def _judge_one_again(
    unit: Unit, about: About, held: Mapping[str, int], by: int | None
) -> tuple[list[Deadline], set[str]]:
    """The deadlines of a subject that open now, and the duties of it whose condition holds no longer."""
    kind, number = about.subject
    query = select(Moment.name).where(Moment.subject_type == kind, Moment.subject_id == number)
    happened = set(unit.session.exec(query))
    opened: list[Deadline] = []
    no_longer: set[str] = set()
    stays = following(unit.framework, set(unit.framework.alerting()), any)
    for name, duty in unit.framework.duties.items():
        moment = conditions.opens_on(unit, duty, about, happened)
        if moment is None or not duty.if_:
            continue
        first = conditions.first_that_holds(unit, duty, about)
        if first is None:
            no_longer |= {name} - stays
        elif name not in held or (duty.is_alert and first < held[name]):
            now = {moment: unit.now, moment.partition(".")[2]: unit.now}
            counted = replace(about, dates={**about.dates, **now})
            opened += consider(unit, name, duty, counted, moment, by, anew=name not in held)
    return opened, no_longer


def _withdraw_down(unit: Unit, subjects: Sequence[tuple[str, int]], names: set[str], by: int | None) -> None:
    for name in following(unit.framework, names, all):
        for subject in subjects:
            for deadline in unit.open_deadlines(subject, {name}):
                unit.close(deadline, "Withdrawn: the answers were corrected", by=by, withdrawn=True)
