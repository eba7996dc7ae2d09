"""The library of good practice: what whoever it is about agreed to share, and the QA service has looked over.

No case reference stands in it, nothing is counted, and nobody is ranked.
"""

from collections.abc import Mapping

from sqlmodel import col, select

from qabot.framework.vocabulary import NOMINATION
from qabot.models import Answer, Nomination, Notice
from qabot.planning.directory import TeamPlace
from qabot.workflows.core.library_page import Example, LibraryPage
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.sharing import (
    CHECKED,
    EVERYONE,
    LEVELS,
    PRIVATE,
    SERVICE,
    SHARE,
    WIDTH,
    WITHDRAWN,
    looked_over,
)

Answers = Mapping[int, list[Answer]]


def page(unit: Unit, person_id: int, text: str = "", tag: str = "") -> LibraryPage:
    """What this person may read now, the newest first; of what others share, what has these words and this tag."""
    rows = unit.session.exec(
        select(Nomination).order_by(col(Nomination.seen_on).desc(), col(Nomination.id).desc())
    ).all()
    answers = _answers(unit)
    own = [_example(unit, row, answers, own=True) for row in rows if row.nominee_id == person_id]
    readable = [row for row in rows if row.nominee_id != person_id and _may_read(unit, row, answers, person_id)]
    matching = [row for row in readable if _matches(unit, row, text, tag)]
    tags = sorted({str(each) for row in readable for each in row.tags})
    return LibraryPage(own, [_example(unit, row, answers) for row in matching], tuple(tags))


def _answers(unit: Unit) -> Answers:
    """The answers about each nomination, in order."""
    query = select(Answer).where(Answer.subject_type == NOMINATION, col(Answer.question).in_((SHARE, CHECKED)))
    found = unit.session.exec(query.order_by(col(Answer.id)))
    answers: dict[int, list[Answer]] = {}
    for each in found:
        answers.setdefault(each.subject_id, []).append(each)
    return answers


def _level(row: Nomination, answers: Answers) -> str:
    given = [str(each.value) for each in answers.get(row.id, ()) if each.question == SHARE]
    return WITHDRAWN if row.state == WITHDRAWN else next((each for each in given[-1:] if each in LEVELS), PRIVATE)


def _may_read(unit: Unit, row: Nomination, answers: Answers, person_id: int) -> bool:
    """Whether somebody who still works here shares it with this person, and it was looked over where that is asked."""
    if unit.directory.person(row.nominee_id) is None:
        return False
    level = _level(row, answers)
    if CHECKED in unit.framework.questions and level in WIDTH:
        level = looked_over(answers.get(row.id, ()))
    theirs, mine = _place(unit, row.nominee_id), _place(unit, person_id)
    same = theirs is not None and mine is not None and theirs.service_id == mine.service_id
    return level == EVERYONE or (level == SERVICE and same)


def _place(unit: Unit, person_id: int) -> TeamPlace | None:
    staff = unit.directory.person(person_id)
    return unit.directory.teams.get(staff.team_id or 0) if staff is not None else None


def _matches(unit: Unit, row: Nomination, text: str, tag: str) -> bool:
    read = " ".join((row.what, row.difference, unit.directory.name(row.nominee_id), *map(str, row.tags))).casefold()
    return (not tag or tag in row.tags) and all(word in read for word in text.casefold().split())


def _example(unit: Unit, row: Nomination, answers: Answers, *, own: bool = False) -> Example:
    place = _place(unit, row.nominee_id)
    return Example(
        colleague=unit.directory.name(row.nominee_id),
        service=place.service if place is not None else "",
        seen_on=row.seen_on,
        what=row.what,
        difference=row.difference,
        tags=tuple(str(each) for each in row.tags),
        shared=LEVELS[_level(row, answers)] if own else "",
        token=_card(unit, row) if own else "",
    )


def _card(unit: Unit, row: Nomination) -> str:
    """The card by which whoever it is about decides."""
    mine = (Notice.subject_type == NOMINATION, Notice.subject_id == row.id, Notice.recipient_id == row.nominee_id)
    query = select(Notice.token).where(*mine, Notice.message == "nomination-received").order_by(col(Notice.id).desc())
    return unit.session.exec(query).first() or ""
