"""The acceptance language: tests that read like a script, over the whole service on an SQLite file.

council.opens("2026-11-23 10:00")
review = council.review("practice lead in care", about="social worker")
council.submit("practice lead in care", overall="red")
web.expect("service manager", "Alert", "Acknowledge")
clock.forward("4 working hours")
web.press("service manager", "Acknowledge")
web.expect_redrawn("head of service", "Acknowledged by Mina Sharpe")

Everybody signs in with a personal link and uses the real pages of the web inbox. Time is a clock that is moved; all
that is due on the way happens in order. At the end of a test, a message that was sent and that nobody expected fails
it, and so does a line of the log at level error (`council.ignores_errors` names those that are meant).
"""

import asyncio
import csv
import re
from collections.abc import Coroutine, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlmodel import col, select

from qabot.framework.calendar import LONDON, local_day
from qabot.imports import plan_audits, plan_people, read_audits, read_people
from qabot.imports.applying import apply_audits, apply_staff
from qabot.models import Audit, Case, Draw, Event, Notice, NoticeState, Person, Store
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.timeline import Timeline
from qabot.settings import read_settings
from qabot.web.app import create_app
from qabot.web.signin import personal_url
from qabot.wiring import Qabot, build, web_parts
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing
from tests.support import small_council
from tests.support.pages import Page, PageCard
from tests.support.world import newham

T = TypeVar("T")
BASE_URL = "http://127.0.0.1:8700"
CAST = {
    "director of operations": "dara",
    "senior leader": "sian",
    "quality assurance": "quinn",
    "reviewer": "rowan",
    "data team": "della",
    "head of service": "hanif",
    "service manager": "mina",
    "practice lead": "ade",
    "neighbouring practice lead": "bea",
    "social worker": "sofia",
    "neighbouring social worker": "ben",
    "head of service in care": "harriet",
    "service manager in care": "marcus",
    "practice lead in care": "cyrus",
    "second practice lead in care": "dinah",
    "social worker in care": "ewan",
    "second social worker in care": "wanda",
}
"""Who plays whom. Unless it says "in care", somebody works in Safeguarding; the social worker is in team Stratford."""
AUDITORS = (
    "practice lead",
    "neighbouring practice lead",
    "practice lead in care",
    "second practice lead in care",
    "service manager",
    "service manager in care",
    "reviewer",
)
"""Everybody with a quota of reviews."""
SHORT = "Show all of it"
SAID_AGAIN = "We have said this again since then"
PARTS = ("practitioner-part-a", "practitioner-overall", "manager-part-a", "manager-overall")


def local(text: str) -> datetime:
    """A moment in London from "2026-11-23 10:00" or "2026-11-23"."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@dataclass
class Stage:
    """One service, its clock, and a browser for each person."""

    folder: Path
    logs: list[MutableMapping[str, Any]]
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    ids: dict[str, int] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    """The words of each card, by token, as they were when it was expected."""
    ignored: set[str] = field(default_factory=set)
    browsers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    qabot: Qabot = field(init=False)
    clock: DemoClock = field(init=False)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "qabot.sqlite3"

    def open(self, at: str) -> None:
        """Fill the small council and start the service."""
        self.clock = DemoClock(local(at))
        settings = read_settings(
            database_url=f"sqlite:///{self.database}",
            secret_key="a secret for the tests, long enough",
            base_url=BASE_URL,
            framework="newham",
            adapters=(),
        )
        store = Store(settings.database_url)
        self.ids = small_council.begin(store)
        self.qabot = build(settings, clock=self.clock, store=store, framework=newham())
        self.app = create_app(web_parts(self.qabot))
        self.cycle()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return self.runner.run(work)

    def cycle(self) -> None:
        """One round: plan, send, redraw."""
        self.do(self.qabot.engine.cycle())

    def run(self, work: Any) -> Any:
        """Work in one transaction, and the round that follows from it."""
        result = self.do(self.qabot.desk.run(work))
        self.cycle()
        return result

    def person(self, role: str) -> int:
        """The id of who plays this role."""
        return self.ids[CAST[role]]

    def name(self, role: str) -> str:
        """The name of who plays this role."""
        return small_council.PEOPLE[CAST[role]].name

    def browser(self, role: str) -> httpx.AsyncClient:
        """This person's browser."""
        if role not in self.browsers:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            self.browsers[role] = httpx.AsyncClient(transport=transport, base_url=BASE_URL, follow_redirects=True)
        return self.browsers[role]

    def sent(self) -> list[Notice]:
        """Every message that went out: alerts, messages alone, digests; in order."""
        with self.qabot.store.transaction() as session:
            query = (
                select(Notice)
                .where(
                    col(Notice.state).in_((NoticeState.sent, NoticeState.ambiguous)), col(Notice.carrier_id).is_(None)
                )
                .order_by(col(Notice.sent_at), col(Notice.id))
            )
            return list(session.exec(query))

    def close(self) -> None:
        """Close browsers, database and loop."""
        for browser in self.browsers.values():
            self.do(browser.aclose())
        self.qabot.store.close()
        self.runner.close()

    def complaints(self) -> list[str]:
        """What nobody expected: messages, and errors in the log."""
        for _ in range(3):
            self.cycle()
        roles = {self.ids[key]: role for role, key in CAST.items()}
        found = [
            f"nobody expected what the {roles[each.recipient_id]} got on {each.sent_at}: {self._told(each)}"
            for each in self.sent()
            if each.token not in self.expected
        ]
        errors = [each for each in self.logs if each.get("log_level") in {"error", "critical"}]
        return found + [f"the log says: {each}" for each in errors if each.get("action") not in self.ignored]

    def _told(self, notice: Notice) -> str:
        with self.qabot.store.transaction() as session:
            carried = session.exec(select(Notice).where(Notice.carrier_id == notice.id)).all()
        return ", ".join(f"{each.message} ({each.rule}, {each.reason})" for each in carried or [notice])


