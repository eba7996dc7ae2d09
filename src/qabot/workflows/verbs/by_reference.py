"""Words that open a form of a record by the reference of the work: "correct QA-1042", "withdraw the alert QA-1042".

Each opens what the record's button opens, for whoever has that button. Everybody else hears the same whether the work
is there or not: a reference can be guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import select

from qabot.adapter import Reply, Say
from qabot.messaging.typed import meant
from qabot.messaging.values import capital
from qabot.models import Alert
from qabot.workflows.access.records import CORRECT, CORRECT_LOOK, WITHDRAW_ALERT, buttons
from qabot.workflows.core import texts
from qabot.workflows.core.date_news import CHANGE_DATE
from qabot.workflows.core.registry import Pressed, Registry, Word


@dataclass(frozen=True)
class Opening:
    """What a word opens: the first of `names` that this person's record has.

    `there` says that nothing is, of which reference and who can. `besides` are words around the reference that say no
    more; one that is in `asks` asks for that name alone.
    """

    names: tuple[str, ...]
    there: str
    besides: Collection[str] = ()
    asks: tuple[tuple[str, str], ...] = ()


_CORRECT = Opening(
    (CORRECT, CORRECT_LOOK),
    "There is nothing about {0} that you can correct. Whoever sent it, until somebody has looked again, and {1} can.",
    ("grade", "grades", "answers", "second", "look", "moderation"),
    (("look", CORRECT_LOOK), ("moderation", CORRECT_LOOK)),
)
_WITHDRAW = Opening(
    (WITHDRAW_ALERT, "withdraw"),
    "There is nothing about {0} that you can withdraw. {2} can do that.",
    ("alert", "audit", "work"),
    (("audit", "withdraw"), ("work", "withdraw"), ("alert", WITHDRAW_ALERT)),
)
_ALERT = replace(
    _WITHDRAW,
    names=(WITHDRAW_ALERT,),
    there="There is no alert about {0} that you can withdraw. {2} can do that.",
    asks=(),
)
_DATE = Opening(
    (CHANGE_DATE,), "There is no date about {0} that you can change. Whoever gave it and {1} can.", ("date", "meeting")
)
WORDS = (
    (CORRECT, "Correct grades that you sent, by the reference", _CORRECT),
    (WITHDRAW_ALERT, "Withdraw an alert that was raised by mistake, by its reference", _ALERT),
    ("withdraw", "", _WITHDRAW),
    (CHANGE_DATE, "Change a date that you gave, such as a meeting's, by the reference", _DATE),
    ("change", "", _DATE),
)
"""Each with its help. One without is understood, and not listed."""


def register(registry: Registry) -> None:
    """The words for chats of forms that stand on a record."""
    for word, said, opening in WORDS:
        registry.word(Word(word, said, partial(_open, registry, word, opening)))


def _open(registry: Registry, word: str, opening: Opening, pressed: Pressed) -> Reply:
    unit, words = pressed.unit, meant(pressed.rest)
    reference = " ".join(each for each in words if each not in opening.besides).upper()
    if not reference:
        return Say(f"Write the reference too, for example “{word} QA-1042”.")
    field_names = {name for each, name in opening.asks if each in words}
    audit = texts.named(unit, reference)
    there = {each.action for each in buttons(unit, pressed.person, audit)} if audit is not None else set()
    names = [each for each in opening.names if each in there and (not field_names or each in field_names)]
    if audit is None or not names:
        quality = unit.framework.quality
        return Say(opening.there.format(reference, quality, capital(quality)))
    alert = unit.session.exec(select(Alert).where(Alert.audit_id == audit.id)).first()
    subject = replace(pressed.subject, audit=audit, alert=alert)
    return registry.verbs[names[0]].do(replace(pressed, subject=subject, token=audit.reference))
