"""A duty of an invented council on Slack, on Teams and in the web inbox: its card, its form, and what follows.

The council (data/riverside.yaml) shares no role, grade, kind of work or duty with the shipped framework.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.adapter import Command
from qabot.framework import Framework, lint, load
from qabot.models import Audit, Deadline, Moment
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named
from tests.support.slack.council import user
from tests.support.slack.records import Message
from tests.support.teams.cards import buttons

NAMES = {IN_TEAMS: "Mina Sharpe", IN_SLACK: "Hanif Bello", IN_WEB: "Sian Whitlock"}
ROLES = {
    "practice-lead": "senior-practitioner",
    "service-manager": "area-lead",
    "head-of-service": "assistant-director",
    "quality-assurance": "quality-team",
}
KINDS = {
    "recorded": "choice",
    "visit": "choice",
    "meeting": "date",
    "chair": "person",
    "seen": "number",
    "strength": "choice",
    "learned": "long-text",
    "plan.1.led-by": "person",
    "plan.1.date": "date",
    "plan.2.led-by": "person",
    "plan.2.date": "date",
    "goes-to": "person",
}
"""What each question is on a form."""
LABELS = (
    "Is your oversight recorded on the file?",
    "Day of the meeting",
    "Who chairs?",
    "From 1 to 9.",
    "How strong is the work?",
    "What did you learn?",
    "Action 1: led by",
    "Action 2: date",
)
NOT_WORKING = "Sunday 29 November 2026 is not a working day. Give another date."
HALF = "Fill in the whole row, or leave it empty."
NHS = "They said 943 476 5919."


@pytest.fixture
def riverside() -> Framework:
    framework = load(Path(__file__).parent / "data" / "riverside.yaml", [])
    assert lint(framework) == []
    return framework


@pytest.fixture
async def council(tmp_path: Path, riverside: Framework) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path, riverside, ROLES) as found:
        yield found


async def submitted(council: MixedCouncil, grade: str = "steady") -> Audit:
    """Cyrus finds a case look steady, or weak; a day later everybody has been told."""
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, grade, actions=False)
    await council.forward("1 working day")
    return audit


def in_slack(council: MixedCouncil, words: str) -> Message:
    return [each for each in council.slack.to(user(IN_SLACK)) if words in each.words()][-1]


async def in_web(council: MixedCouncil, words: str) -> str:
    """The token of the card in the web inbox that says this."""
    return next(card.token for card in (await council.web.open(IN_WEB, "/inbox")).cards if words in card.words)


async def copies(council: MixedCouncil, words: str) -> list[str]:
    """What the card says on each of the three screens."""
    page = await council.page(IN_WEB, f"/n/{await in_web(council, words)}")
    return [in_slack(council, words).words(), council.clients.see(council.mina), page.words]


def right(council: MixedCouncil) -> dict[str, str]:
    ids = council.world.ids
    return {
        "recorded": "yes",
        "visit": "soon",
        "meeting": "2026-12-02",
        "chair": str(ids["harriet"]),
        "seen": "3",
        "strength": "two",
        "learned": "Listening helps.",
        "plan.2.led-by": str(ids["ade"]),
        "plan.2.date": "2026-12-10",
    }


def wrong(council: MixedCouncil) -> dict[str, str]:
    """A day that will not do, a person whose work it is about, too many files, and half a row."""
    sofia = str(council.world.ids["sofia"])
    return {**right(council), "meeting": "2026-11-29", "chair": sofia, "seen": "12", "plan.2.date": ""}


ERRORS = {
    "meeting": NOT_WORKING,
    "chair": "This is about the work of Sofia Brandt. Choose somebody else.",
    "seen": "Give a number no greater than 9.",
    "plan.2.date": HALF,
}


class Screen:
    """One person's way to the form: what it says, and what comes of sending it."""

    def __init__(self, council: MixedCouncil, audit: Audit) -> None:
        self.council, self.audit = council, audit

    async def open(self) -> str:
        raise NotImplementedError

    async def send(self, values: dict[str, str]) -> str:
        """Send the form; what stands on the screen then, errors and kept answers too."""
        raise NotImplementedError


