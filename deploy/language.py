"""Count which rule each key of the framework language serves, from frameworks/catalogue.csv; write the tables.

Run it with: python -m deploy.language
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from qabot.framework import Framework, load
from qabot.framework.activities import Activity, Quota
from qabot.framework.cases import Cases
from qabot.framework.coverage import TEXT, Entry, covering, read_catalogue
from qabot.framework.duties import USUAL, AccordingTo, Condition, Duty, LetOff, PutOff, Question, Scale
from qabot.framework.gatherings import Gathering, ImportedEvent, WorkList
from qabot.framework.named_periods import NamedPeriod
from qabot.framework.samples import Sample
from qabot.framework.schema import Processes
from qabot.framework.steps import Ladder, Step
from qabot.framework.vocabulary import asks_after

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "frameworks"
DESIGN = ROOT / "docs" / "design.md"
DRAFTS = ROOT / "tests" / "unit" / "framework" / "data"
HEADING = "## What a duty can say, and for how many rules\n"
BEGIN, END = "<!-- counted: python -m deploy.language -->\n", "<!-- end of what is counted -->\n"
SAID = ("yes", "could")
PARTS: dict[str, type[BaseModel]] = {
    "duties": Duty,
    "if": Condition,
    "due": AccordingTo,
    "put-off": PutOff,
    "let-off": LetOff,
    "questions": Question,
    "calendar": NamedPeriod,
    "activities": Activity,
    "do": Quota,
    "cases": Cases,
    "samples": Sample,
    "scales": Scale,
    "gatherings": Gathering,
    "lists": WorkList,
    "events": ImportedEvent,
    "ladders": Ladder,
    "steps": Step,
    "processes": Processes,
}
"""The parts of a file in which rules are said, by the word before the dot of a key in the catalogue."""
STAYS = {
    "duties.roll": "the same word as in a step; no offset says which side of a bank holiday is meant",
    "duties.judged-by": 'that "not satisfied" moves on as silence does; a second duty could not refuse the first',
    "duties.makes": "only a person can say who does another audit of the same case, and no other key makes work",
    "put-off.send": "the pair of `tell`, as in a duty",
    "duties.let-off": "exemptions are on every council's list of what it reports, though no framework writes them down",
    "duties.lapses": "what nobody owes has no date that could pass, and would wait on somebody's list for ever",
    "let-off.approve": "belongs to `let-off`",
    "put-off.approve": "more time that a manager must agree to; without it whoever owes it gives one alone",
    "cases.within": "the other side of `never`: a whole service's own cases, without naming all that are none",
    "cases.line": "in and out of the line by turns is one word, and neither `never` nor `within` has a memory",
    "cases.overlap": "of so many in a hundred no other key says that they are looked at twice",
    "put-off.within": "how late a new date may be is a council's to say, and must not be a number in Python",
    "questions.least": "a number is refused as it is entered if it cannot be meant",
    "questions.greatest": "belongs to `least`",
    "questions.never": "who must not chair a meeting about their own work is refused as it is entered",
    "questions.present-on": "so is who is away on that day",
    "activities.opens": "a window within a cycle, or of the year; the same word as of a duty",
    "questions.decides": "what is read because of an answer is said by the question's part, and never by its name",
    "calendar.rule": "a council's calendar is said by few rules, and rests on it by more",
    "calendar.title": "what people read in place of a key",
    "calendar.days": "the days themselves",
    "samples.over": "a share of a whole cycle, drawn month by month; `every: quarter` would draw it at its end",
    "samples.if": "the language's word for what narrows: the same condition as of a duty",
    "samples.always": "low grades are looked at again where a council asks for it; another sample would draw twice",
    "samples.overlap": "of so many in a hundred no other key says that they are looked at twice",
    "samples.counts": "what a duty looked at again counts towards the share; drawn twice, it would be judged twice",
    "gatherings.days": "meetings whose days no rhythm gives, or another system sets",
    "gatherings.announce": "how early papers are asked for; as one number in Python it would rule out an early date",
    "events.rule": "no rhythm and no moment of the work gives a day that another system knows",
    "events.title": "belongs to `rule`",
    "events.about": "whose team and worker it is that something is owed by",
    "steps.each": "one rule in four keys, and running ladders are kept with them: written as steps of their own, a "
    "monthly reminder would also speak at once to whoever joins in mid-quarter",
    "steps.day": "belongs to `each`",
    "steps.since": "belongs to `each`",
    "steps.until": "belongs to `each`",
    "steps.deputies": "an alert that nobody took also goes to whoever stands in",
    "processes.stand_in": "the rule behind what Python does by itself; ends when a duty says it",
}
"""Why a key that serves fewer than two rules stays in the language."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule or step of a framework: its entry, the keys that say it, and how far it is carried out.

    `carried`: `yes`, a file that ships says it; `could`, a draft does; `not yet`; or `no`.
    """

    entry: Entry
    keys: frozenset[str]
    carried: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.entry.id

    @property
    def framework(self) -> str:
        """The framework that it is of."""
        return self.entry.framework

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing to carry it out; empty of one that is carried out, and of one that is not for a chat."""
        return self.entry.missing if self.carried == "not yet" else ()


