"""The library of good practice: what whoever it is about agreed to share, and quality assurance has looked over.

No case reference stands in it, nothing is counted, and nobody is ranked.
"""

from sqlmodel import col, select

from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.folding import holds_all
from qabot.models import Nomination, Notice
from qabot.workflows.core import good_practice
from qabot.workflows.core.library_page import Example, LibraryPage
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.sharing import LEVELS


def page(unit: Unit, person_id: int, text: str = "", tag: str = "") -> LibraryPage:
    """What this person may read now, the newest first; of what others share, what has these words and this tag."""
    rows, answers = good_practice.records(unit), good_practice.answers_of(unit)
    shared = {row.id: good_practice.sharing(unit.framework, row, answers) for row in rows}
    own = [_own(unit, row, shared[row.id].decided) for row in rows if row.nominee_id == person_id]
    readable = [
        row
        for row in rows
        if row.nominee_id != person_id and good_practice.may_read(unit, row, shared[row.id].readable, person_id)
    ]
    matching = [row for row in readable if _matches(unit, row, text, tag)]
    tags = sorted({str(each) for row in readable for each in row.tags})
    return LibraryPage(own, [_example(unit, row) for row in matching], tuple(tags))


def _matches(unit: Unit, row: Nomination, text: str, tag: str) -> bool:
    texts = row.what, row.difference, unit.directory.name(row.nominee_id), *map(str, row.tags)
    return (not tag or tag in row.tags) and holds_all(text, *texts)


def _own(unit: Unit, row: Nomination, decided: str) -> Example:
    return _example(unit, row, shared=LEVELS[decided], token=_card(unit, row))


def _example(unit: Unit, row: Nomination, *, shared: str = "", token: str = "") -> Example:
    place = good_practice.place(unit.directory, row.nominee_id)
    return Example(
        colleague=unit.directory.name(row.nominee_id),
        service=place.service if place is not None else "",
        seen_on=row.seen_on,
        what=row.what,
        difference=row.difference,
        tags=tuple(str(each) for each in row.tags),
        shared=shared,
        token=token,
    )


def _card(unit: Unit, row: Nomination) -> str:
    """The card by which whoever it is about decides."""
    mine = (Notice.subject_type == NOMINATION, Notice.subject_id == row.id, Notice.recipient_id == row.nominee_id)
    query = select(Notice.token).where(*mine, Notice.message == "nomination-received").order_by(col(Notice.id).desc())
    return unit.session.exec(query).first() or ""
