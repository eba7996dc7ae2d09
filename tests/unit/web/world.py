"""A small council with a desk of its own: enough for every page, without the planner. Invented staff only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from qabot.adapter import (
    Command,
    CommandWord,
    DirectoryEntry,
    OpenForm,
    PersonOption,
    Press,
    Reply,
    Say,
    ShowCard,
    Submission,
    Who,
)
from qabot.errors import NotAllowed, NotFound
from qabot.messaging.card import Bullets, Button, Card, Facts, Heading, Note, Paragraph, Row, Run, text
from qabot.messaging.form import Field, Form, Option, check
from qabot.models import (
    Absence,
    Account,
    Audit,
    Cycle,
    Deadline,
    DeadlineState,
    Event,
    LadderSnapshot,
    Notice,
    NoticeState,
    Person,
    RoleHolding,
    Service,
    Store,
    Team,
)
from qabot.page_views import Ahead, PulseViews, Steered, SurveyViews, TeamRows
from qabot.planning.outlook import StepView
from qabot.web.ports import Parts, RuleFiles
from qabot.workflows.access import many_records, records
from qabot.workflows.core.situation import Situations
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk
from qabot.workflows.people.page import PersonPage
from qabot.workflows.people.page import page as person_page
from qabot.workflows.programme import figures
from qabot.workflows.programme.picking_page import PickingPage, Wanted, page_of
from qabot.workflows.registrations import new_registry
from qabot.workflows.taking import Sure, taken_as_said
from qabot.workflows.verbs.reports import Reports
from tests.support.begun import begin_with
from tests.support.world import newham, tools

TARGETS = {"completion": 80, "low-grades": 10}
"""What this council aims at, in a hundred."""
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASE = "http://127.0.0.1:8080"
HOSTILE = '<script>alert(1)</script> "Zoë" & co'
ALERT, DIGEST, OTHERS, COMING = "alert-token", "digest-token", "others-token", "coming-token"
DEADLINE = "deadline-token"
ADE, BEA, QUINN, GONE = 1, 2, 3, 4


@dataclass
class Settings:
    base_url: str = BASE
    secret_key: str = "for tests only, and long enough"
    older: tuple[str, ...] = ()
    demo: bool = False
    retention: dict[str, int] | None = None
    session_hours: int = 12
    session_idle_minutes: int = 240
    personal_links: str = "everybody"
    colour: str = ""
    logo: Path | None = None

    @property
    def secret_keys(self) -> tuple[str, ...]:
        return self.secret_key, *self.older


@dataclass
class Hands:
    """A clock that tests move."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class Entry:
    token: str
    sent_at: datetime
    lane: str
    card: Card


PLACES = tuple(Option(f"{number}", f"Place {number}") for number in range(9))


def every_kind_of_field() -> Form:
    return Form(
        "everything",
        "Tell us",
        (
            Field("title", "In a few words", max_length=20),
            Field("story", "What happened?", "long-text", hint="Say what you saw."),
            Field("grade", "Grade", "choice", options=(Option("good", "Good"), Option("other", "Not yet good"))),
            Field(
                "place",
                "Place",
                "choice",
                required=False,
                options=tuple(Option(f"{n}", f"Place {n}") for n in range(9)),
            ),
            Field("tags", "About", "choices", options=(Option("a", "Analysis"), Option("b", "Voice"))),
            Field("seen", "When?", "date", latest=date(2026, 11, 23)),
            Field("who", "Who?", "person"),
            Field("hours", "Hours", "number", required=False),
            Field("sure", "I have named no child", "tick"),
        ),
        intro="This takes about a minute.",
        submit="Send it",
        token=ALERT,
    )


NOMINATE = CommandWord("nominate", "Tell us about good practice")
LINK = CommandWord("link", "A personal link")