@cache
def rows() -> list[Row]:
    """The catalogue, in its order."""
    return [_row_of(entry) for entry in read_catalogue([SHIPPED])]


def _row_of(entry: Entry) -> Row:
    own = _files_of(entry.framework)
    keys = said().get(entry.cited, set())
    if _is_scale(entry):
        keys = {key for each in own for scale in each.scales.values() for key in written("scales", scale)}
    if keys or entry.how == TEXT:
        by_us = any(entry.cited in keys_by_rule(each) or entry.how == TEXT for each in own if each in shipped())
        return Row(entry, frozenset(keys), "yes" if by_us else "could")
    return Row(entry, frozenset(), "not yet" if entry.missing else "no")


def _is_scale(entry: Entry) -> bool:
    """Whether it is said by a scale: no key of a scale cites a rule, so it stands under `rules` alone."""
    return entry.kind == "grade" and entry.how == TEXT


@cache
def files() -> list[Framework]:
    """The files that ship, and the drafts in which what the language can say of others is written down."""
    return [*shipped(), *(load(path, [SHIPPED]) for path in sorted(DRAFTS.glob("*.yaml")))]


@cache
def shipped() -> list[Framework]:
    """The files that ship, in the order of their names."""
    return [load(path.stem, [SHIPPED]) for path in sorted(SHIPPED.glob("*.yaml"))]


@cache
def _files_of(council: str) -> list[Framework]:
    return [each for each in files() if _council(each) == council]


def _council(framework: Framework) -> str:
    return covering(framework, read_catalogue([SHIPPED])).council


def all_keys() -> list[str]:
    """Every key in which a rule can be said, as `part.key`."""
    return [
        f"{part}.{field.alias or name}" for part, model in PARTS.items() for name, field in model.model_fields.items()
    ]


def written(part: str, value: BaseModel) -> list[str]:
    """The keys that a file has written of one part of it."""
    fields = type(value).model_fields
    return [f"{part}.{fields[name].alias or name}" for name in fields if name in value.model_fields_set]


def keys_by_rule(framework: Framework) -> dict[str, set[str]]:
    """Which keys say each rule that a file cites."""
    found: dict[str, set[str]] = {}
    for rule, keys in _said(framework):
        found.setdefault(rule, set()).update(keys)
    return found


def _said(framework: Framework) -> Iterator[tuple[str, Iterable[str]]]:
    for name, duty in framework.duties.items():
        if framework.picked_for(name) or asks_after(framework, name):
            continue
        yield duty.rule, _of_duty(framework, duty)
    for question in framework.questions.values():
        if question.rule is not None:
            yield question.rule, written("questions", question)
    for activity in framework.activities.values():
        yield activity.rule, [*written("activities", activity), *_of_form(framework, activity)]
        if activity.cases is not None:
            yield activity.cases.rule, ["activities.cases", *written("cases", activity.cases)]
        yield from ((quota.rule, ["activities.do", *written("do", quota)]) for quota in activity.do)
    yield from ((each.rule, written("calendar", each)) for each in framework.named_periods.values())
    yield from (
        (framework.named_periods[name].rule, ["activities.rest"])
        for activity in framework.activities.values()
        for names in activity.rest.values()
        for name in names
    )
    for gathering in framework.gatherings.values():
        lists = [each for each in gathering.lists if isinstance(each, WorkList)]
        yield (
            gathering.rule,
            [*written("gatherings", gathering), *(key for one in lists for key in written("lists", one))],
        )
        yield from ((each.rule, ["gatherings.brings"]) for each in gathering.brings.values())
    yield from ((event.rule, written("events", event)) for event in framework.events.values())
    yield from ((sample.rule, written("samples", sample)) for sample in framework.samples.values())
    for kind in framework.kinds():
        for terms in framework.terms(kind):
            if terms.ladder in framework.ladders and terms.ladder != USUAL:
                yield from _of_ladder(framework.ladders[terms.ladder], terms.rule)
    yield from ((rule, [f"processes.{name}"]) for name, rule in framework.processes)


