"""A small service with a memory: alerts to acknowledge, an action to confirm, forms with required fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
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
from qabot.messaging.card import Button, Card, Facts, Note, Paragraph, Row, Run, text
from qabot.messaging.form import Field, Form, Option, check

TODAY = date(2026, 11, 21)
WORDS = (
    CommandWord("help", "What you can write to me"),
    CommandWord("mine", "What you owe, and by when"),
    CommandWord("nominate", "Tell us about a colleague's good practice"),
)


def alert_card(reference: str = "QA-1042", acknowledged_by: str = "") -> Card:
    state = f"Acknowledged by {acknowledged_by}" if acknowledged_by else "Waiting for you"
    card = Card(
        title=f"RED alert: audit {reference}",
        summary="There is an alert for you in qabot.",
        lane="alert",
        blocks=(
            Paragraph((Run("Audit "), Run(reference, bold=True), Run(" was graded RED (Inadequate)."))),
            Facts((("Status", text(state)), ("Team", text("Assessment North")))),
            Note(text("qabot is not an emergency service. If a child may be at risk now, phone 0300 123 4567.")),
        ),
        buttons=(Button("acknowledge", f"Acknowledge alert {reference}", f"t-{reference}", style="primary"),),
        more_url="https://qabot.example/inbox",
    )
    return card.without_buttons() if acknowledged_by else card


def reminder_card(state: str = "Due on 30 November 2026") -> Card:
    return Card(
        title="Action: update the chronology",
        summary="You have an action that is due soon.",
        blocks=(Facts((("State", text(state)), ("Audit", text("QA-1042")))),),
        buttons=(
            Button("confirm", "Confirm done: update the chronology", "t-action", style="primary"),
            Button("not-yet", "Not yet: give a new date", "t-action"),
        ),
    )


def date_form() -> Form:
    return Form(
        "not-yet",
        "When will it be done?",
        (
            Field("on", "New date", "date", earliest=TODAY, latest=TODAY + timedelta(days=70)),
            Field("why", "What stands in the way?", "long-text", max_length=500),
        ),
        submit="Save new date",
        token="t-action",
    )


def nomination_form(values: Mapping[str, Any] | None = None) -> Form:
    tags = (Option("voice", "The child's voice"), Option("risk, sensibly", "Weighing risk, sensibly"))
    return Form(
        "nominate",
        "Nominate a colleague",
        (
            Field("nominee", "Who did well?", "person"),
            Field("what", "What did your colleague do?", "long-text", hint="Say what you saw", max_length=1000),
            Field("seen_in", "Where did you see it?", "choice", options=(Option("a", "Audit"), Option("m", "Meeting"))),
            Field("tags", "What was it about?", "choices", required=False, options=tags),
            Field("times", "How many times?", "number", required=False),
            Field("no_child", "I have not named a child", "tick"),
        ),
        intro="Your colleague and their line manager will see this.",
        submit="Send nomination",
        values=dict(values or {}),
    )


@dataclass
class MemoryService:
    """`qabot.adapter.Service` over dictionaries."""

    colleagues: list[PersonOption] = field(
        default_factory=lambda: [PersonOption(1, "Priya Raman"), PersonOption(2, "Tom Reed")]
    )
    accounts: dict[str, DirectoryEntry] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    linked: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    action: str = "Due on 30 November 2026"
    taken: list[Any] = field(default_factory=list)
    nominations: list[dict[str, Any]] = field(default_factory=list)

    async def press(self, press: Press) -> Reply:
        self.taken.append(press)
        if not press.who.trusted:
            return Say("qabot is for the council's own staff.")
        reference = press.token.removeprefix("t-")
        match press.action:
            case "acknowledge":
                by = self.acknowledged.setdefault(reference, press.who.name)
                return ShowCard(alert_card(reference, by), "Thank you. Nobody else is told now.")
            case "confirm":
                self.action = "Done"
                return ShowCard(replace(reminder_card(self.action), buttons=()))
            case "not-yet":
                return OpenForm(date_form())
            case "link":
                return Say("Is this you?", reminder_card())
        return Say("This button no longer does anything.")

    async def submit(self, submission: Submission) -> Reply:
        self.taken.append(submission)
        form = date_form() if submission.form == "not-yet" else nomination_form()
        clean, errors = check(form, dict(submission.values))
        if errors:
            return OpenForm(replace(form, values=dict(submission.values), errors=errors))
        if submission.form == "not-yet":
            self.action = f"New date: {clean['on'].day} {clean['on']:%B %Y}"
            return ShowCard(reminder_card(self.action), "Thank you. The new date is kept.")
        self.nominations.append(clean)
        return Say("Thank you. Your nomination is with the QA service.")

    async def command(self, command: Command) -> Reply:
        self.taken.append(command)
        if not command.who.trusted:
            return Say("qabot is for the council's own staff.")
        match command.word:
            case "mine":
                rows = tuple(
                    Row(text(f"Audit {n}"), (Button("acknowledge", f"Acknowledge alert {n}", f"t-{n}"),)) for n in "AB"
                )
                return ShowCard(Card("What you owe", "Here is what you owe.", blocks=rows))
            case "nominate":
                return OpenForm(nomination_form())
            case "alert":
                return ShowCard(alert_card())
            case "remind":
                return ShowCard(reminder_card(self.action))
        lines = tuple((each.word, text(each.help)) for each in WORDS)
        return ShowCard(Card("What you can write to me", "Here is what you can write to me.", blocks=(Facts(lines),)))

    async def home(self, who: Who) -> Card:
        return reminder_card(self.action)

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None) -> Reply:
        return OpenForm(nomination_form(values)) if name == "nominate" else Say("There is no such form.")

    def words(self) -> Sequence[CommandWord]:
        return WORDS

    async def people(self, query: str = "", *, limit: int = 100) -> Sequence[PersonOption]:
        return [each for each in self.colleagues if query.lower() in each.label.lower()][:limit]

    async def person_by_account(self, adapter: str, external_id: str) -> int | None:
        return self.linked.get(external_id)

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        self.accounts |= {each.external_id: each for each in entries}
        return len(entries)

    async def leave(self, adapter: str, external_id: str, reason: str) -> None:
        self.accounts.pop(external_id, None)
        self.left.append((external_id, reason))

    async def conversation(self, adapter: str, external_id: str) -> Address | None:
        kept = self.accounts.get(external_id)
        return Address(1, external_id, kept.conversation, kept.details) if kept else None
