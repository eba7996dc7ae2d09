"""What somebody writes in their own words about work that they name: "QA-1042?", "I need help with QA-1042"."""

from qabot.messaging.card import Card
from qabot.messaging.typed import meant
from qabot.planning.directory import Staff
from qabot.workflows.access import owing
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import home

LEAST_DIGITS = 3
"""Of a reference or a case that somebody names: "2 pm" names none."""


def about(unit: Unit, person: Staff, words: str) -> Card | None:
    """What waits about the work that these words name, with its buttons; None where they name none that waits.

    Nothing is guessed of what is wanted with it: each button says what it does.
    """
    named = " ".join(each for each in meant(words) if sum(map(str.isdigit, each)) >= LEAST_DIGITS)
    if not named:
        return None
    waiting = [*owing.owed(unit, person.id), *owing.for_others(unit, person.id)]
    return home.card(unit, person, most=home.MOST_SAID, words=named) if home.having(unit, waiting, named) else None
