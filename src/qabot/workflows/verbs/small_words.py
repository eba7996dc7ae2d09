"""Small words: what people answer a message with as they would a colleague. They record nothing, and say so kindly.

"OK" or "done" under an alert looks like an answer to whoever wrote it. If it were taken for one, nobody would know
about what; if nothing were said, somebody would believe that the alert is acknowledged.
"""

from dataclasses import replace

from qabot.adapter import Reply, Say, ShowCard
from qabot.messaging.card import Paragraph, Run
from qabot.workflows.access import owing
from qabot.workflows.core.registry import Pressed, Registry, Word
from qabot.workflows.verbs import helping, home, named_work

THANKS = ("thanks", "thank", "thankyou", "thx", "ta", "cheers")
ANSWERS = (
    *("ok", "okay", "k", "yes", "yep", "no", "sure", "done", "noted", "seen", "read", "received", "understood"),
    *("agreed", "great", "good", "fine", "1", "thumbsup", "confirm", "confirmed", "accept", "accepted", "will", "on"),
)
"""With what stands for a thumb: Slack writes it as +1."""
WELCOME, RECEIVED = "You are welcome.", "Thank you."


def register(registry: Registry) -> None:
    """Words without a help of their own: nobody is told to write them."""
    for first, *also in (THANKS, ANSWERS):
        registry.word(Word(first, "", _answer_thanks if first in THANKS else _answer, shows=True, also=tuple(also)))


def _answer_thanks(pressed: Pressed) -> Reply:
    return _reply(pressed, WELCOME)


def _answer(pressed: Pressed) -> Reply:
    return _reply(pressed, RECEIVED)


def _reply(pressed: Pressed, said: str) -> Reply:
    """What waits, with its buttons, and first that the word has recorded nothing."""
    unit, person = pressed.unit, pressed.person
    if not owing.owed(unit, person.id) and not helping.asked_of(unit, person):
        return Say(f"{said} Nothing is waiting for you, so there is nothing to record.")
    alerts = len(owing.alerts_waiting(unit.session, unit.framework, person.id))
    still = f" {'An alert is' if alerts == 1 else f'{alerts} alerts are'} still to be acknowledged." if alerts else ""
    words = f"{said} This word has recorded nothing.{still} Please use the buttons, so that it is clear what you mean."
    shown = named_work.about(unit, person, pressed.rest) or home.card(unit, person, most=home.MOST_SAID)
    return ShowCard(replace(shown, blocks=(Paragraph((Run(words, bold=bool(alerts)),)), *shown.blocks)))
