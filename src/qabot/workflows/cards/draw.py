"""Cards as they are now: of one notice, or of a digest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qabot.framework.calendar import local_day
from qabot.messaging.card import Block, Button, Card, Heading, Note, Paragraph, Row, Run, Table, plain
from qabot.messaging.files import FEW, message_context
from qabot.messaging.views import Item, Links
from qabot.models.look_up import by_id
from qabot.models.notice import DIGEST
from qabot.models.rows import DeadlineRow, NoticeRow
from qabot.planning.recipients import recipients, runs_quality
from qabot.workflows.access.owing import is_somebody_elses
from qabot.workflows.cards import surveys
from qabot.workflows.cards.asking import buttons_of, done_for, speaks_as_owner
from qabot.workflows.cards.charts import with_charts
from qabot.workflows.cards.lists import MOST_IN_TABLE, SINCE, cut, long_list
from qabot.workflows.cards.loading import Loaded, load_all
from qabot.workflows.cards.made import Made
from qabot.workflows.cards.pieces import one_note, without_words
from qabot.workflows.cards.said_again import said_in, with_said_again
from qabot.workflows.cards.states import POSSIBLE_REPEAT, States
from qabot.workflows.core.parties import parties_of
from qabot.workflows.core.subjects import OwnSubject, Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import council_view, item, person_view, shared_views, without_grade
from qabot.workflows.core.words import by_when

ANSWER = "answer"
SENT_AGAIN = "Nobody has acknowledged this yet, so we sent it again. Please use the newest message about it."
"""What is left of an alert that the person was sent once more: one card to act on, however often it was sent."""
LAST = "\uffff"
"""Sorts behind every name."""
LOOKS = frozenset({"open", "over"})
"""What a message's words read that ask by themselves whether what it asks is over (`deadline.open`, `survey.over`)."""
Part = tuple[NoticeRow, Subject]
"""A notice, or a line of a list, and what it is about."""
SURVEY = "survey"
"""The message on whose card a survey is answered."""
NOTHING = Subject()
"""What a card that is about nothing in particular is about."""


