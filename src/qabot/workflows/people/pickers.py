"""Colleagues to choose from."""

from collections.abc import Sequence

from qabot.adapter import PersonOption
from qabot.messaging.folding import plain_letters
from qabot.workflows.core import told_apart
from qabot.workflows.core.unit import Unit


def options(unit: Unit, query: str, limit: int) -> Sequence[PersonOption]:
    """At most so many of those who work here, by name; those in whose name the `query` stands, if it is not empty,
    whatever its accents and apostrophes.

    Where it stands in nobody's name: those in whose whole label it stands, which holds the team and what tells two
    people of one name apart. Somebody's whole label is that person alone, and so is their number.
    """
    if query.isdecimal():
        # A form that is shown again knows whom it names by number: they may stand beyond all that a picker offers.
        known = told_apart.labels(unit.directory)
        return [PersonOption(each, known[each]) for each in known if str(each) == query]
    named, people = told_apart.labels(unit.directory), unit.directory.people
    if not (part := plain_letters(query)):
        return [PersonOption(each, label) for each, label in named.items()][:limit]
    # As it is written first: "Zoe Lane" and "Zoë Lane" may be two people.
    written = " ".join(query.casefold().split())
    exact = [number for number, label in named.items() if label.casefold() == written]
    labels = {number: plain_letters(label) for number, label in named.items()}
    whole = exact or [number for number, label in labels.items() if label == part]
    by_name = [each for each in named if part in plain_letters(people[each].own_name or people[each].name)]
    by_label = [number for number, label in labels.items() if part in label]
    return [PersonOption(each, named[each]) for each in (whole or by_name or by_label)[:limit]]
