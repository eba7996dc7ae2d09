"""A framework in plain English, as plain data for whoever prints it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from qabot.framework.lint import cited
from qabot.framework.offsets import Offset
from qabot.framework.schema import Activity, DeadlineRule, Framework, Ladder, Quota, Rule, Sample, Step
from qabot.messaging.values import join_and

CONFIRM = "confirm before go-live"

_FLAGS = {"E": "explicit", "A": "ambiguous", "G": "gap", "M": "misprint"}
_HAPPENED = frozenset({"submitted", "raised", "drawn", "finalised", "moderated"})
"""Anchors that are what happened to an audit or alert."""
_NAMED = {"due": "the due date", "cycle-start": "the start of the cycle", "last": "the time before"}
_CYCLES = {
    "month": "each month",
    "two-months": "every two months",
    "quarter": "each quarter of the financial year",
    "half-year": "every half-year",
    "year": "each year",
}
_PEOPLE = {
    "owner": "whoever owes it",
    "auditor": "the auditor",
    "practitioner": "the practitioner",
    "line-manager": "the line manager",
}
_DOES = {
    "leads-team": "leads the team",
    "oversees": "oversees its cases",
    "runs-quality": "runs quality assurance",
}
_STOPS = {
    "acknowledged": "It stops when somebody acknowledges it.",
    "confirmed": "It stops when somebody confirms that it is done.",
    "completed": "It stops when the work is completed.",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a sentence, the rule that it cites, notes below it, and whether the council must confirm it."""

    text: str
    rule: str = ""
    notes: tuple[str, ...] = ()
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence below it (may be empty), and its lines."""

    title: str
    intro: str
    items: tuple[Item, ...]


def describe(framework: Framework) -> list[Section]:
    """The whole framework, in the order in which a person would read it."""
    return [
        _council(framework),
        _roles(framework),
        *(_activity(framework, each) for each in framework.activities.values()),
        _samples(framework),
        _deadlines(framework),
        *(_ladder(framework, name, each) for name, each in framework.ladders.items()),
        _processes(framework),
        _rules(framework),
        _readings(framework),
    ]


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def spoken(offset: Offset) -> str:
    """An offset in words: "7 days before the due date", "when it is raised"."""
    if not offset.count:
        return _when(offset.anchors)
    plural = "" if abs(offset.count) == 1 else "s"
    side = "before" if offset.count < 0 else "after"
    return f"{abs(offset.count)} {offset.unit}{plural} {side} {_base(offset.anchors)}"


def _when(anchors: Sequence[str]) -> str:
    if all(each in _HAPPENED for each in anchors):
        return f"when it is {' or '.join(anchors)}"
    return f"on {' or '.join(_NAMED.get(each, each) for each in anchors)}"


def _base(anchors: Sequence[str]) -> str:
    if all(each in _HAPPENED for each in anchors):
        return f"it is {' or '.join(anchors)}"
    return " or ".join(_NAMED.get(each, each) for each in anchors)


def step_sentence(framework: Framework, ladder: str, step: Step) -> str:
    """One step of this ladder in words, with its rule, or all that it may cite."""
    when = _monthly(step) if step.each else f"{spoken(step.at)}{_rolled(step)}" if step.at else "never"
    whom = _people(framework, step.to) + (" and their deputies" if step.deputies else "")
    again = f", and again {spoken(step.repeat)} until it is closed" if step.repeat else ""
    gathered = ", one list for each person" if step.gather else ""
    lane = ", as an alert" if step.lane == "alert" else ", in the weekly news" if step.lane == "news" else ""
    closures = "; closure days do not stop the clock" if step.closures == "ignore" else ""
    rules = " or ".join(framework.rules_of(ladder, step))
    sentence = f"{when}: send '{step.send}' to {whom}{lane}{gathered}{again}{closures} ({rules})"
    return sentence[0].upper() + sentence[1:]


def _monthly(step: Step) -> str:
    since = spoken(step.since).removeprefix("on ") if step.since else "the beginning"
    until = spoken(step.until).removeprefix("on ") if step.until else "the end"
    return f"on day {step.day} of each month{_rolled(step)}, from {since} to {until}"


def _rolled(step: Step) -> str:
    """How a day that is no working day is moved; nothing for a moment or a count of working days."""
    if step.at is not None:
        moment = not step.at.count and all(each in _HAPPENED for each in step.at.anchors)
        if moment or step.at.unit.startswith("working"):
            return ""
    side = {"earlier": "before", "later": "after"}.get(step.roll)
    return f", rolled to the working day {side}" if side else ""


def _people(framework: Framework, names: Iterable[str]) -> str:
    """Roles with one article, then the people of the deadline: "the Practice Lead and Service Manager"."""
    roles = [framework.roles[each].title for each in names if each in framework.roles]
    people = [_PEOPLE.get(each, each) for each in names if each not in framework.roles]
    if people and roles:
        return listed([*people, *(f"the {each}" for each in roles)])
    return f"the {listed(roles)}" if roles else listed(people)


def _item(framework: Framework, text: str, rule_id: str) -> Item:
    rule = framework.rules.get(rule_id)
    return Item(text, rule_id, (), rule.confirm if rule else False)


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _council(framework: Framework) -> Section:
    council = framework.council
    closures = listed([f"{each.day} {each:%B %Y}" for each in council.closure_days]) or "none"
    held = "at once" if council.alerts_outside_hours == "send" else "from 08:30 on the next working day"
    return Section(
        framework.title,
        f"From: {framework.source}",
        (
            Item(f"Council: {council.name}"),
            Item(f"When a child may be at risk now: {council.duty_line}"),
            Item(f"Working hours: {_clock(council.opens)} to {_clock(council.closes)}; closure days: {closures}"),
            Item(f"Digests: between {_clock(council.digest_earliest)} and {_clock(council.digest_latest)}"),
            Item(f"Alerts outside working hours are sent {held}"),
            Item(f"A case reference looks like {council.case_reference}"),
            Item(f"Grades ({framework.grade_version}): {', '.join(map(framework.grade_label, framework.grades))}"),
            Item(f"An alert is raised by: {listed([framework.grade_label(each) for each in framework.alert_grades])}"),
        ),
    )


def _roles(framework: Framework) -> Section:
    items = []
    for name, role in framework.roles.items():
        where = "for the whole council" if role.of == "council" else f"of the case's {role.of}"
        does = f"; {join_and(_DOES[each] for each in role.does)}" if role.does else ""
        above = f"; above: {framework.roles[role.above].title}" if role.above in framework.roles else ""
        items.append(Item(f"{role.title} ({name}): {where}{does}{above}"))
    return Section("Roles", "Who is above stands in where nobody holds a role.", tuple(items))


def _activity(framework: Framework, activity: Activity) -> Section:
    barred = {"involved": "in which they were involved", "oversight": "which they oversee"}
    exclusions = " or ".join(barred[each] for each in activity.allocation.exclude)
    never = f", and nobody is given one {exclusions}" if exclusions else ""
    parts = listed([part.label + (" (the audit's grade)" if part.overall else "") for part in activity.parts])
    prepared = [Item(f"Before a cycle starts: {listed(activity.prepare)}")] if activity.prepare else []
    return Section(
        activity.title,
        f"A cycle is {_CYCLES[activity.cycle]}.",
        (
            *(_item(framework, _quota(framework, activity, each), each.rule) for each in activity.quota),
            _item(framework, f"Cases are drawn at random{never}.", activity.allocation.rule),
            Item(f"Graded: {parts}"),
            *prepared,
        ),
    )


def _quota(framework: Framework, activity: Activity, quota: Quota) -> str:
    what = activity.title if quota.count == 1 else activity.plural
    less = ", fewer for somebody who is away or joins late" if quota.pro_rata else ""
    return f"Each {_title(framework, quota.per)} does {quota.count} {what} {_CYCLES[activity.cycle]}{less}."


def _title(framework: Framework, name: str) -> str:
    role = framework.roles.get(name)
    return role.title if role else name


def _samples(framework: Framework) -> Section:
    items = [_item(framework, _sample(framework, each), each.rule) for each in framework.samples.values()]
    return Section("Samples", "Drawn on the first working day of a month, at random, rounded up.", tuple(items))


def _sample(framework: Framework, sample: Sample) -> str:
    pool = "each team's audits" if sample.each == "team" else "all audits"
    period = "the month before" if sample.period == "month" else "the cycle so far"
    least = f", at least {sample.minimum}" if sample.minimum else ""
    always = listed([framework.grade_label(each) for each in sample.always])
    besides = f"; every {always} one besides, at once" if always else ""
    return (
        f"{sample.title}: the {_title(framework, sample.moderator)} looks at {sample.percent}% of {pool} of {period}"
        + (f"{least}{besides}.")
    )


def _deadlines(framework: Framework) -> Section:
    items = [
        _item(framework, _deadline(framework, kind, each), each.rule) for kind, each in framework.deadlines.items()
    ]
    return Section("Deadlines", "Who owes what by when.", tuple(items))


def _deadline(framework: Framework, kind: str, deadline: DeadlineRule) -> str:
    owner = "whoever is given it" if deadline.owner == "owner" else _people(framework, [deadline.owner])
    side = {"earlier": ", rolled to the working day before", "later": ", rolled to the working day after"}
    due = f", due {spoken(deadline.due)}{side.get(deadline.roll, '')}" if deadline.due else ""
    ladder = framework.ladders.get(deadline.ladder)
    off = " Switched off by this council." if deadline.rule in framework.off else ""
    return f"{kind}: owed by {owner}{due}. Ladder: {ladder.title if ladder else deadline.ladder}.{off}"


def _ladder(framework: Framework, name: str, ladder: Ladder) -> Section:
    points = [Item(f"{point} is {spoken(offset)}.") for point, offset in ladder.points.items()]
    steps = [_step(framework, name, each) for each in ladder.steps]
    off = [rule for each in ladder.steps for rule in framework.rules_of(name, each) if rule in framework.off]
    switched = [Item(f"Switched off by this council: {listed(off)}")] if off else []
    return Section(f"Ladder: {ladder.title} ({name})", _STOPS[ladder.stop], (*points, *steps, *switched))


def _step(framework: Framework, ladder: str, step: Step) -> Item:
    rules = framework.rules_of(ladder, step)
    confirm = any(framework.rules[each].confirm for each in rules if each in framework.rules)
    return Item(step_sentence(framework, ladder, step), " or ".join(rules), (), confirm)


def _processes(framework: Framework) -> Section:
    fields = type(framework.processes).model_fields
    items = [_item(framework, f"{fields[name].description}.", rule) for name, rule in framework.processes]
    return Section("Processes", "What people do that no ladder, quota or sample asks for.", tuple(items))


def _rules(framework: Framework) -> Section:
    used = {rule for _, rule in cited(framework)} - set(framework.off)
    items = [_rule(rule_id, rule, rule_id in used) for rule_id, rule in framework.rules.items()]
    return Section("Rules", "In our own words; the source's are where it says.", tuple(items))


def _rule(rule_id: str, rule: Rule, used: bool) -> Item:
    flags = listed([_FLAGS[each] for each in rule.flag.replace(" ", "").split(",")])
    reading = [f"Reading: {rule.reading}"] if rule.reading else []
    reference = [f"See {rule.reference} below"] if rule.reference else []
    standing = [] if used else ["Nothing cites it"]
    return Item(rule.text, rule_id, (f"Source: {rule.source} ({flags})", *reading, *reference, *standing), rule.confirm)


def _readings(framework: Framework) -> Section:
    items = [Item(text, reference, (), True) for reference, text in framework.confirm.items()]
    return Section(
        "Readings to confirm before go-live", "What qabot does where the source can be read in two ways.", tuple(items)
    )
