"""A small service in memory for tests of the adapter: alerts that are acknowledged, and forms with required fields.

It keeps the promises of `qabot.adapter.Service`: every call may be repeated, and nothing raises for what a person did.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qabot.adapter import (
    Address,
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
from qabot.messaging.card import Block, Button, Card, Facts, Note, Paragraph, Row, text
from qabot.messaging.form import Field, Form, Option, check

NOMINATE = Form(
    name="nominate",
    title="Nominate a colleague",
    intro="Tell of a colleague's good practice. They and their manager will read it.",
    fields=(
        Field("nominee", "Whom do you nominate?", "person"),
        Field("what", "What did they do?", "long-text", max_length=1500),
        Field("tags", "What was it about?", "choices", required=False, options=(Option("voice", "Voice"),)),
    ),
)
NEW_DATE = Form(
    name="new-date",
    title="Not yet: give a new date",
    fields=(Field("by", "By when?", "date"), Field("why", "What would help?", "long-text", required=False)),
)
SURVEY = Form(
    name="survey",
    title="A survey of many questions, page by page",
    fields=tuple(
        Field(f"q{number}", f"Question {number}", "text", required=number in (1, 90)) for number in range(1, 91)
    ),
)
OUTSIDE = "qabot is for the council's own staff."
FORMS = {form.name: form for form in (NOMINATE, NEW_DATE, SURVEY)}


@dataclass
class Alert:
    """An alert about an audit."""

    reference: str
    acknowledged_by: str = ""
    promised: str = ""


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class MemoryService:
    """Who is linked, what is open, and what was sent in. Answers wait while it is held."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    linked: dict[str, int] = field(default_factory=dict)
    people_by_email: dict[str, tuple[int, str]] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    pressed: list[Press] = field(default_factory=list)
    submitted: list[Submission] = field(default_factory=list)
    commanded: list[Command] = field(default_factory=list)
    changes: int = 0
    asked: int = 0
    _free: asyncio.Event = field(default_factory=_set)
    broken: bool = False
    rejected: dict[str, str] = field(default_factory=dict)

    def add(self, token: str, reference: str) -> Card:
        """A new alert, as its card."""
        self.alerts[token] = Alert(reference)
        return self.card(token)

    def card(self, token: str) -> Card:
        """The card of an alert as it now is."""
        alert = self.alerts[token]
        if alert.acknowledged_by:
            words = f"{alert.acknowledged_by} acknowledged this."
            return Card(
                f"Alert {alert.reference}", "An alert was acknowledged.", "alert", (Paragraph(text(words)),), done=True
            )
        shown: tuple[Block, ...] = (
            Paragraph(text("Please look at this audit today.")),
            Facts((("Audit", text(alert.reference)),)),
        )
        if alert.promised:
            shown += (Note(text(f"Promised by {alert.promised}.")),)
        buttons = (
            Button("acknowledge", f"Acknowledge {alert.reference}", token, "primary"),
            Button("not-me", "I am not the right person", token),
            Button("new-date", "Not yet: new date", token),
            Button("open", "Open the record", url="https://qabot.council.example/alerts/1"),
        )
        return Card(f"Alert {alert.reference}", "There is an alert for you in qabot.", "alert", shown, buttons)

    def hold(self) -> None:
        """No answer until `release`."""
        self._free.clear()

    def release(self) -> None:
        """What is asked is answered again."""
        self._free.set()

    async def _time(self) -> None:
        self.asked += 1
        await self._free.wait()
        if self.broken:
            raise RuntimeError("the database is gone")

    async def press(self, press: Press) -> Reply:
        await self._time()
        self.pressed.append(press)
        if not press.who.trusted:
            return Say(OUTSIDE)
        if press.who.external_id not in self.linked:
            return self._offer(press)
        alert = self.alerts.get(press.token)
        if press.action == "nominate":
            return OpenForm(NOMINATE)
        if alert is None:
            return Say("This card is from before; there is nothing left to do here.")
        match press.action:
            case "acknowledge":
                if not alert.acknowledged_by:
                    self.changes += 1
                    alert.acknowledged_by = press.who.name
                return ShowCard(self.card(press.token))
            case "not-me":
                return ShowCard(self.card(press.token), say="Thank you. We asked the practice lead.")
            case "new-date":
                return OpenForm(replace(NEW_DATE, token=press.token))
            case "nominate":
                return OpenForm(NOMINATE)
        return Say("qabot does not know this button any more.")

    def _offer(self, press: Press) -> Reply:
        known = self.people_by_email.get(press.who.email or "")
        if known is None:
            return Say("qabot does not know you. Please ask your administrator.")
        if press.action == "link":
            self.linked[press.who.external_id] = known[0]
            alert = self.alerts[press.token]
            alert.acknowledged_by = press.who.name
            self.changes += 1
            return ShowCard(self.card(press.token), say="You are linked now.")
        offer = Card("Link your account", "qabot can link you.", buttons=(Button("link", "Yes, link me", press.token),))
        return Say(f"Are you {known[1]}?", offer)

    async def submit(self, submission: Submission) -> Reply:
        await self._time()
        clean, errors = check(FORMS[submission.form], dict(submission.values))
        errors |= self.rejected
        if errors:
            form = replace(FORMS[submission.form], token=submission.token, errors=errors)
            return OpenForm(replace(form, values=dict(submission.values)))
        self.submitted.append(submission)
        if submission.form == "new-date":
            self.alerts[submission.token].promised = clean["by"].isoformat()
            return ShowCard(self.card(submission.token), say="Thank you for the new date.")
        return Say("Thank you. It was passed on.")

    async def command(self, command: Command) -> Reply:
        await self._time()
        self.commanded.append(command)
        match command.word:
            case "mine":
                return ShowCard(self._mine(command.who))
            case "nominate":
                return OpenForm(NOMINATE)
            case "survey":
                return OpenForm(SURVEY)
        return Say("You can write: mine, nominate, help.")

    def _mine(self, who: Who) -> Card:
        rows = tuple(
            Row(text(f"Alert {alert.reference}"), (Button("acknowledge", f"Acknowledge {alert.reference}", token),))
            for token, alert in self.alerts.items()
            if not alert.acknowledged_by
        )
        nominate = Button("nominate", "Nominate a colleague")
        return Card(f"What {who.name} owes", "This is what you owe.", blocks=rows, buttons=(nominate,))

    async def home(self, who: Who) -> Card:
        await self._time()
        return self._mine(who) if who.trusted else Card("qabot", OUTSIDE, blocks=(Paragraph(text(OUTSIDE)),))

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None) -> Reply:
        return OpenForm(replace(FORMS[name], values=dict(values or {})))

    def words(self) -> Sequence[CommandWord]:
        return [
            CommandWord("mine", "what you owe"),
            CommandWord("nominate", "good practice"),
            CommandWord("survey", ""),
        ]

    async def people(self, query: str = "", *, limit: int = 100) -> Sequence[PersonOption]:
        found = [PersonOption(number, name) for number, name in self.people_by_email.values()]
        return [option for option in found if query.lower() in option.label.lower()][:limit]

    async def person_by_account(self, adapter: str, external_id: str) -> int | None:
        return self.linked.get(external_id)

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        new = [
            entry for entry in entries if entry.email in self.people_by_email and entry.external_id not in self.linked
        ]
        for entry in new:
            self.linked[entry.external_id] = self.people_by_email[str(entry.email)][0]
        return len(new)

    async def leave(self, adapter: str, external_id: str, reason: str) -> None:
        self.left.append((external_id, reason))
        self.linked.pop(external_id, None)

    async def conversation(self, adapter: str, external_id: str) -> Address | None:
        person = self.linked.get(external_id)
        return Address(person, external_id) if person else None