class Drawing:
    """Draws cards as they are at the moment of a unit of work, from what was loaded in it; reads nothing itself."""

    def __init__(self, unit: Unit, loaded: Loaded | None = None, *, whole: bool = False) -> None:
        """`whole` leaves no row out, however many there are."""
        self.loaded = loaded or Loaded()
        self.whole = whole
        self.situation, self.directory, self.tools = unit.situation, unit.directory, unit.tools
        self.now, self.today = unit.now, unit.today
        self.states = States(self.directory, self.now, self.today)
        self._councils = [council_view(unit.framework, to_quality=each) for each in (False, True)]
        self._quality = runs_quality(self.directory, unit.framework, self.today).keys()
        self._shared: dict[int, Item] = {}

    def card(self, notice: NoticeRow) -> Card:
        """The card of a notice; of a digest with what it carries."""
        if notice.message != DIGEST:
            return self._section(notice.recipient_id, self._parts(notice), notice)
        carried = self.loaded.carried.get(notice.id, [])
        card = self._digest(notice, [part for each in carried for part in self._parts(each)])
        if notice.possible_repeat and not card.done:
            card = replace(card, blocks=(Paragraph((Run(POSSIBLE_REPEAT, bold=True),)), *card.blocks))
        return card

    def _parts(self, notice: NoticeRow) -> list[Part]:
        """What a notice says: of a list each of its lines."""
        subjects = self.loaded.subjects
        lines = self.loaded.lines.get(notice.id)
        return [(line, subjects[line.id]) for line in lines] if lines else [(notice, subjects[notice.id])]

    def words(self, notice: NoticeRow) -> Card:
        """The words of a notice alone, without what became of it since and with nothing to press; of a long list, the
        first lines."""
        parts = self._sorted(self._parts(notice))
        subjects = {each.token: subject for each, subject in parts}
        card = self._render(notice.message, notice.recipient_id, parts, subjects, notice, most=FEW, as_sent=True)
        blocks = cut(list(card.blocks), None, len(parts)) if len(parts) > 1 else card.blocks
        return replace(card, blocks=tuple(blocks)).without_buttons()

    def system(self, message: str, person_id: int, token: str = "", params: dict[str, str] | None = None) -> Card:
        """A card about nothing in particular: help, home, link offer."""
        items = [Item(token, params=params or {})] if params is not None else []
        return self._rendered(message, person_id, items, {token: Subject()})

    def _digest(self, notice: NoticeRow, parts: list[Part]) -> Card:
        sections: dict[str, list[Part]] = {}
        for part in parts:
            sections.setdefault(self._section_key(part), []).append(part)
        if len(sections) == 1:
            only = self._section(notice.recipient_id, parts, notice)
            return replace(only, summary=self.tools.catalogue.get(DIGEST).summary) if len(parts) > 1 else only
        cover = self._rendered(DIGEST, notice.recipient_id, [], {}, notice)
        still = [part for each in sections.values() if not self._said_again(each, notice) for part in each]
        done = _settled(still)
        blocks: list[Block] = [] if done else list(cover.blocks)
        tables: list[Table] = []
        for section in sections.values():
            card = self._section(notice.recipient_id, section, notice, greet=False)
            blocks += [Heading(card.title), *card.blocks]
            tables += card.tables
            if card.buttons:
                blocks.append(Row((), card.buttons))
        return replace(cover, blocks=tuple(one_note(blocks)), done=done, tables=tuple(tables))

    def _section_key(self, part: Part) -> str:
        notice, _ = part
        gathers = self.tools.catalogue.get(notice.message).rows is not None
        return notice.message if gathers else f"{notice.message}:{notice.id}"

    def _section(self, person_id: int, parts: list[Part], carrier: NoticeRow, *, greet: bool = True) -> Card:
        """One message about one or many things; what is done says so and has no buttons.

        What was handed over to somebody else says only that: the rest of its words is no longer true.
        """
        parts = self._sorted(parts)
        gone, kept = self._parted(parts) if len(parts) > 1 or parts[0][0].params else ([], parts)
        message, subjects = parts[0][0].message, {notice.token: subject for notice, subject in kept or parts}
        most = self._most(message, len(kept or parts))
        whole = self._render(message, person_id, kept or parts, subjects, carrier, greet=greet, most=most)
        if newest := self._said_again(parts, carrier):
            return replace(whole, blocks=(said_in(self._page(newest)),), buttons=())
        if not kept:
            rows = self._gone_rows(gone)
            blocks = rows if self.whole else cut(rows, whole.more_url)
            return replace(whole, blocks=tuple(blocks), buttons=(), done=_settled(gone))
        if kept[0][0].params.get("handed_on"):
            whole = replace(whole, buttons=())
        survey = by_id(self.loaded.surveys, kept[0][0].deadline_id)
        if survey is not None and message == SURVEY:
            whole = surveys.with_question(whole, survey, kept[0][0].token)
        if (pictures := self.loaded.charts.get(kept[0][0].id)) is not None:
            whole = with_charts(whole, pictures)
        if self.tools.catalogue.get(message).rows is None:
            return self._with_state(whole, kept)
        return self._with_states(whole, kept, self._gone_rows(gone), carrier)

    def _said_again(self, parts: Sequence[Part], carrier: NoticeRow) -> int:
        """The newest later message, where something of this is still open and a later one asks for all that is."""
        later = [self._later(each, carrier) for each in parts if not _settled([each])]
        return max(later) if later and all(later) else 0

    def _later(self, part: Part, carrier: NoticeRow) -> int:
        """The newest later message in which the same person is asked for the same; 0 if there is none."""
        return 0 if self.whole else self.loaded.said_again.later(part, carrier, self.tools.catalogue.files)

    def _page(self, number: int) -> str:
        """The address of the page of such a message."""
        return f"{self.tools.base_url}/n/{self.loaded.said_again.tokens[number]}"

    def _most(self, message: str, count: int) -> int | None:
        """How many rows of a list are drawn: of one that no table shows whole, those that every chat shows."""
        in_table = count <= MOST_IN_TABLE and self.tools.catalogue.get(message).columns
        return None if self.whole or in_table else FEW

    def _sorted(self, parts: list[Part]) -> list[Part]:
        """In the order in which the message shows them."""
        by = len(parts) > 1 and self.tools.catalogue.get(parts[0][0].message).by
        return sorted(parts, key=self._place) if by else parts

    def _place(self, part: Part) -> tuple[str, str]:
        """Where the work is that a line is about: its service and team; what belongs to none comes last."""
        audit = part[1].audit
        team = by_id(self.directory.teams, audit.team_id) if audit else None
        return (team.service, team.name) if team else (LAST, "")

    def _parted(self, parts: list[Part]) -> tuple[list[Part], ...]:
        """What was handed over to somebody else, and the rest."""
        gone: list[Part] = []
        kept: list[Part] = []
        for part in parts:
            (gone if part[0].params and self.states.has_it_now(*part) else kept).append(part)
        return gone, kept

    def _gone_rows(self, gone: list[Part]) -> list[Block]:
        """A line for each thing that somebody else has now: "QA-1042: Imran Hussain has this audit now."."""
        rows: list[Block] = []
        for notice, subject in gone:
            about = f"{subject.audit.reference}: " if subject.audit else ""
            rows.append(Row((Run(about), Run(self.states.line((notice, subject)), bold=True)), ()))
        return rows

    def _with_state(self, card: Card, parts: list[Part]) -> Card:
        line, done = self.states.line(parts[0]), _settled(parts)
        if parts[0][0].taken_back_at is not None:
            # What its words ask is no longer true.
            return replace(card, blocks=(Paragraph((Run(line, bold=True),)),), buttons=(), done=True)
        if not done and not self.whole and self.loaded.has_newer(parts[0][0]):
            said = line if parts[0][0].params.get("handed_on") else SENT_AGAIN
            return replace(card, blocks=(Paragraph((Run(said, bold=True),)),), buttons=())
        if not line and not done:
            return card
        extra: tuple[Block, ...] = (Paragraph((Run(line, bold=True),)),) if line else ()
        latest = self.whole or not self.loaded.has_newer(parts[0][0])
        next_rows = self._next_rows(*parts[0]) if done and latest else ()
        if next_rows:
            # What its words say of an alert that waits is no longer true.
            return replace(card, blocks=(*extra, *next_rows, *without_words(card.blocks)))
        speaks_of_it = LOOKS & self.tools.catalogue.get(card.message).shows
        blocks = without_words(card.blocks) if done and line and not speaks_of_it else card.blocks
        return replace(card, blocks=(*extra, *blocks), done=done)

    def _next_rows(self, notice: NoticeRow, subject: Subject) -> tuple[Row, ...]:
        """Of an alert that was acknowledged: what whoever reads this owes because of it, each with its button."""
        following = self.loaded.following.get(subject.deadline.id, ()) if subject.deadline else ()
        return tuple(
            Row((Run(f"Next from you: {self._owed(each)}"),), self._first_button(each))
            for each in following
            if each.deadline and self._owes(each.deadline, notice.recipient_id)
        )

    def _owes(self, deadline: DeadlineRow, person_id: int) -> bool:
        parties = parties_of(deadline, self.situation.framework)
        people = recipients(("owes",), parties, self.directory, self.situation.framework, self.today)
        return person_id in {each.person_id for each in people}

    def _owed(self, subject: Subject) -> str:
        """What is owed and by when: "Date of the meeting, due 30 November 2026"."""
        duty, deadline = subject.duty, subject.deadline
        return f"{duty.title if duty else ''}{by_when(deadline, self.now) if deadline else ''}."

    def _first_button(self, subject: OwnSubject) -> tuple[Button, ...]:
        if subject.deadline is None:
            return ()
        made = self.tools.registry.button(buttons_of(subject)[0], subject, subject.deadline.token, "")
        return (made,) if made else ()

    def _with_states(self, card: Card, parts: list[Part], gone: list[Block], carrier: NoticeRow) -> Card:
        """A list as it stands: of a long one the first rows were drawn, and the `gone` ones come behind all others."""
        done, rows = _settled(parts), iter(parts)
        blocks = [self._row(each, next(rows), carrier) if isinstance(each, Row) else each for each in card.blocks]
        if gone and sum(isinstance(block, Row) for block in blocks) == len(parts):
            at = max(number for number, block in enumerate(blocks) if isinstance(block, Row)) + 1
            blocks[at:at] = gone
        if done:
            # The rows say what became of each; what the words around them ask is no longer true.
            blocks = [each for each in blocks if isinstance(each, Row | Note)]
        shown = blocks if self.whole else cut(blocks, card.more_url, len(parts) + len(gone))
        tables = () if self.whole else tuple(filter(None, (long_list(card.title, blocks, shown),)))
        return replace(card, blocks=tuple(shown), buttons=() if done else card.buttons, done=done, tables=tables)

    def _row(self, row: Row, part: Part, carrier: NoticeRow) -> Row:
        """A row with what became of it, unless its own words say that already."""
        if newest := self._later(part, carrier):
            return with_said_again(row, self._page(newest))
        line = self.states.line(part)
        if not line:
            return row
        waits = part[1].waits and part[0].taken_back_at is None
        buttons = row.buttons if waits else ()
        if line.rstrip(".").casefold() in plain(row.text).casefold():
            return replace(row, buttons=buttons)
        cells = (*row.cells, (SINCE, (Run(line),))) if row.cells else ()
        return Row((*row.text, Run(f". {line}", italic=True)), buttons, cells)

    def _item(self, notice: NoticeRow, subject: Subject, person_id: int) -> Item:
        shared = self._shared.get(id(subject))
        if shared is None:
            shared = self._shared[id(subject)] = shared_views(subject, self.situation)
        counts = self.loaded.counts.get((person_id, subject.cycle.id)) if subject.cycle else None
        audience = self.loaded.audience.get(subject.deadline.id, ()) if subject.deadline else ()
        next_up = self.loaded.ahead.get(subject.deadline.id) if subject.deadline else None
        made = item(subject, shared, notice.token, self.situation, notice.params, counts, audience, next_up, person_id)
        if made.deadline is not None and (owners := by_id(self.loaded.owners, notice.deadline_id)):
            names = tuple(self.situation.directory.name(each) for each in owners)
            made = replace(made, deadline=replace(made.deadline, owners=names))
        if (library := self.loaded.libraries.get(notice.id)) is not None:
            made = replace(made, library=library)
        if made.deadline is not None and (asked_on := by_id(self.loaded.asked, notice.deadline_id)) is not None:
            made = replace(made, deadline=replace(made.deadline, help_asked=asked_on))
        if subject.deadline is not None and (survey := self.loaded.surveys.get(subject.deadline.id)) is not None:
            # Whoever is asked for their view is not told what others made of the work.
            return without_grade(replace(made, survey=survey), subject.audit)
        if subject.audit is not None and subject.audit.practitioner_id == person_id:
            return without_grade(made, subject.audit)
        return made

    def _day(self, carrier: NoticeRow | None) -> date:
        """The day that a card speaks of: that on which it was sent, else today."""
        return local_day(carrier.sent_at) if carrier is not None and carrier.sent_at else self.today

    def _render(
        self,
        message: str,
        person_id: int,
        parts: Sequence[Part],
        subjects: dict[str, Subject],
        carrier: NoticeRow,
        *,
        greet: bool = True,
        most: int | None = None,
        as_sent: bool = False,
    ) -> Card:
        """The message about these, at most so many rows of them. `as_sent`: what was open then still reads so."""

        def made(at: int) -> Item:
            shown = self._item(*parts[at], person_id)
            return _as_sent(shown, parts[at][1], carrier) if as_sent else shown

        items = Made(len(parts), made)
        return self._rendered(message, person_id, items, subjects, carrier, greet=greet, most=most)

    def _rendered(
        self,
        message: str,
        person_id: int,
        items: Sequence[Item],
        subjects: dict[str, Subject],
        carrier: NoticeRow | None = None,
        *,
        greet: bool = True,
        most: int | None = None,
    ) -> Card:
        page = f"{self.tools.base_url}/n/{carrier.token}" if carrier else f"{self.tools.base_url}/inbox"
        links, council = Links(inbox=page, record=page), self._councils[person_id in self._quality]
        context = message_context(
            person_view(self.directory, person_id), council, links, self._day(carrier), items, greet=greet
        )

        file, verbs = self.tools.catalogue.get(message), self.tools.registry.verbs

        def button(name: str, token: str) -> Button | None:
            if file.rows is not None and name in file.buttons and name in verbs:
                return self._about_all(name, subjects, person_id, page)
            return self._button(name, subjects.get(token, NOTHING), token, person_id, page)

        return self.tools.catalogue.render(message, context, button, most)

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
        own = self.tools.registry.is_own(name)
        if own and is_somebody_elses(self.directory, self.today, subject.deadline, person_id):
            return None
        base = self.tools.base_url
        made = self.tools.registry.button(name, subject, token, f"{base}/n/{token}" if token else page, base)
        return (
            replace(made, label=said) if made and name == ANSWER and (said := self._for(subject, person_id)) else made
        )

    def _for(self, subject: Subject, person_id: int) -> str:
        """What the answer of a council's own words says to whoever only answers for others: "my" is not theirs."""
        deadline = subject.deadline
        if deadline is None or deadline.owner_id in (None, person_id) or not speaks_as_owner(subject):
            return ""
        return "" if self._owes(deadline, person_id) else done_for(subject, self.directory.name(deadline.owner_id))


def _settled(parts: list[Part]) -> bool:
    """Whether something was asked and all of it is answered. What only tells is never done: it is there to be read."""
    for notice, subject in parts:
        if notice.taken_back_at is not None:
            continue
        if subject.help is not None:
            # The answer is news to whoever asked for it.
            if subject.help.closed_at is None or notice.recipient_id == subject.help.asked_by_id:
                return False
        elif subject.deadline is None or subject.open:
            return False
    return bool(parts)


def cards(unit: Unit, notices: Sequence[NoticeRow], *, whole: bool = False) -> list[Card]:
    """The cards of these notices as they are now, in order."""
    drawing = Drawing(unit, load_all(unit, notices), whole=whole)
    return [drawing.card(each) for each in notices]


def _as_sent(shown: Item, subject: Subject, carrier: NoticeRow) -> Item:
    closed, sent = subject.deadline.closed_at if subject.deadline else None, carrier.sent_at
    if shown.deadline is None or closed is None or sent is None or closed <= sent:
        return shown
    return replace(shown, deadline=replace(shown.deadline, open=True))