class Slack(Screen):
    async def open(self) -> str:
        card = in_slack(self.council, self.audit.reference)
        assert "answer" in named(card.blocks)
        await self.council.slack.click(user(IN_SLACK), "answer", message=card)
        await self.council.forward()
        return str(self.council.slack.modal(user(IN_SLACK)))

    async def send(self, values: dict[str, str]) -> str:
        given: dict[str, Any] = {name: value or None for name, value in values.items()}
        sent = await self.council.slack.submit(user(IN_SLACK), **given)
        await self.council.forward()
        if not sent.errors:
            return ""
        state = self.council.slack.modal(user(IN_SLACK))["state"]["values"]
        return f"{sent.errors} {state}"


class Teams(Screen):
    async def open(self) -> str:
        return str((await self.press(f"Say how {self.audit.reference} stands"))["value"])

    async def send(self, values: dict[str, str]) -> str:
        return str(
            (await self.press("Send", {f"{KINDS[name]}:{name}": value for name, value in values.items()}))["value"]
        )

    async def press(self, label: str, inputs: dict[str, Any] | None = None) -> dict[str, Any]:
        body = await self.council.clients.press(self.council.mina, label, inputs)
        await self.council.forward()
        return body


class Web(Screen):
    async def open(self) -> str:
        inbox = await self.council.page(IN_WEB, "/inbox")
        (button,) = [each for each in inbox.forms if each.button == f"Say how {self.audit.reference} stands"]
        await self.council.web._send(IN_WEB, button.action, dict(button.values))
        return self._words()

    async def send(self, values: dict[str, str]) -> str:
        assert self.council.web.page is not None
        form = self.council.web.page.questions
        form.fill(**values)
        await self.council.web._send(IN_WEB, form.action, dict(form.values))
        await self.council.forward()
        forms = [each for each in self.council.web.page.forms if each.action.startswith("/forms/answer")]
        return f"{self._words()} {[each.values for each in forms]}"

    def _words(self) -> str:
        assert self.council.web.page is not None
        return self.council.web.page.words


SCREENS = {IN_SLACK: Slack, IN_TEAMS: Teams, IN_WEB: Web}


def answers(council: MixedCouncil) -> dict[str, Any]:
    return {each.question: each.value for each in council.world.of_duties()}


@pytest.mark.parametrize("person", [IN_SLACK, IN_TEAMS, IN_WEB])
async def test_a_form_with_every_question_is_sent_wrong_and_right(council: MixedCouncil, person: str) -> None:
    audit = await submitted(council)
    title = f"Management oversight: {audit.reference}"
    assert all(title in each and "30 November 2026" in each for each in await copies(council, title))
    screen = SCREENS[person](council, audit)
    opened = await screen.open()
    assert [label for label in LABELS if label not in opened] == []
    back = await screen.send(wrong(council))
    assert [each for each in ERRORS.values() if each not in back] == []
    assert "Listening helps." in back, "nothing that was written is lost"
    assert answers(council) == {}
    refused = await screen.send(right(council) | {"learned": NHS})
    assert "NHS number" in refused
    assert answers(council) == {}, "an identifier is stored nowhere"
    await screen.send(right(council))
    ids = council.world.ids
    assert answers(council) == {
        "recorded": "yes",
        "visit": "soon",
        "meeting": "2026-12-02",
        "chair": ids["harriet"],
        "seen": 3,
        "strength": "two",
        "learned": "Listening helps.",
        "plan": [{"led-by": ids["ade"], "date": "2026-12-10"}],
    }
    said = "Oversight recorded, meeting on 2 December 2026, Ade Lawal, 10 December 2026"
    for copy in await copies(council, title):
        assert said in copy
        assert NAMES[person] in copy
    assert "answer" not in named(in_slack(council, title).blocks)
    for held in council.connector.of(council.mina):
        cards = [each["content"] for each in held.get("attachments", ())]
        assert not [label for card in cards for label in buttons(card) if label.startswith("Say how")]


async def mine(council: MixedCouncil, person: str) -> str:
    """What somebody reads who asks what is theirs."""
    return str(await council.world.nodes[0].desk.command(Command(council.world.who(person), "mine")))


async def answered(council: MixedCouncil, audit: Audit) -> None:
    screen = SCREENS[IN_WEB](council, audit)
    await screen.open()
    await screen.send(right(council))