@dataclass
class SmallDesk:
    """Keeps what was pressed; its alert can be acknowledged, and its one form taken."""

    store: Store
    pressed: list[Press] = field(default_factory=list)
    sent: list[Submission] = field(default_factory=list)
    acknowledged: bool = False
    absent: Collection[int] = ()

    def _card(self, token: str) -> Card:
        if token == DIGEST:
            return digest()
        return alert().without_buttons() if self.acknowledged else alert()

    async def arrived(self, person_id: int) -> None:
        """Nobody is welcomed here."""

    async def inbox(self, person_id: int, limit: int = 50, skip: int = 0) -> Sequence[Entry]:
        wanted = (
            select(Notice)
            .where(Notice.recipient_id == person_id, Notice.state == NoticeState.sent)
            .order_by(col(Notice.sent_at))
        )
        found = await self.store.run(lambda session: session.exec(wanted).all())
        return [
            Entry(each.token, each.sent_at or NOW, each.lane, self._card(each.token))
            for each in found[: len(found) - skip][-limit:]
        ]

    async def alerts(self, person_id: int) -> Sequence[Entry]:
        return []

    async def above(self, person_id: int) -> Sequence[Row]:
        said = "You are away until 4 December 2026. Until then, what is due goes to Bea Cole."
        return [Row(text(said), (Button("back", "I am back", ""),))] if person_id in self.absent else []

    async def card(self, token: str, person_id: int) -> Card:
        wanted = select(Notice).where(Notice.token == token)
        notice = await self.store.run(lambda session: session.exec(wanted).first())
        if notice is None:
            raise NotFound("There is no such message.")
        if notice.recipient_id != person_id:
            raise NotAllowed("This message is for somebody else.")
        return self._card(token)

    async def press(self, press: Press, *, sure: Sure = taken_as_said) -> Reply:
        await self.store.run(sure)
        self.pressed.append(press)
        match press.action:
            case "acknowledge":
                self.acknowledged = True
                return ShowCard(self._card(press.token), "You acknowledged QA-1042.")
            case "tell":
                return OpenForm(replace(every_kind_of_field(), token=press.token))
        return Say("This button is from an older message.")

    async def submit(self, submission: Submission, *, sure: Sure = taken_as_said) -> Reply:
        await self.store.run(sure)
        self.sent.append(submission)
        form = every_kind_of_field()
        _, errors = check(form, dict(submission.values))
        if errors:
            return OpenForm(replace(form, values=dict(submission.values), errors=errors, token=submission.token))
        return Say("Thank you. It was sent.")

    async def command(self, command: Command, *, sure: Sure = taken_as_said) -> Reply:
        await self.store.run(sure)
        if command.word == "nominate":
            return OpenForm(replace(every_kind_of_field(), token="", values={"title": command.rest}))
        return ShowCard(
            Card(f"You wrote {command.word}", "Here is an answer.", blocks=(Paragraph(text(command.rest)),))
        )

    async def home(self, who: Who, *, whole: bool = False) -> Card:
        return replace(digest(), title="Your QA tasks")

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None, *, token: str = "") -> Reply:
        if token == OTHERS:
            return Say("This message is for somebody else, so nothing was changed.")
        return OpenForm(replace(every_kind_of_field(), name=name, token=token))

    def find_word(self, typed: str) -> str | None:
        return typed if typed in {each.word for each in self.words()} else None

    def guess_word(self, typed: str) -> str:
        return "mine" if typed == "mien" else ""

    def showing(self) -> Collection[str]:
        return ["mine", "help", "nominate"]

    def words(self) -> Sequence[CommandWord]:
        return [CommandWord("mine", "What is waiting for you"), CommandWord("help", "How to use qabot"), NOMINATE, LINK]

    async def people(self, query: str = "", *, limit: int = 100) -> Sequence[PersonOption]:
        rows = await self.store.run(lambda session: session.exec(select(Person).order_by(Person.name)).all())
        return [PersonOption(each.id, each.name) for each in rows if query.lower() in each.name.lower()][:limit]

    async def person_by_account(self, adapter: str, external_id: str) -> int | None:
        return int(external_id)

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        return 0

    async def leave(self, adapter: str, external_id: str, reason: str) -> None:
        return None

    async def conversation(self, adapter: str, external_id: str) -> None:
        return None