class Council:
    """What happens in the council, by the ways that there are for it: imports, and people at their pages."""

    def __init__(self, stage: Stage, web: "Web") -> None:
        self.stage = stage
        self.web = web

    def opens(self, at: str) -> None:
        """The service starts on a moment in London, in a council that is there already."""
        self.stage.open(at)

    def ignores_errors(self, *actions: str) -> None:
        """Errors with these actions in the log are meant."""
        self.stage.ignored |= set(actions)

    def review(
        self, auditor: str, *, about: str = "social worker", case: str = "7199999", due: str = "2026-12-31"
    ) -> str:
        """A review comes in with `qabot audits import`; the reference that it is given. Its auditor is told."""
        start = local(due).date().replace(day=1)
        while start.month not in {1, 4, 7, 10}:
            start = (start - timedelta(days=1)).replace(day=1)
        row = {
            "case_reference": case,
            "activity": "practice-learning-review",
            "cycle": start.isoformat(),
            "auditor": _email(auditor),
            "practitioner": _email(about),
            "due": due,
            "team": small_council.PEOPLE[CAST[about]].team.capitalize(),
        }
        self._import_audit(row)
        with self.stage.qabot.store.transaction() as session:
            return session.exec(select(Audit.reference).where(Audit.case_reference == case)).one()

    def hands_over(self, reference: str, to: str) -> None:
        """A review goes to another auditor, by importing it again."""
        with self.stage.qabot.store.transaction() as session:
            audit = session.exec(select(Audit).where(Audit.reference == reference)).one()
            practitioner = session.get_one(Person, audit.practitioner_id).email
        quarter = audit.due_on.replace(day=1)
        while quarter.month not in {1, 4, 7, 10}:
            quarter = (quarter - timedelta(days=1)).replace(day=1)
        row = {
            "case_reference": audit.case_reference or "",
            "activity": audit.activity,
            "cycle": quarter.isoformat(),
            "auditor": _email(to),
            "practitioner": practitioner,
        }
        self._import_audit(row)

    def away(self, who: str, first: str, last: str, deputy: str = "") -> None:
        """Somebody is away from a day to a day, by importing people."""
        row = {
            "name": self.stage.name(who),
            "email": _email(who),
            "away_from": first,
            "away_to": last,
            "away_deputy": _email(deputy) if deputy else "",
        }
        path = self._file(row)

        def work(unit: Unit) -> None:
            apply_staff(unit, plan_people(unit.session, read_people(path), unit.framework, unit.now))

        self.stage.run(work)

    def submit(self, auditor: str, reference: str = "", *, overall: str = "green", actions: bool = True) -> Page:
        """An auditor sends the grades of an audit (the first that waits), on the page of what they owe."""
        parts = dict.fromkeys(PARTS, overall if overall != "red" else "amber") | {"manager-overall": overall}
        self.web.open(auditor, "/owe")
        page = self.web.answer(auditor, f"Submit grades for {reference}", actions="yes" if actions else "no", **parts)
        if overall == "red":
            page = self.web.confirm(auditor)
        assert "Thank you. The grades are in." in page, page.words
        return page

    def events(self, what: str) -> list[Event]:
        """Lines of the event log."""
        with self.stage.qabot.store.transaction() as session:
            return list(session.exec(select(Event).where(Event.what == what)))

    def draws(self) -> list[Draw]:
        """Every random draw that was recorded."""
        with self.stage.qabot.store.transaction() as session:
            return list(session.exec(select(Draw)))

    def barred(self, draw: Draw) -> dict[str, set[str]]:
        """For each person of a draw of cases, those that they must not be given."""

        def work(unit: Unit) -> dict[str, set[str]]:
            activity = unit.framework.activities["practice-learning-review"]
            cases = {each.reference: each for each in unit.session.exec(select(Case))}
            return choosing.barred(unit, activity, [each["person"] for each in draw.result], cases)

        found: dict[str, set[str]] = self.stage.run(work)
        return found

    def database_holds(self, text: str) -> bool:
        """Whether the bytes of the database, with all that is not yet folded into it, hold a text anywhere."""
        files = self.stage.folder.glob(f"{self.stage.database.name}*")
        return any(text.encode() in file.read_bytes() for file in files)

    def _import_audit(self, row: dict[str, str]) -> None:
        path = self._file(row)

        def work(unit: Unit) -> None:
            plan = plan_audits(unit.session, read_audits(path, unit.framework), unit.framework)
            apply_audits(unit, plan.rows)

        self.stage.run(work)

    def _file(self, row: dict[str, str]) -> Path:
        path = self.stage.folder / "import.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerow(row)
        return path


