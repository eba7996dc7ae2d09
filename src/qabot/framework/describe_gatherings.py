"""Gatherings and imported events in plain English, as a part of the description of a framework."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from qabot.framework.duties import Condition
from qabot.framework.gatherings import Gathering, WorkList
from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.sections import Item, Section, listed, sentence


@dataclass(frozen=True, slots=True)
class Words:
    """How the rest of the description says duties, people, conditions, offsets and what has a title and a name."""

    duty: Callable[[Framework, str], Item]
    people: Callable[[Framework, Iterable[str]], str]
    condition: Callable[[Framework, Condition], str]
    offset: Callable[[Offset], str]
    thing: Callable[[str, str], str]


def sections(framework: Framework, words: Words) -> Iterator[Section]:
    """A section for each gathering, and one for the events."""
    for name, each in framework.gatherings.items():
        yield _gathering(framework, name, each, words)
    if framework.events:
        yield _events(framework, words)


def _gathering(framework: Framework, name: str, gathering: Gathering, words: Words) -> Section:
    who = words.people(framework, gathering.people(framework.doing("runs-quality")))
    said = [
        f"{_capital(who)} {'writes' if gathering.is_report else 'chairs'} it.",
        f"It is planned {words.offset(gathering.announce)}.",
    ]
    if gathering.to:
        whom = words.people(framework, gathering.to)
        said.append(f"{'It goes to' if gathering.is_report else 'Invited:'} {whom}.")
    if gathering.ask:
        labels = [framework.questions[each].label if each in framework.questions else each for each in gathering.ask]
        said.append(sentence(f"Asked once it was held: {listed(labels)}"))
    if gathering.rule in framework.without:
        said.append("Switched off by this council.")
    rule = framework.rules.get(gathering.rule)
    return Section(
        words.thing(_capital(gathering.title), name),
        f"{_days(gathering)}{_hours(gathering)}.",
        (
            Item(" ".join(said), gathering.rule, (), rule.confirm if rule else False),
            *(words.duty(framework, each) for each in gathering.brings),
            *(Item(f"Its page lists {_list(framework, each, words)}.") for each in gathering.lists),
        ),
    )


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _hours(gathering: Gathering) -> str:
    if gathering.starts is None or gathering.ends is None:
        return ""
    return f", from {gathering.starts:%H:%M} to {gathering.ends:%H:%M}"


def _days(gathering: Gathering) -> str:
    if gathering.every is not None:
        rolled = " (where that is no working day, on the next one)"
        return f"On the first day of a period, {gathering.every.spoken()}{rolled}"
    if isinstance(gathering.days, tuple):
        return f"On {listed([f'{each.day} {each:%B %Y}' for each in gathering.days])}"
    return "On days that come by a file"


def _list(framework: Framework, each: WorkList | str, words: Words) -> str:
    if isinstance(each, str):
        return "open actions, by reference"
    what = listed([framework.activities[name].plural if name in framework.activities else name for name in each.of])
    if_ = f" of which {' or '.join(words.condition(framework, one) for one in each.if_)}" if each.if_ else ""
    return f"{what} submitted since it was last held{if_}, by reference"


def _events(framework: Framework, words: Words) -> Section:
    about = {"case": "a case", "person": "a person", "place": "a team", "nothing": "nothing else"}
    items = []
    for name, each in framework.events.items():
        rule = framework.rules.get(each.rule)
        text = f"{words.thing(each.title, name)}: about {about[each.about]}."
        items.append(Item(text, each.rule, (), rule.confirm if rule else False))
    return Section("Events that come by a file", "Their day is one to count from.", tuple(items))
