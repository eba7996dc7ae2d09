"""Cards as they are now: one notice, a digest, or what somebody owes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlmodel import col, func, select

from qabot.framework.calendar import local_day
from qabot.messaging.card import Block, Button, Card, Heading, Note, Paragraph, Row, Run, plain
from qabot.messaging.files import message_context
from qabot.messaging.views import Council, Item, Links
from qabot.models import Audit, AuditState, Deadline, DeadlineState, Notice, NoticeState
from qabot.models.columns import read, rows_of
from qabot.planning.planner import SNOOZED
from qabot.workflows.registry import Pressed
from qabot.workflows.subjects import Subject, item, load, person_view, shared_views
from qabot.workflows.unit import Unit
from qabot.workflows.words import say_day, say_moment

DIGEST = "digest"
SENT_AGAIN = "Nobody has acknowledged this yet, so we sent it again. Please use the newest message about it."
"""What is left of an alert that the person was sent once more: one card to act on, however often it was sent."""
MOST_ROWS = 20
"""Lines that a section of a digest shows; the rest is in the web inbox."""
NOTHING = Subject()
"""What a card that is about nothing in particular is about."""
COUNTS = frozenset({"done", "quota"})
"""What a message must show for a person's own audits of the cycle to be counted."""


Carried = Mapping[int, list[Notice]]
Subjects = Mapping[int | None, Subject]


class AlertCopy(NamedTuple):
    """One notice of an alert."""

    id: int
    person_id: int
    sent: bool


