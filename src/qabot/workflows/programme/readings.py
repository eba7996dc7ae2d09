"""Readings: how an ambiguous rule is read, and whether the council has confirmed it.

A confirmation is of the words that were read: a reading that is changed in the file is not confirmed any more.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from qabot.errors import BadRequest
from qabot.framework import Framework
from qabot.framework.loader import did_you_mean
from qabot.messaging.identifiers import check_text
from qabot.models import ConfirmedReading, Event
from qabot.workflows.core.words import say_day

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Reading:
    """How a rule is read. `by` and `on` say who confirmed it and when; "" and None while nobody has.

    `before`: it was confirmed as it was read before.
    """

    rule: str
    text: str
    reading: str
    reference: str
    by: str = ""
    on: date | None = None
    before: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether the council has confirmed it as it stands."""
        return self.on is not None

    @property
    def standing(self) -> str:
        """Where it stands, in words: 'reading D6, confirmed by ... on ...'."""
        name = f"reading {self.reference}" if self.reference else "our reading"
        if self.on is not None:
            return f"{name}, confirmed by {self.by} on {say_day(self.on)}"
        return f"{name}, changed since it was confirmed" if self.before else f"{name}, not yet confirmed"


def readings(session: Session, framework: Framework) -> dict[str, Reading]:
    """Every reading that a council must confirm, by its rule, in the file's order."""
    newest = {row.rule: row for row in session.exec(select(ConfirmedReading).order_by(col(ConfirmedReading.id)))}
    by_rule = {}
    for rule in to_confirm(framework):
        row, words = newest.get(rule), framework.rules[rule]
        stands = row is not None and row.reading == digest(framework, rule)
        by_rule[rule] = Reading(
            rule,
            words.text,
            words.reading,
            words.reference,
            by=row.by if row is not None and stands else "",
            on=row.on if row is not None and stands else None,
            before=row is not None and not stands,
        )
    return by_rule


def to_confirm(framework: Framework) -> list[str]:
    """The rules with a reading that a council must confirm."""
    return [name for name, rule in framework.rules.items() if rule.confirm and name not in framework.without]


def digest(framework: Framework, rule: str) -> str:
    """Of the rule, how it is read, and the readings that it refers to: another one once any of these words changes."""
    words = framework.rules[rule]
    references = [framework.confirm.get(each, "") for each in filter(None, words.reference.split(", "))]
    return sha256("\n".join([words.text, words.reading, *references]).encode()).hexdigest()


def confirm(
    session: Session, framework: Framework, rule: str, *, by: str, on: date, now: datetime, actor: int | None = None
) -> None:
    """Note that `by` confirmed for the council how a rule is read. Raises `BadRequest` for what cannot be confirmed."""
    known, name = to_confirm(framework), " ".join(by.split())
    if rule not in known:
        why = "is explicit: there is nothing to confirm" if rule in framework.rules else "is no rule of this framework"
        raise BadRequest(f"{rule!r} {why}{did_you_mean(rule, known)}.")
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest(f"Say who confirmed it, in at most {LONGEST_NAME} letters.")
    check_text(name)
    if on > now.date():
        raise BadRequest(f"{say_day(on)} is still to come: give the day on which it was confirmed.")
    session.add(
        ConfirmedReading(rule=rule, reading=digest(framework, rule), by=name, on=on, at=now, recorded_by_id=actor)
    )
    session.add(Event(at=now, what="reading-confirmed", actor_id=actor, rule=rule, why=f"by {name} on {say_day(on)}"))
