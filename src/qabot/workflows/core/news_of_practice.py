"""What came into the library of good practice between two turns of a duty, as its card shows it to each reader.

The card is drawn from what is shared at that moment: what is taken back goes from it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from qabot.framework.duties import Duty
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.letters import cut
from qabot.messaging.views import ExampleView, LibraryView
from qabot.models import Cycle, Nomination, Notice
from qabot.planning.recipients import Recipient
from qabot.workflows.core import good_practice
from qabot.workflows.core.good_practice import WIDTH, Sharing, may_read, place
from qabot.workflows.core.unit import Unit

MOST, LONGEST = 3, 240
"""How many records a card shows, and how much of each of its two texts: it is read on a phone. The library has all."""
SHOWS = "examples"
"""What a message must show for this to be read for it."""


@dataclass(frozen=True, slots=True)
class News:
    """What came into the library in one turn."""

    records: tuple[tuple[Nomination, Sharing], ...]

    def of(self, unit: Unit, person_id: int) -> list[Nomination]:
        """What of it this person may read, and is not about themselves."""
        return [
            row
            for row, shared in self.records
            if row.nominee_id != person_id and may_read(unit, row, shared.readable, person_id)
        ]

    def view(self, unit: Unit, person_id: int) -> LibraryView:
        """The same as its card shows it."""
        rows = self.of(unit, person_id)
        return LibraryView(tuple(_example(unit, row) for row in rows[:MOST]), max(0, len(rows) - MOST))


def _example(unit: Unit, row: Nomination) -> ExampleView:
    where = place(unit.directory, row.nominee_id)
    return ExampleView(
        unit.directory.name(row.nominee_id),
        where.service if where is not None else "",
        cut(row.what, LONGEST),
        cut(row.difference, LONGEST),
        tuple(str(each) for each in row.tags),
    )


def messages(unit: Unit) -> set[str]:
    """The messages that show it."""
    files = unit.tools.catalogue.files
    return {name for name, file in files.items() if SHOWS in file.shows}


def news(unit: Unit, turns: Iterable[int]) -> Mapping[int, News]:
    """What came into the library between each of these turns and the one before it, by the turn's id."""
    cycle_ids = set(turns)
    if not cycle_ids:
        return {}
    cycles = unit.session.exec(select(Cycle).where(col(Cycle.id).in_(cycle_ids))).all()
    rows, answers = good_practice.records(unit), good_practice.answers_of(unit)
    shared = [(row, good_practice.sharing(unit.framework, row, answers)) for row in rows]
    return {turn.id: News(_between(turn, _before(unit, turn), shared)) for turn in cycles}


def _before(unit: Unit, turn: Cycle) -> Cycle | None:
    query = select(Cycle).where(Cycle.activity == turn.activity, Cycle.starts_on < turn.starts_on)
    return unit.session.exec(query.order_by(col(Cycle.starts_on).desc())).first()


def _between(
    turn: Cycle, before: Cycle | None, shared: Sequence[tuple[Nomination, Sharing]]
) -> tuple[tuple[Nomination, Sharing], ...]:
    """Each record stands in one turn: that which began first after it came to be read by more people."""
    starts = before.opened_at if before is not None else None
    return tuple(
        (row, each)
        for row, each in shared
        if each.since is not None
        and turn.opened_at is not None
        and each.since <= turn.opened_at
        and (starts is None or each.since > starts)
    )


def readers(
    unit: Unit, name: str, duty: Duty, subject: tuple[str, int], people: Sequence[Recipient]
) -> Sequence[Recipient]:
    """Whom of these people a duty's message has something to tell; all of them, if it tells of something else."""
    if duty.send not in messages(unit):
        return people
    turn = news(unit, [subject[1]]).get(subject[1]) if subject[0] == "cycle" else None
    telling = [each for each in people if turn is not None and turn.of(unit, each.person_id)]
    if not telling:
        why = "nothing was shared since the last time"
        unit.event("duty-not-opened", subject=subject, rule=duty.rule, why=why, duty=name)
    return telling


def shared(unit: Unit, subject: tuple[str, int]) -> Sharing:
    """Who may read a record now; of anything else nobody."""
    row = unit.session.get(Nomination, subject[1]) if subject[0] == NOMINATION else None
    if row is None:
        return Sharing()
    unit.session.flush()
    return good_practice.sharing(unit.framework, row, good_practice.answers_of(unit, [row.id]))


def follow(unit: Unit, subject: tuple[str, int], before: Sharing) -> None:
    """Once fewer people may read a record: the cards that show it are drawn anew, and an empty one does not go."""
    if WIDTH[shared(unit, subject).readable] < WIDTH[before.readable]:
        _take_back(unit, before)


def _take_back(unit: Unit, before: Sharing) -> None:
    names = messages(unit)
    duties = [name for name, duty in unit.framework.duties.items() if duty.send in names and duty.every is not None]
    if before.since is None or not duties:
        return
    for duty in duties:
        query = select(Cycle).where(Cycle.activity == duty, col(Cycle.opened_at) >= before.since)
        turn = unit.session.exec(query.order_by(col(Cycle.opened_at))).first()
        if turn is not None:
            _draw_anew(unit, turn, names)


def _draw_anew(unit: Unit, turn: Cycle, names: Iterable[str]) -> None:
    cards = (Notice.subject_type == "cycle", Notice.subject_id == turn.id, col(Notice.message).in_(names))
    sent = unit.session.exec(select(Notice.id, Notice.carrier_id, Notice.recipient_id).where(*cards)).all()
    left = news(unit, [turn.id])[turn.id]
    empty = [number for number, _, person in sent if not left.of(unit, person)]
    unit.supersede("what it told of is shared no longer", col(Notice.id).in_(empty))
    unit.redraw_notices([each for number, carrier, _ in sent for each in (number, carrier) if each is not None])