Copies = Mapping[int | None, list[AlertCopy]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What cards are drawn from.

    What each digest carries and what each notice is about, by the notice's id; who was told of an alert, by the id of
    its deadline.
    """

    carried: Carried
    subjects: Subjects
    copies: Copies

    def older(self, notice: Notice) -> tuple[int, ...]:
        """What the same person was sent about the same alert before."""
        return tuple([each.id for each in self._same(notice) if each.sent and each.id < (notice.id or 0)])

    def has_newer(self, notice: Notice) -> bool:
        """Whether the same person was sent it again later."""
        return any(each.sent and each.id > (notice.id or 0) for each in self._same(notice))

    def _same(self, notice: Notice) -> list[AlertCopy]:
        if notice.lane != "alert":
            return []
        return [each for each in self.copies.get(notice.deadline_id, ()) if each.person_id == notice.recipient_id]


def subjects_of(unit: Unit, notices: Sequence[Notice], carried: Carried) -> Subjects:
    """What these notices, and those that the digests among them carry, are about, by the notice's id."""
    flat = [each for each in notices if each.message != DIGEST]
    flat += [child for children in carried.values() for child in children]
    found = load(unit.session, flat, to_look=True)
    return {each.id: subject for each, subject in zip(flat, found, strict=True)}


def alert_copies(unit: Unit, subjects: Subjects) -> Copies:
    """Who was, or is being, told of the alerts among these, by the id of the alert's deadline."""
    deadlines = {each.deadline.id for each in subjects.values() if each.alert and each.deadline}
    if not deadlines:
        return {}
    query = select(Notice.deadline_id, Notice.id, Notice.recipient_id, Notice.state).where(
        col(Notice.deadline_id).in_(deadlines), Notice.lane == "alert", col(Notice.state) != NoticeState.superseded
    )
    found: dict[int | None, list[AlertCopy]] = {}
    for deadline, number, person, state in unit.session.exec(query):
        found.setdefault(deadline, []).append(AlertCopy(number or 0, person, state == NoticeState.sent))
    return found


class Drawing:
    """Draws cards within one unit of work; loads what they need in batches."""

    def __init__(self, unit: Unit, *, whole: bool = False, loaded: Loaded | None = None) -> None:
        """`whole` leaves no row out, however many there are. `loaded` spares a second look into the database."""
        self.unit = unit
        self.loaded = loaded
        self.whole = whole
        self.tools = unit.tools
        council = unit.framework.council
        self.council = Council(council.name, council.duty_line)
        self._counts: dict[tuple[int, int], tuple[int, int]] = {}

    def cards(self, notices: Sequence[Notice]) -> list[Card]:
        """The cards of these notices as they are now, in order; digests with what they carry."""
        loaded = self.loaded or self._load(notices)
        subjects = loaded.subjects
        self._shared: dict[int, Item] = {}
        self._now = loaded
        drawn = []
        for notice in notices:
            if notice.message == DIGEST:
                parts = loaded.carried.get(notice.id or 0, [])
                drawn.append(self._digest(notice, [(part, subjects[part.id]) for part in parts]))
            else:
                drawn.append(self._section(notice.recipient_id, [(notice, subjects[notice.id])], notice))
        return drawn

    def _load(self, notices: Sequence[Notice]) -> Loaded:
        carried = self._carried(notices)
        subjects = subjects_of(self.unit, notices, carried)
        return Loaded(carried, subjects, alert_copies(self.unit, subjects))

    def card(self, notice: Notice) -> Card:
        """The card that this person sees for a notice: that of the digest, if a digest carries it."""
        if notice.carrier_id is not None:
            carrier = self.unit.session.get(Notice, notice.carrier_id)
            notice = carrier if carrier is not None else notice
        return self.cards([notice])[0]

    def system(self, message: str, person_id: int, token: str = "", params: dict[str, str] | None = None) -> Card:
        """A card about nothing in particular: help, home, link offer."""
        items = [Item(token, params=params or {})] if params is not None else []
        return self._render(message, person_id, items, {token: Subject()})

    def _carried(self, notices: Sequence[Notice]) -> dict[int, list[Notice]]:
        carriers = [each.id for each in notices if each.message == DIGEST]
        if not carriers:
            return {}
        query = rows_of(Notice).where(
            col(Notice.carrier_id).in_(carriers), col(Notice.state) != "superseded"
        ).order_by(col(Notice.lane), col(Notice.id))  # fmt: skip
        found: dict[int, list[Notice]] = {}
        for notice in read(self.unit.session, Notice, query):
            found.setdefault(notice.carrier_id or 0, []).append(notice)
        return found

    def _digest(self, notice: Notice, parts: list[tuple[Notice, Subject]]) -> Card:
        sections: dict[str, list[tuple[Notice, Subject]]] = {}
        for part in parts:
            sections.setdefault(self._section_key(part), []).append(part)
        if len(sections) == 1:
            only = self._section(notice.recipient_id, parts, notice)
            return replace(only, summary=self.tools.catalogue.get(DIGEST).summary) if len(parts) > 1 else only
        cover = self._render(DIGEST, notice.recipient_id, [], {}, notice)
        blocks: list[Block] = list(cover.blocks)
        for section in sections.values():
            card = self._section(notice.recipient_id, section, notice, greet=False)
            blocks += [Heading(card.title), *card.blocks]
            if card.buttons:
                blocks.append(Row((), card.buttons))
        done = _settled(parts)
        return replace(cover, blocks=tuple(_one_note(blocks)), done=done)

    def _section_key(self, part: tuple[Notice, Subject]) -> str:
        notice, _ = part
        gathers = self.tools.catalogue.get(notice.message).rows is not None
        return notice.message if gathers else f"{notice.message}:{notice.id}"

    def _section(
        self, person_id: int, parts: list[tuple[Notice, Subject]], carrier: Notice, *, greet: bool = True
    ) -> Card:
        """One message about one or many things; what is done says so and has no buttons."""
        items, subjects = [], {}
        for notice, subject in parts:
            items.append(self._item(notice, subject, person_id))
            subjects[notice.token] = subject
        message = parts[0][0].message
        whole = self._render(message, person_id, items, subjects, carrier, greet=greet)
        if parts[0][0].params.get("handed_on"):
            whole = replace(whole, buttons=())
        if self.tools.catalogue.get(message).rows is None:
            return self._with_state(whole, parts)
        return self._with_states(whole, parts)

    def _with_state(self, card: Card, parts: list[tuple[Notice, Subject]]) -> Card:
        line, done = self.state_line(parts[0]), _settled(parts)
        if not done and not self.whole and self._now.has_newer(parts[0][0]):
            return replace(card, blocks=(Paragraph((Run(SENT_AGAIN, bold=True),)),), buttons=())
        if not line and not done:
            return card
        extra = (Paragraph((Run(line, bold=True),)),) if line else ()
        return replace(card, blocks=(*extra, *card.blocks), done=done)

    def _with_states(self, card: Card, parts: list[tuple[Notice, Subject]]) -> Card:
        done, rows = _settled(parts), iter(parts)
        blocks = [self._row(block, next(rows)) if isinstance(block, Row) else block for block in card.blocks]
        return replace(
            card, blocks=tuple(blocks if self.whole else _cut(blocks)), buttons=() if done else card.buttons, done=done
        )

    def _row(self, row: Row, part: tuple[Notice, Subject]) -> Row:
        line = self.state_line(part)
        return Row((*row.text, Run(f". {line}", italic=True)), row.buttons if part[1].open else ()) if line else row

    def state_line(self, part: tuple[Notice, Subject]) -> str:
        """Who did what when, once something was done: "Acknowledged by Amina Yusuf on 21 November 2026 at 10:02am"."""
        notice, subject = part
        deadline = subject.deadline
        if deadline is None or deadline.state == "open":
            if to := notice.params.get("handed_on"):
                return f"You said that you are not the right person. This has been passed on to {to}."
            repeat = "This may be a repeat: the first message may not have reached you."
            lines = (
                repeat if notice.possible_repeat else "",
                self._later(notice, deadline) if deadline else "",
                self._half_done(subject),
            )
            return " ".join(line for line in lines if line)
        who = f" by {self.unit.directory.name(deadline.closed_by_id)}" if deadline.closed_by_id else ""
        when = f" on {say_moment(deadline.closed_at)}" if deadline.closed_at else ""
        return f"{deadline.closed_why or 'Closed'}{who}{when}."

    def _half_done(self, subject: Subject) -> str:
        """A RED review that is recorded while the talk with the practitioner is still to come."""
        moderation = subject.moderation
        if moderation is None or moderation.done_at is None or not subject.open:
            return ""
        name, when = self.unit.directory.name(moderation.done_by_id), say_moment(moderation.done_at)
        return f"Moderated by {name} on {when}. Still to come: somebody speaks with the practitioner."

    def _later(self, notice: Notice, deadline: Deadline) -> str:
        """Who put an open deadline's reminders off until when, or by when it is expected, while that is to come.

        What comes once more because of that says so: it is not the same message over again.
        """
        until, expected = deadline.snoozed_until, deadline.expected_on
        again = notice.slot.startswith(SNOOZED) and notice.recipient_id == deadline.snoozed_by_id
        if again and (until is None or until <= self.unit.now):
            return f"You gave us {say_day(expected)} for this." if expected else "You asked to hear of this again."
        if expected is not None and expected >= self.unit.today:
            return f"Expected on {say_day(expected)}."
        if until is None or until <= self.unit.now:
            return ""
        return f"Put off by {self.unit.directory.name(deadline.snoozed_by_id)} until {say_moment(until)}."

    def _item(self, notice: Notice, subject: Subject, person_id: int) -> Item:
        shared = self._shared.get(id(subject))
        if shared is None:
            shared = self._shared[id(subject)] = shared_views(subject, self.unit.situation)
        counts = (0, 0)
        if subject.cycle and not COUNTS.isdisjoint(self.tools.catalogue.get(notice.message).shows):
            counts = self._count(person_id, subject.cycle.id or 0)
        told = self._told(subject, person_id) if subject.alert else ()
        return item(subject, shared, notice.token, self.unit.situation, notice.params, counts, told)

    def _day(self, carrier: Notice | None) -> date:
        """The day that a card speaks of: that on which it was sent, else today."""
        return local_day(carrier.sent_at) if carrier is not None and carrier.sent_at else self.unit.today

    def _told(self, subject: Subject, person_id: int) -> tuple[str, ...]:
        """Who else was told of an alert."""
        copies = self._now.copies.get(subject.deadline.id, ()) if subject.deadline else ()
        told = sorted({each.person_id for each in copies} - {person_id})
        return tuple([self.unit.directory.name(each) for each in told])

    def _count(self, person_id: int, cycle_id: int) -> tuple[int, int]:
        if (person_id, cycle_id) not in self._counts:
            if not any(key[1] == cycle_id for key in self._counts):
                self._counts.update(_cycle_counts(self.unit, cycle_id))
            self._counts.setdefault((person_id, cycle_id), (0, 0))
        return self._counts[person_id, cycle_id]

    def _render(
        self,
        message: str,
        person_id: int,
        items: list[Item],
        subjects: dict[str, Subject],
        carrier: Notice | None = None,
        *,
        greet: bool = True,
    ) -> Card:
        page = f"{self.tools.base_url}/n/{carrier.token}" if carrier else f"{self.tools.base_url}/inbox"
        links = Links(inbox=page, record=page)
        context = message_context(
            person_view(self.unit.directory, person_id), self.council, links, self._day(carrier), items, greet=greet
        )

        file, actions = self.tools.catalogue.get(message), self.tools.registry.actions

        def button(name: str, token: str) -> Button | None:
            if file.rows is not None and name in file.buttons and name in actions:
                return self._about_all(name, subjects, person_id, page)
            return self._button(name, subjects.get(token, NOTHING), token, person_id, page)

        return self.tools.catalogue.render(message, context, button)

    def _about_all(self, name: str, subjects: dict[str, Subject], person_id: int, page: str) -> Button | None:
        """A button under a list is about all of it: it carries the first's token, and names it only if it is alone."""
        made = [
            (subject, button)
            for token, subject in subjects.items()
            if (button := self._button(name, subject, token, person_id, page)) is not None
        ]
        if len(made) < 2:
            return made[0][1] if made else None
        subject, first = made[0]
        return self.tools.registry.button(name, Subject(subject.deadline), first.token, "")

    def _button(self, name: str, subject: Subject, token: str, person_id: int, page: str) -> Button | None:
        """The button as it is now."""
        action = self.tools.registry.actions.get(name)
        if action is not None and action.own and is_somebody_elses(self.unit, subject.deadline, person_id):
            return None
        return self.tools.registry.button(name, subject, token, f"{self.tools.base_url}/n/{token}" if token else page)


def _settled(parts: list[tuple[Notice, Subject]]) -> bool:
    """Whether something was asked and all of it is answered. What only tells is never done: it is there to be read."""
    return bool(parts) and all(subject.deadline is not None and not subject.open for _, subject in parts)


def _cut(blocks: list[Block]) -> list[Block]:
    rows = [block for block in blocks if isinstance(block, Row)]
    if len(rows) <= MOST_ROWS:
        return blocks
    extra = set(map(id, rows[MOST_ROWS:]))
    kept = [block for block in blocks if id(block) not in extra]
    at = max(number for number, block in enumerate(kept) if isinstance(block, Row)) + 1
    more = Paragraph((Run(f"And {len(rows) - MOST_ROWS} more: open this message in your web inbox to see them all."),))
    return [*kept[:at], more, *kept[at:]]


def _one_note(blocks: list[Block]) -> list[Block]:
    """Small print that several sections share is said once."""
    seen: set[str] = set()
    kept = []
    for block in blocks:
        if isinstance(block, Note):
            words = plain(block.text)
            if words in seen:
                continue
            seen.add(words)
        kept.append(block)
    return kept


def _cycle_counts(unit: Unit, cycle_id: int) -> dict[tuple[int, int], tuple[int, int]]:
    """For each auditor of a cycle: how many audits are submitted, and how many there are."""
    query = (
        select(Audit.auditor_id, Audit.state, func.count())
        .where(Audit.cycle_id == cycle_id, Audit.state != AuditState.withdrawn)
        .group_by(col(Audit.auditor_id), col(Audit.state))
    )
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for person, state, count in unit.session.exec(query):
        done, whole = counts.get((person, cycle_id), (0, 0))
        counts[person, cycle_id] = (done + count * (state != AuditState.allocated), whole + count)
    return counts


def pressed_card(pressed: Pressed) -> Card:
    """The card on which somebody pressed, as it is now."""
    if pressed.notice is None:
        raise ValueError("this press did not come from a card")
    return Drawing(pressed.unit).card(pressed.notice)


def listed(pressed: Pressed) -> list[Subject]:
    """What a press is about and is still open: all that its list holds, if the card lists things; else the one.

    Only for buttons that stand under a list: a row's button is about its row.
    """
    unit, notice = pressed.unit, pressed.notice
    found = [pressed.subject]
    if notice is not None and notice.carrier_id and unit.tools.catalogue.get(notice.message).rows is not None:
        together = select(Notice).where(
            Notice.carrier_id == notice.carrier_id, Notice.message == notice.message, col(Notice.state) != "superseded"
        ).order_by(col(Notice.id))  # fmt: skip
        found = load(unit.session, unit.session.exec(together).all())
    return [each for each in found if each.open]


def is_somebody_elses(unit: Unit, deadline: Deadline | None, person_id: int) -> bool:
    """Whether this is an audit of somebody else, who is at work: what is its auditor's alone to say is not asked here.

    While the auditor is away, whoever was told in their place may say it.
    """
    if deadline is None or deadline.kind != "audit" or deadline.owner_id in (None, person_id):
        return False
    owner = unit.directory.person(deadline.owner_id)
    return owner is not None and owner.absence(unit.today) is None


def owed(unit: Unit, person_id: int) -> list[Deadline]:
    """What waits for a person: alerts of which they were told, then what they owe or may answer, soonest first."""
    return _open(unit, _mine(person_id))


def told(unit: Unit, person_id: int) -> list[Deadline]:
    """What waits for somebody else, and of which this person was told."""
    return _open(unit, and_(not_(_mine(person_id)), _was_told(person_id)))


def was_told(unit: Unit, person_id: int, deadline: Deadline) -> bool:
    """Whether this person was told of a deadline."""
    query = select(Deadline.id).where(Deadline.id == deadline.id, _was_told(person_id))
    return unit.session.exec(query).first() is not None


def _mine(person_id: int) -> ColumnElement[bool]:
    """What this person owes; alerts of which they were told; and actions that one answer of their team settles."""
    return or_(
        func.coalesce(col(Deadline.owner_id), 0) == person_id,
        and_(col(Deadline.kind) == "alert", _was_told(person_id)),
        and_(col(Deadline.kind) == "actions", _was_told(person_id, "practitioner", "practice-lead")),
    )


def _was_told(person_id: int, *roles: str) -> ColumnElement[bool]:
    """Whether a notice about a deadline reached this person, in one of these roles if any are given."""
    about = select(Notice.deadline_id).where(
        Notice.recipient_id == person_id, col(Notice.deadline_id).is_not(None), Notice.state == NoticeState.sent
    )
    return col(Deadline.id).in_(about.where(col(Notice.role).in_(roles)) if roles else about)


def _open(unit: Unit, which: ColumnElement[bool]) -> list[Deadline]:
    query = (
        select(Deadline)
        .where(Deadline.state == DeadlineState.open, which)
        .order_by(col(Deadline.kind) != "alert", col(Deadline.due_on).is_(None), col(Deadline.due_on), col(Deadline.id))
    )
    return list(unit.session.exec(query))
