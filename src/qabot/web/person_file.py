"""A person's page as a file: what they owe, what was sent to them in its words and why, absences and audits."""

from collections.abc import Mapping, Sequence
from typing import Any

from qabot.messaging.card import plain_card
from qabot.messaging.values import day
from qabot.web.drawing import STATES
from qabot.web.owed import OwedRow
from qabot.web.table_files import Cell, Table

OWED = ("What", "About", "By", "State")
SENT = ("Sent", "Message", "About", "How", "What came of it", "Why", "Rule", "Words")
AWAY = ("From", "To", "Who stands in")
AUDITS = ("Audit", "Activity", "Due", "State")


def tables(contents: Mapping[str, Any]) -> list[Table]:
    """What the page is drawn from, as sheets in the page's order; of messages and audits all, the newest first."""
    sent = [
        (
            each.at,
            each.message,
            each.subject,
            ", ".join(filter(None, (each.by, each.because))),
            each.outcome,
            each.reason,
            each.rule,
            plain_card(each.words) if each.words is not None else each.why_not,
        )
        for each in contents["sent"].rows
    ]
    away = [(absence.from_on, absence.to_on, deputy) for absence, deputy in contents["absences"]]
    audits = [(each.reference, each.activity, each.due, each.state) for each in contents["audits"].rows]
    return [
        Table("Owed now", OWED, [_owed(each) for each in contents["owed"]]),
        Table("What was sent", SENT, sent),
        Table("Absences", AWAY, away),
        Table("Audits", AUDITS, audits),
    ]


def _owed(each: OwedRow) -> Sequence[Cell]:
    return each.kind, each.subject, each.due or "No date yet", said_of(each)


def said_of(each: OwedRow) -> str:
    """How it stands, in words: "Open, date has passed, asked for help on 16 November 2026"."""
    past = ", date has passed" if each.past else ""
    helped = f", asked for help on {day(each.help_asked)}" if each.help_asked else ""
    return f"{STATES.get(each.state, each.state)}{past}{helped}"
