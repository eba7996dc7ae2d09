"""A person's page: what was sent to them, in its words, and what they owe. For whoever answers what was sent to whom.

What a person says in a survey is theirs: nothing of any survey stands here, not even that they were asked. Nor does
anything about work of the reader's own, or that waits for the reader's second look: it could give a grade away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import exists, not_, or_
from sqlmodel import col, func, select

from qabot.errors import QabotError
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.card import Card
from qabot.messaging.offers import asks_for_something
from qabot.models import Deadline, Event, Notice
from qabot.models.notice import DIGEST
from qabot.workflows.access import owing
from qabot.workflows.access.kept import is_shown, kept_from
from qabot.workflows.access.records import REACHED
from qabot.workflows.cards import draw
from qabot.workflows.cards.loading import Loaded, load_all
from qabot.workflows.core.unit import Unit

OF_A_NOMINATION = "What a nomination says is for those whom it names, so its words are not shown here."
NOT_DRAWN = "What this message is about has changed since, so that its words cannot be drawn again."
NO_FILE = "The file of this message is no longer there, so its words cannot be shown."


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went to the person. `words` is None where they are not shown; `why_not` says why.

    `answer` is the first thing that they did about it afterwards, if they did anything; `asks` whether the message
    asked for anything, as opposed to saying what will be asked later.
    """

    notice: Notice
    words: Card | None
    why_not: str
    answer: Event | None
    asks: bool = True


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Messages, the newest first, `total` in all; and the deadlines that they owe, soonest first."""

    sent: Sequence[Sent]
    total: int
    owed: Sequence[Deadline]


def page(unit: Unit, person_id: int, reader_id: int, *, skip: int, limit: int) -> PersonPage:
    """What this reader may see of a person; whether they may at all is decided before."""
    own, its_deadline = person_id == reader_id, col(Deadline.id) == col(Notice.deadline_id)
    query = select(Notice).where(
        Notice.recipient_id == person_id,
        Notice.message != DIGEST,
        col(Notice.state).in_(REACHED),
        Notice.subject_type != "survey",
        or_(col(Notice.deadline_id).is_(None), exists().where(its_deadline, is_shown(unit, reader_id, own=own))),
        *(() if own else (not_(kept_from(unit, Notice, reader_id)),)),
    )
    total = unit.session.exec(select(func.count()).select_from(query.subquery())).one()
    order = func.coalesce(col(Notice.sent_at), col(Notice.not_before)).desc(), col(Notice.id).desc()
    notices = unit.session.exec(query.order_by(*order).offset(skip).limit(limit)).all()
    return PersonPage(_sent(unit, notices, person_id, reader_id), total, _owed(unit, person_id, reader_id))


def _owed(unit: Unit, person_id: int, reader_id: int) -> list[Deadline]:
    every = owing.owed(unit, person_id)
    shown = is_shown(unit, reader_id, own=person_id == reader_id)
    query = select(Deadline.id).where(col(Deadline.id).in_([each.id for each in every]), shown)
    ids = set(unit.session.exec(query))
    return [each for each in every if each.id in ids]


def _sent(unit: Unit, notices: Sequence[Notice], person_id: int, reader_id: int) -> list[Sent]:
    known, own = set(unit.tools.catalogue.names()), person_id == reader_id
    why_not = {each.id: _why_not(each, known, own=own) for each in notices}
    drawn = [each for each in notices if not why_not[each.id]]
    drawing = draw.Drawing(unit, _shown(unit, load_all(unit, drawn), reader_id, own=own), whole=True)
    words = {each.id: _words(drawing, each) for each in drawn}
    answers = _answers(unit, notices, person_id)
    return [
        Sent(each, words.get(each.id), why_not[each.id] or NOT_DRAWN, _first(answers, each), _asks(unit, each.message))
        for each in notices
    ]


def _asks(unit: Unit, message: str) -> bool:
    file = unit.tools.catalogue.files.get(message)
    return file is None or asks_for_something((*file.buttons, *file.row_buttons))


def _shown(unit: Unit, loaded: Loaded, reader_id: int, *, own: bool) -> Loaded:
    """Without the lines of lists of which this reader may not know."""
    numbers = {line.deadline_id for lines in loaded.lines.values() for line in lines}
    if not numbers:
        return loaded
    query = select(Deadline.id).where(col(Deadline.id).in_(numbers), is_shown(unit, reader_id, own=own))
    known = set(unit.session.exec(query))
    lines = {of: [each for each in lines if each.deadline_id in known] for of, lines in loaded.lines.items()}
    return replace(loaded, lines=lines)


def _words(drawing: draw.Drawing, notice: Notice) -> Card | None:
    """None of an old message that cannot be drawn any more: the rest of the page is there all the same."""
    try:
        return drawing.words(notice) if drawing.loaded.lines.get(notice.id) != [] else None
    except QabotError:
        return None


def _why_not(notice: Notice, known: set[str], *, own: bool) -> str:
    if notice.subject_type == NOMINATION and not own:
        return OF_A_NOMINATION
    return "" if notice.message in known else NO_FILE


def _answers(unit: Unit, notices: Sequence[Notice], person_id: int) -> list[Event]:
    """What this person did about the deadlines of these notices, in order."""
    deadlines = {each.deadline_id for each in notices if each.deadline_id}
    query = select(Event).where(Event.actor_id == person_id, col(Event.deadline_id).in_(deadlines))
    return list(unit.session.exec(query.order_by(col(Event.id)))) if deadlines else []


def _first(answers: Sequence[Event], notice: Notice) -> Event | None:
    at = notice.sent_at or notice.not_before
    mine = (each for each in answers if each.deadline_id == notice.deadline_id and each.at >= at)
    return next(mine, None)