def alert() -> Card:
    return Card(
        "Alert: QA-1042 needs your support",
        "You have a quality-assurance alert to acknowledge.",
        "alert",
        (
            Paragraph((Run("This review came in with a "), Run("serious grade", bold=True), Run("."))),
            Facts((("Grade", text("RED (Inadequate)")), ("Reviewer", text(HOSTILE)))),
            Paragraph((Run("the record", href="https://records.example/1"), Run("not a link", href="javascript:x()"))),
            Note(text("qabot is not an emergency service.")),
        ),
        (
            Button("acknowledge", "Acknowledge alert QA-1042", ALERT, "primary"),
            Button("tell", "Tell us more about QA-1042", ALERT),
            Button("open-record", "Open the record of QA-1042", url="https://records.example/1"),
            Button("open-survey", "Answer in the web inbox", ALERT, url=f"{BASE}/n/{ALERT}"),
        ),
    )


def digest() -> Card:
    rows = tuple(
        Row(text(f"QA-{n}: Maple team, due 30 November 2026"), (Button("tell", f"Send the grades of QA-{n}", f"t{n}"),))
        for n in (1040, 1041)
    )
    return Card(
        "Your QA tasks for 23 November 2026",
        "Your quality-assurance tasks for today are ready to see.",
        "due",
        (Paragraph(text("Hello Ade.")), Heading("Waiting for you"), *rows, Bullets((text("One"), text("Two")))),
    )


def fill(store: Store) -> None:
    """The tables and their rows."""
    begin_with(store, _fill)


def _fill(store: Store) -> None:
    SQLModel.metadata.create_all(store.engine)
    with store.transaction() as session:
        session.add(Service(id=1, name="Assessment"))
        session.flush()
        session.add(Team(id=1, name="Maple", service_id=1))
        session.flush()
        for number, name in ((ADE, "Ade Bello"), (BEA, "Bea Cole"), (QUINN, "Quinn Achebe"), (GONE, "Gil Gone")):
            email = f"{name.split()[0].lower()}@council.example"
            session.add(Person(id=number, name=name, email=email, team_id=1, active=number != GONE))
        session.add(
            LadderSnapshot(
                id=1,
                digest="x",
                name="red-alert",
                body=newham().ladders["red-alert"].model_dump(mode="json"),
            )
        )
        session.add(
            Cycle(
                id=1,
                activity="practice-learning-review",
                name="October to December 2026",
                starts_on=date(2026, 10, 1),
                due_on=date(2026, 12, 31),
                created_at=NOW,
                opened_at=NOW,
            )
        )
        session.flush()
        session.add(RoleHolding(person_id=QUINN, role="quality-assurance"))
        session.add(Absence(person_id=BEA, from_on=date(2026, 11, 20), to_on=date(2026, 11, 27), deputy_id=ADE))
        session.add(Account(person_id=BEA, adapter="slack", external_id="U1", reachable=False, reason="deactivated"))
        session.add(
            Audit(
                id=1,
                reference="QA-1042",
                activity="practice-learning-review",
                cycle_id=1,
                team_id=1,
                auditor_id=ADE,
                due_on=date(2026, 11, 20),
                allocated_at=NOW,
            )
        )
        session.flush()
        session.add(
            Deadline(
                id=1,
                token=DEADLINE,
                kind="alert",
                rule="NEW-ALT-1",
                subject_type="audit",
                subject_id=1,
                owner_id=ADE,
                team_id=1,
                due_on=date(2026, 11, 20),
                ladder_id=1,
                opened_at=NOW,
            )
        )
        session.add(
            Deadline(
                id=2,
                kind="audit",
                rule="NEW-QUO-1",
                subject_type="audit",
                subject_id=1,
                owner_id=BEA,
                due_on=date(2026, 12, 31),
                ladder_id=1,
                opened_at=NOW,
                state=DeadlineState.met,
            )
        )
        session.flush()
        session.add(notice(DIGEST, ADE, "due", message="digest"))
        session.add(notice(ALERT, ADE, "alert", message="red-alert", deadline_id=1))
        session.add(notice(OTHERS, BEA, "alert", message="red-alert", deadline_id=1))
        session.add(
            Event(
                at=NOW,
                what="deadline-opened",
                subject_type="audit",
                subject_id=1,
                deadline_id=1,
                rule="NEW-ALT-1",
                detail={"kind": "alert"},
            )
        )
        session.add(Event(at=NOW, what="acknowledged", actor_id=ADE, why="=cmd|'/C calc'!A0"))