def _of_form(framework: Framework, activity: Activity) -> Iterator[str]:
    for question in (framework.questions[name] for name in activity.ask):
        yield from written("questions", question)
        if question.scale is not None:
            yield from written("scales", framework.scales[question.scale])


def _of_duty(framework: Framework, duty: Duty) -> Iterator[str]:
    yield from written("duties", duty)
    yield from (key for each in duty.if_ for key in written("if", each))
    if isinstance(duty.due, AccordingTo):
        yield from written("due", duty.due)
    if duty.put_off is not None:
        yield from written("put-off", duty.put_off)
    if duty.let_off is not None:
        yield from written("let-off", duty.let_off)
    asked = (framework.questions[name] for name in duty.ask if name in framework.questions)
    yield from (key for each in asked for key in written("questions", each))


def _of_ladder(ladder: Ladder, rule: str) -> Iterator[tuple[str, list[str]]]:
    for step in ladder.steps:
        yield step.citing(rule).rule, [*written("ladders", ladder), *written("steps", step)]


@cache
def said() -> dict[str, set[str]]:
    """Which keys say each rule, in all the files."""
    found: dict[str, set[str]] = {}
    for framework in files():
        for rule, keys in keys_by_rule(framework).items():
            found.setdefault(rule, set()).update(keys)
    return found


def serving(catalogue: Iterable[Row]) -> dict[str, list[str]]:
    """The rules that each key serves."""
    found: dict[str, list[str]] = {key: [] for key in all_keys()}
    for row in catalogue:
        for key in row.keys if row.carried in SAID else ():
            found[key].append(row.id)
    return found


def wanting(catalogue: Iterable[Row]) -> dict[str, list[str]]:
    """The rules that each missing key would serve, the most wanted first."""
    found: dict[str, list[str]] = {}
    for row in catalogue:
        for key in row.missing:
            found.setdefault(key, []).append(row.id)
    return dict(sorted(found.items(), key=lambda each: (-len(each[1]), each[0])))


def few(catalogue: Iterable[Row]) -> dict[str, list[str]]:
    """The keys that serve fewer than two rules, each with these and with our own rules (OURS) that use it."""
    files_say = said()
    ours = {
        key: [rule for rule, keys in files_say.items() if rule.startswith("OURS") and key in keys] for key in all_keys()
    }
    return {key: [*ids, *ours[key]] for key, ids in serving(catalogue).items() if len(ids) < 2}


def table(catalogue: list[Row]) -> str:
    """What docs/design.md holds: how much is said, by which keys, which of them serve few, and what is missing."""
    return "\n\n".join(
        "\n".join(each) for each in (_carried(catalogue), _keys(catalogue), _few(catalogue), _missing(catalogue))
    )


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _carried(catalogue: list[Row]) -> Iterator[str]:
    yield _row("framework", "rules and steps", "carried out", "could be said", "not yet", "not for a chat")
    yield "|---|---|---|---|---|---|"
    for name in [*dict.fromkeys(row.framework for row in catalogue), "all"]:
        of = [row.carried for row in catalogue if name in (row.framework, "all")]
        yield _row(name, len(of), *map(of.count, (*SAID, "not yet", "no")))


def _keys(catalogue: list[Row]) -> Iterator[str]:
    yield from (_row("part", "its keys, each with how many rules it serves"), "|---|---|")
    counts = serving(catalogue)
    for part in PARTS:
        keys = (f"`{key.partition('.')[2]}` {len(ids)}" for key, ids in counts.items() if key.startswith(f"{part}."))
        yield _row(part, ", ".join(keys))


def _few(catalogue: list[Row]) -> Iterator[str]:
    yield from (_row("key that serves fewer than two", "rules, and our own", "why it stays"), "|---|---|---|")
    yield from (_row(f"`{key}`", ", ".join(ids) or "none", STAYS.get(key, "")) for key, ids in few(catalogue).items())


def _missing(catalogue: list[Row]) -> Iterator[str]:
    yield from (_row("what is missing", "rules", "such as"), "|---|---|---|")
    yield from (_row(each, len(ids), ", ".join(ids[:5])) for each, ids in wanting(catalogue).items())


def page(text: str, counted: str) -> str:
    """The page with what is counted between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{counted}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the tables into docs/design.md."""
    DESIGN.write_text(page(DESIGN.read_text("utf-8"), table(rows())), "utf-8")


if __name__ == "__main__":
    main()