class Web:
    """What people see and do in the web inbox."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.pages: dict[str, Page] = {}

    def open(self, who: str, path: str = "/inbox") -> Page:
        """Somebody opens a page; with a personal link first, if their session has run out."""
        page = self._get(who, path) if who in self.stage.browsers else None
        if page is None or page.status == 401:
            page = self.sign_in(who, path)
        self.pages[who] = page
        return page

    def sign_in(self, who: str, path: str = "/inbox") -> Page:
        """Somebody opens the personal link that `qabot link` makes, presses its button, and is led to a page."""
        stage = self.stage
        link = personal_url(stage.qabot.settings, stage.person(who), stage.clock.now(), path)
        page = self._get(who, link)
        assert page.status == 200, page.words
        form = page.form("Continue")
        return Page(stage.do(stage.browser(who).post(link, data=dict(form.values))))

    def cards(self, who: str) -> list[PageCard]:
        """The cards in somebody's inbox, as they now are, oldest first; those shown in short from their own page."""
        return [self._whole(who, card) for card in self._listed(who)]

    def _listed(self, who: str) -> list[PageCard]:
        """The cards as the inbox shows them, some in short, oldest first."""
        pages = [self.open(who)]
        while "Older messages" in pages[-1].words:
            pages.append(self._get(who, f"/inbox?page={len(pages) + 1}"))
        return [*{card.token: card for page in reversed(pages) for card in page.cards}.values()]

    def _whole(self, who: str, card: PageCard) -> PageCard:
        if SHORT not in card.words and SAID_AGAIN not in card.words:
            return card
        page = self._get(who, f"/n/{card.token}")
        return PageCard(card.token, page.words, card.forms)

    def expect(self, who: str, *words: str) -> PageCard:
        """Somebody has got one more message, and it says all this (in text or on a button)."""
        fresh = self.unexpected(who)
        for card in fresh:
            if all(each in card.words for each in words):
                self.stage.expected[card.token] = card.words
                return card
        told = "\n".join(f"- {card.words}" for card in fresh) or "nothing new"
        raise AssertionError(f"the {who} was to get {words}, and has:\n{told}")

    def everybody(self) -> tuple[str, ...]:
        """Every role of the cast."""
        return tuple(CAST)

    def unexpected(self, who: str) -> list[PageCard]:
        """What somebody has got that nobody expected yet."""
        fresh = (card for card in self._listed(who) if card.token not in self.stage.expected)
        return [self._whole(who, card) for card in fresh]

    def expect_each(self, people: tuple[str, ...], *words: str) -> list[PageCard]:
        """Each of these has got one more message that says all this."""
        return [self.expect(who, *words) for who in people]

    def expect_nothing(self, *people: str) -> None:
        """None of these has anything new."""
        for who in people:
            fresh = [card.words for card in self.unexpected(who)]
            assert not fresh, f"the {who} was to get nothing, and has: {fresh}"

    def expect_redrawn(self, who: str, *words: str) -> PageCard:
        """A message that somebody had before says all this now, which it did not."""
        for listed in reversed(self._listed(who)):
            before = self.stage.expected.get(listed.token)
            card = listed if before is None else self._whole(who, listed)
            if before is not None and all(each in card.words for each in words):
                new = [each for each in words if each not in before]
                assert new, f"the card of the {who} said so from the beginning: {before}"
                return card
        raise AssertionError(f"no card of the {who} has come to say {words}: {[c.words for c in self.cards(who)]}")

    def press(self, who: str, button: str) -> Page:
        """Somebody presses a button on their newest card that has it, or on the page that is open.

        Asked whether they mean it, they do.
        """
        page = self.pages.get(who)
        stays = page is not None and page.path.startswith(("/owe", "/audits/"))
        page = self.open(who, page.path if page is not None and stays else "/inbox")
        cards = [card for card in reversed(page.cards) if any(button in each for each in card.buttons)]
        forms = cards[0].forms if cards else page.forms
        found = [form for form in forms if button in form.button]
        if not found:
            raise AssertionError(f"the {who} sees no button {button!r} on {page.path}: {page.words}")
        after = self._post(who, found[0].action, found[0].values)
        return self._post(who, after.questions.action, after.questions.values) if "No, go back" in after else after

    def answer(self, who: str, button: str, **answers: Any) -> Page:
        """Somebody presses a button, fills the form that it opens, and sends it."""
        self.press(who, button)
        return self.fill(who, **answers)

    def fill(self, who: str, **answers: Any) -> Page:
        """Somebody fills the form that is open, and sends it. `no_child` becomes the question of that name."""
        form = self.pages[who].questions
        form.fill(**answers)
        return self._post(who, form.action, form.values)

    def confirm(self, who: str, *told: str) -> Page:
        """What raises an alert is shown once more, with all of this; somebody ticks that it is right, and sends it."""
        page = self.pages[who]
        for words in ("This is not sent yet. It raises an alert about", *told):
            assert words in page, page.words
        return self.fill(who, sure=True)

    def send(self, who: str, path: str, values: list[tuple[str, str]]) -> Page:
        """Somebody's browser sends a form once more, or one that they should not have."""
        return self._post(who, path, values)

    def _get(self, who: str, path: str) -> Page:
        return Page(self.stage.do(self.stage.browser(who).get(path)))

    def _post(self, who: str, path: str, values: list[tuple[str, str]]) -> Page:
        data: dict[str, Any] = {}
        for key, value in values:
            data.setdefault(key, []).append(value)
        self.pages[who] = Page(self.stage.do(self.stage.browser(who).post(path, data=data)))
        self.stage.cycle()
        return self.pages[who]


class ClockHands:
    """Moves time, through everything that is due on the way."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def to(self, at: str) -> None:
        """Move to a moment in London."""
        stage = self.stage
        stage.do(Timeline(stage.qabot.engine, stage.clock).advance(local(at)))

    def forward(self, distance: str) -> None:
        """Move by "4 working hours", "2 working days", "3 days", "90 minutes"."""
        self.to(self._later(distance).astimezone(LONDON).replace(tzinfo=None).isoformat())

    def _later(self, distance: str) -> datetime:
        found = re.fullmatch(r"(\d+) (working hour|working day|day|minute)s?", distance)
        assert found is not None, distance
        count, unit, now = int(found[1]), found[2], self.stage.clock.now()
        calendar = self.stage.qabot.framework.calendar()
        match unit:
            case "working hour":
                return calendar.add_hours(now, count)
            case "working day":
                return now + (calendar.add_days(local_day(now), count) - local_day(now))
        return now + timedelta(**{f"{unit}s": count})


def _email(role: str) -> str:
    return f"{CAST[role]}@council.example"