async def test_what_follows_stands_where_people_look(council: MixedCouncil) -> None:
    audit = await submitted(council)
    assert council.world.all(Audit)[0].state == "submitted", "the duty holds it"
    await answered(council, audit)
    assert council.world.all(Audit)[0].state == "finalised"
    visit = council.world.deadline("visit-it", audit)
    assert visit.due_on is not None
    assert visit.due_on.isoformat() == "2026-12-01", "according to the answer"
    programme = await council.page("quinn", "/programme")
    for words in (await mine(council, "ade"), programme.words):
        assert "A visit" in words
        assert "1 December 2026" in words
    record = await council.page("quinn", f"/audits/{audit.reference}")
    for words in (
        "How strong is the work? Sound",
        "Does somebody need to visit? Within a week",
        "Who chairs? Harriet Lowe",
        "Action Ade Lawal, Thursday 10 December 2026",
        "Day of the meeting Wednesday 2 December 2026",
        "What did you learn? Listening helps.",
    ):
        assert words in record.words


async def test_everybody_reads_it_before_the_team_learns_and_a_new_date_is_told(council: MixedCouncil) -> None:
    audit = await submitted(council)
    await answered(council, audit)
    await council.forward("1 working day")
    assert f"A case look is final: {audit.reference}" in in_slack(council, "A case look is final").words()
    label = f"Done: {audit.reference}"
    await council.clients.press(council.mina, label)
    await council.forward()
    assert council.world.all(Deadline, col(Deadline.kind) == "learn") == []
    (last,) = council.world.all(Deadline, col(Deadline.kind) == "read-it", col(Deadline.state) == "open")
    await council.world.press_token("ade", "answer", last.token)
    learn = council.world.deadline("learn", audit)
    await council.world.send_form("ade", "not-yet", learn.token, new_date="2026-12-17")
    await council.forward("1 working day")
    told = in_slack(council, f"A new date: A note for the team, {audit.reference}").words()
    assert "Thursday 17 December 2026" in told
    assert "Ade Lawal" in told


async def test_the_log_says_what_did_not_open_and_why(council: MixedCouncil) -> None:
    audit = await submitted(council)
    closed = {each.rule: each.why for each in council.world.events("duty-not-opened")}
    assert closed["RIV-ALT-1"] == "its condition does not hold when a Case Look is submitted"
    await answered(council, audit)
    names = [each.name for each in council.world.all(Moment, col(Moment.subject_type) == "audit")]
    assert names[:3] == ["case-look.given", "case-look.submitted", "oversight.opened"]
    assert {"oversight.done", "visit-it.opened", "case-look.final", "read-it.opened"} <= set(names)


async def test_a_worry_goes_to_three_platforms_and_is_acknowledged_in_one(council: MixedCouncil) -> None:
    audit = await submitted(council, "weak")
    assert council.world.deadline("worry", audit).state == "open"
    await council.clients.press(council.mina, f"Acknowledge alert {audit.reference}")
    await council.forward()
    assert council.world.deadline("worry", audit, state="met").closed_why == "Acknowledged"
    for copy in await copies(council, f"Alert: {audit.reference}"):
        assert "Acknowledged by Mina Sharpe" in copy


async def test_the_practitioner_is_shown_nothing_that_only_a_grade_opens(council: MixedCouncil) -> None:
    audit = await submitted(council, "weak")
    await answered(council, audit)
    await council.forward("1 working day")
    assert {"worry", "second-view", "oversight"} <= {each.kind for each in council.world.all(Deadline)}
    secret = ("weak", "worry", "second view", "oversight", "a visit", "how strong", "listening helps")
    record, inbox = [await council.page("sofia", path) for path in (f"/audits/{audit.reference}", "/inbox")]
    assert (record.status, inbox.status) == (200, 200)
    for words in (record.words, inbox.words, await mine(council, "sofia")):
        assert [each for each in secret if each in words.lower()] == []
    assert not [each for each in council.world.notices("sofia") if each.deadline_id]
    whole = (await council.page("quinn", f"/audits/{audit.reference}")).words
    assert all(each in whole for each in ("Weak", "A worry to acknowledge", "A second view", "Management oversight"))
