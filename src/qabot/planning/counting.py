"""Counting a survey that has closed: from what each person answered to the figures that may be shown. Pure.

What comes out holds nothing that links two answers of one person, and nothing of a group that must be hidden.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qabot.planning.suppression import COMMENTS, FLOOR, shown

WHOLE = ""
"""The group of everybody."""
ASKED, ANSWERED = "asked", "answered"
PREFER_NOT = "prefer-not"
"""What whoever would rather not answer a question says. It is counted, and is no answer on any scale."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was read: answers to other words, or by another version of a scale, are not counted with it."""

    name: str
    label: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What one person answered: the key of each answer to a closed question, and what they wrote."""

    place: str
    answers: Mapping[Asked, str] = field(default_factory=dict)
    words: Mapping[Asked, str] = field(default_factory=dict)
    sent: bool = False


Figures = dict[tuple[str, Asked | None, str], int]
"""Counts by group, question and answer; of no question, how many were asked and have answered."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What may be shown: the figures, and what people wrote, in any order."""

    figures: Figures = field(default_factory=dict)
    words: Sequence[tuple[Asked, str]] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing may be shown."""
        return not self.figures


def count(sheets: Iterable[Filled]) -> Counted:
    """The figures of all who were asked."""
    everybody = list(sheets)
    sent = [each for each in everybody if each.sent]
    if len(sent) < FLOOR:
        return Counted()
    figures = _rates(everybody)
    for question in dict.fromkeys(each for sheet in sent for each in sheet.answers):
        figures |= _of_question(question, sent)
    words = (
        [(question, text) for each in sent for question, text in each.words.items()] if len(sent) >= COMMENTS else []
    )
    return Counted(figures, words)


def _rates(everybody: Sequence[Filled]) -> Figures:
    """How many were asked and have answered: of all, and of the groups of which that tells nobody who has."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for each in everybody:
        groups[each.place][ANSWERED if each.sent else "not"] += 1
    # Fewer than five who have answered are not to be had either by taking the others from the whole.
    answered = {name: counts[ANSWERED] for name, counts in groups.items()}
    shown_groups = {name: groups[name] for name in shown(groups, answered) or () if name != WHOLE}
    total: Counter[str] = Counter()
    for counts in groups.values():
        total.update(counts)
    return {
        (name, None, what): number
        for name, counts in [(WHOLE, total), *shown_groups.items()]
        for what, number in ((ASKED, sum(counts.values())), (ANSWERED, counts[ANSWERED]))
    }


def _of_question(question: Asked, sent: Sequence[Filled]) -> Figures:
    """The counts of one question. Who would rather not say is counted where the answers are shown, and only there."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    refused: Counter[str] = Counter()
    for each in sent:
        answer = each.answers.get(question)
        if answer == PREFER_NOT:
            refused[each.place] += 1
        elif answer is not None:
            groups[each.place][answer] += 1
    total: Counter[str] = Counter()
    for counts in groups.values():
        total.update(counts)
    places = shown(groups)
    if places is None:
        return {}
    figures: Figures = {(WHOLE, question, answer): number for answer, number in total.items()}
    if refused:
        figures[WHOLE, question, PREFER_NOT] = sum(refused.values())
    for place in places - {WHOLE}:
        figures |= {(place, question, answer): number for answer, number in groups[place].items()}
    return figures