def notice(token: str, person_id: int, lane: str, **values: Any) -> Notice:
    """A notice that was sent an hour ago."""
    sent = NOW - timedelta(hours=1)
    defaults: dict[str, Any] = {"key": token, "rule": "NEW-ALT-1", "message": "red-alert", "subject_type": "audit"}
    defaults |= {"subject_id": 1, "state": NoticeState.sent, "sent_at": sent, "message_id": token}
    defaults |= {"created_at": sent, "not_before": sent, "reason": "NEW-ALT-1: opened + 0 days"}
    return Notice(token=token, recipient_id=person_id, lane=lane, **(defaults | values))


async def outlook(deadline_id: int) -> Sequence[StepView]:
    """A ladder with a step of every state."""
    at = [NOW + timedelta(days=days) for days in range(4)]
    return [
        StepView("NEW-ALT-1", "1", "red-alert", ("Service manager", "Head of service"), at[0], "done"),
        StepView("OURS-ACK-1", "1", "red-alert-again", ("Service manager",), at[1], "next"),
        StepView("OURS-ACK-2", "1", "red-alert-escalated", ("SLT",), at[2], "to come"),
        StepView("OURS-ACK-2", "2", "red-alert-escalated", ("SLT",), at[3], "not needed"),
    ]


@dataclass
class SmallTimeline:
    """Marks planned notices as sent when their moment has come."""

    store: Store
    clock: Hands
    playing: Collection[int] = ()

    async def next_moment(self) -> datetime | None:
        wanted = select(Notice.not_before).where(Notice.state == NoticeState.planned).order_by(col(Notice.not_before))
        return await self.store.run(lambda session: session.exec(wanted).first())

    async def advance(self, to: datetime, playing: Collection[int] = ()) -> None:
        self.playing = playing

        def send(session: Any) -> None:
            due = select(Notice).where(Notice.state == NoticeState.planned, Notice.not_before <= to)
            for each in session.exec(due).all():
                each.state, each.sent_at, each.message_id = NoticeState.sent, each.not_before, each.token

        await self.store.run(send)
        self.clock.moment = to

    async def submit_low(self) -> bool:
        return False


def parts(store: Store, *, demo: bool = False, base_url: str = BASE, **values: Any) -> Parts:
    """Everything for an application over this store."""
    clock = values.pop("clock", None) or Hands()
    situations = Situations.of(newham())

    def unit_of(session: Session) -> Unit:
        return Unit(session, clock.now(), situations.read(session), tools())

    def sight(session: Session, audit: Audit, person_id: int) -> records.Sight | None:
        return records.sight(Unit(session, clock.now(), situations.read(session), tools()), audit, person_id)

    def picking(session: Session, cycle_id: int, person_id: int, filters: Wanted) -> PickingPage:
        return page_of(Unit(session, clock.now(), situations.read(session), tools()), cycle_id, person_id, filters)

    def unit(session: Session) -> Unit:
        return Unit(session, clock.now(), situations.read(session), tools())

    def people(session: Session, person: int, reader: int, *, skip: int, limit: int) -> PersonPage:
        unit = Unit(session, clock.now(), situations.read(session), tools())
        return person_page(unit, person, reader, skip=skip, limit=limit)

    units = Desk(store, situations, tools(), new_registry(), clock.now)
    return Parts(
        settings=Settings(base_url, demo=demo),
        store=store,
        desk=values.pop("desk", None) or SmallDesk(store),
        clock=clock,
        framework=newham(),
        outlook=outlook,
        sight=sight,
        sights=lambda session, audits, person_id: many_records.known_to(unit_of(session), audits, person_id),
        picking=picking,
        ahead=Ahead(unit_of),
        team=TeamRows(unit_of),
        steered=Steered(unit_of, lambda work: store.run(lambda session: work(unit_of(session))), lambda person: None),
        people=values.pop("people", people),
        rules=RuleFiles("newham", [Path("frameworks")], tools().catalogue, newham()),
        figures=lambda session, person, period: figures.read(unit(session), person, period, TARGETS),
        units=units,
        surveys=SurveyViews(units),
        pulses=PulseViews(units),
        reports=Reports(unit, TARGETS),
        last_tick=values.pop("last_tick", clock.now),
        timeline=SmallTimeline(store, clock) if demo else None,
        message_titles=tools().catalogue.titles(),
        **values,
    )
