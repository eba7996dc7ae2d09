"""The re-check of lists: a line that does not hold any more leaves its list, and an empty list is not sent.

A list whose person is away, or works here no more, gives each line to whoever stands in for them about that line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qabot.delivery.recheck import OF_A_LINE, Verdict, objection, right_people
from qabot.models.reasons import by_reason
from qabot.models.rows import NoticeRow
from qabot.workflows.core import lists
from qabot.workflows.core.notes import Note
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

Lines = dict[int, list[Note]]
NOTHING_LEFT = "nothing that stood on it is still open"


def recheck_lists(
    unit: Unit, notices: Sequence[NoticeRow], lines: Lines, subjects: Mapping[int | None, Subject]
) -> dict[int, Verdict]:
    """Verdicts on the lists among these, by their id. `lines` keeps the lines that hold.

    Of what waits for the same person in two ways, on last week's list too or as a notice of its own, the newest goes.
    """
    verdicts: dict[int, Verdict] = {}
    said = {(each.recipient_id, each.message, each.deadline_id) for each in notices if not lists.is_list(each)}
    for each in sorted((each for each in notices if each.id in lines), key=lambda each: each.id, reverse=True):
        kept: list[Note] = []
        for line in lines[each.id]:
            what = (line.recipient_id, line.message, line.deadline_id)
            verdict = (
                Verdict(line, "it is said in another way")
                if what in said
                else objection(unit, line, subjects[line.id].deadline, OF_A_LINE)
            )
            if verdict is None:
                kept.append(line)
            else:
                _leave(unit, each, line, verdict, lines)
            said.add(what)
        lines[each.id] = kept
        if verdict := _of_list(unit, each, lines, subjects):
            verdicts[each.id] = verdict
    return verdicts


def _of_list(unit: Unit, each: NoticeRow, lines: Lines, subjects: Mapping[int | None, Subject]) -> Verdict | None:
    """What stands in the way of a list: it is empty, or its person is not there to read it."""
    if not lines[each.id]:
        return Verdict(each, NOTHING_LEFT)
    verdict = objection(unit, each, None)
    staff = unit.directory.person(each.recipient_id)
    if verdict is None or (staff is not None and staff.absence(unit.today) is None):
        return verdict
    stay: list[Note] = []
    for line in lines[each.id]:
        people = right_people(unit, line, subjects[line.id].deadline)
        instead = tuple(one for one in people if one.person_id != line.recipient_id)
        if instead:
            _leave(unit, each, line, Verdict(line, verdict.why, verdict.reason, instead=instead), lines)
        else:
            stay.append(line)
    lines[each.id] = stay
    return verdict if stay else Verdict(each, verdict.why, verdict.reason, passed_on=True)


def _leave(unit: Unit, each: NoticeRow, line: Note, verdict: Verdict, closed: Mapping[int, object]) -> None:
    """A line leaves its list, and says why; whoever is told instead gets it with their next daily message."""
    lists.take_off(unit, [line])
    instead = [
        replace(
            line,
            recipient_id=one.person_id,
            role=one.role,
            reason=f"{verdict.why}; {one.why}" if one.why else verdict.why,
        )
        for one in verdict.instead
    ]
    lists.put(unit, [lists.for_today(unit, one) for one in instead], closed=closed.keys(), again=True)
    unit.event(
        "superseded",
        notice=each.id,
        deadline=line.deadline_id,
        subject=(line.subject_type, line.subject_id),
        rule=line.rule,
        why=verdict.why,
        **by_reason(verdict.reason),
    )
