"""A framework in plain English, as plain data for whoever prints it."""

from collections.abc import Iterable
from dataclasses import replace

from qabot.framework import describe_gatherings, describe_questions, describe_samples
from qabot.framework.activities import Activity, Quota
from qabot.framework.describe_words import (
    DOES,
    HAPPENED,
    NAMED,
    Naming,
    counted,
    happens,
    item,
    said_answer,
    said_condition,
    said_names,
    said_of_row,
    said_pattern,
    said_people,
    said_time,
    said_times,
    said_title,
    spoken,
)
from qabot.framework.duties import AccordingTo, Duty, PutOff
from qabot.framework.lint import cited
from qabot.framework.named_periods import EVERYBODY
from qabot.framework.offsets import Offset
from qabot.framework.questions import Scale
from qabot.framework.schema import Framework, Rule
from qabot.framework.sections import Item, Section, listed, sentence
from qabot.framework.spoken_cases import spoken_cases
from qabot.framework.steps import Ladder, Step
from qabot.framework.vocabulary import columns, is_made
from qabot.messaging.values import capital, join_and

CONFIRM = "confirm before go-live"
AS_IN_FILE = Naming()

LADDER, REMINDERS = "Ladder: ", "Reminders: "
"""What a ladder is called in a description: for whoever writes a file, and for people."""
_FLAGS = {"E": "explicit", "A": "ambiguous", "G": "gap", "M": "misprint"}


def describe(framework: Framework, naming: Naming = AS_IN_FILE) -> list[Section]:
    """The whole framework, in the order in which a person would read it; without parts of which it has nothing."""
    sections = [
        _council(framework, naming),
        _roles(framework, naming),
        *_calendar(framework),
        *(_activity(framework, each) for each in framework.activities.values()),
        describe_samples.section(framework),
        *describe_questions.sections(framework, naming),
        _duties(framework, naming),
        *describe_gatherings.sections(
            framework,
            describe_gatherings.Words(
                lambda whole, name: _duty_item(whole, name, naming), said_people, said_condition, spoken, naming.thing
            ),
        ),
        *(_ladder(framework, name, each, naming) for name, each in framework.ladders.items()),
        _processes(framework),
        _rules(framework),
        _readings(framework),
    ]
    whole = [each for each in sections if each.items]
    return whole if naming.messages is None else [_for_people(each) for each in whole]


def _for_people(section: Section) -> Section:
    """Without the word of the file for what people know as reminders."""
    items = tuple(replace(each, text=each.text.replace(LADDER, REMINDERS)) for each in section.items)
    return replace(section, title=section.title.replace(LADDER, REMINDERS), items=items)


def step_sentence(framework: Framework, ladder: str, step: Step, naming: Naming = AS_IN_FILE) -> str:
    """One step of this ladder in words; with its rule, or all that it may cite, unless that stands beside it."""
    at = step.at and (
        counted(framework.every_ladder[ladder].points, step.at) if naming.messages is not None else step.at
    )
    when = _monthly(step) if step.each else f"{spoken(at)}{_rolled(step)}" if at else "never"
    whom = said_people(framework, step.to) + (" and their deputies" if step.deputies else "")
    again = f", and again {spoken(step.repeat)} until it is closed" if step.repeat else ""
    gathered = {"recipient": ", one list for each person", "week": ", one list a week"}.get(step.gather or "", "")
    lane = ", as an alert" if step.lane == "alert" else ", in the weekly news" if step.lane == "news" else ""
    closures = "; closure days do not stop the clock" if step.closures == "ignore" else ""
    rules = " or ".join(framework.rules_of(ladder, step))
    cited_rules = f" ({rules})" if naming.messages is None else ""
    sentence = f"{when}: send {naming.message(step.send)} to {whom}{lane}{gathered}{again}{closures}{cited_rules}"
    return sentence[0].upper() + sentence[1:]


def _monthly(step: Step) -> str:
    since = spoken(step.since).removeprefix("on ") if step.since else "the beginning"
    until = spoken(step.until).removeprefix("on ") if step.until else "the end"
    return f"on day {step.day} of each month{_rolled(step)}, from {since} to {until}"


def _rolled(step: Step) -> str:
    """How a day that is no working day is moved; nothing for a moment or a count of working days."""
    if step.at is not None:
        moment = not step.at.count and all(each in HAPPENED for each in step.at.anchors)
        if moment or step.at.unit.startswith("working"):
            return ""
    side = {"earlier": "before", "later": "after"}.get(step.roll)
    return f", rolled to the working day {side}" if side else ""


def _council(framework: Framework, naming: Naming) -> Section:
    council = framework.council
    closures = listed([f"{each.day} {each:%B %Y}" for each in council.closure_days]) or "none"
    held = "at once" if council.alerts_outside_hours == "send" else "from 08:30 on the next working day"
    return Section(
        framework.title,
        f"From: {framework.source}",
        (
            Item(f"Council: {council.name}"),
            Item(f"When a child may be at risk now: {council.duty_line}"),
            Item(f"Working hours: {said_time(council.opens)} to {said_time(council.closes)}; closure days: {closures}"),
            Item(f"Digests: between {said_time(council.digest_earliest)} and {said_time(council.digest_latest)}"),
            Item(f"Alerts outside working hours are sent {held}"),
            Item(f"A case reference is {said_pattern(council.case_reference)}"),
            *(_scale(name, each, naming) for name, each in framework.scales.items()),
        ),
    )


def _scale(name: str, scale: Scale, naming: Naming) -> Item:
    called = "A scale" if naming.messages is not None else f"Scale {name.replace('-', ' ')} ({scale.version})"
    return Item(f"{called}: {', '.join(map(scale.label, scale.labels))}")


def _roles(framework: Framework, naming: Naming) -> Section:
    items = []
    for name, role in framework.roles.items():
        where = "for the whole council" if role.of == "council" else f"of the case's {role.of}"
        does = f"; {join_and(DOES[each] for each in role.does)}" if role.does else ""
        above = f"; above: {framework.roles[role.above].title}" if role.above in framework.roles else ""
        items.append(Item(f"{naming.thing(role.title, name)}: {where}{does}{above}"))
    return Section("Roles", "Who is above stands in where nobody holds a role.", tuple(items))


def _activity(framework: Framework, activity: Activity) -> Section:
    return Section(
        capital(activity.title),
        _often(activity),
        (
            *(item(framework, _quota(framework, activity, each), each.rule) for each in activity.do),
            *_asked_for(framework, activity),
            _subject_matter(framework, activity),
            *_window(framework, activity),
            *_rests(framework, activity),
            Item(_form(framework, activity)),
            Item(sentence(f"Ladder: {framework.every_ladder[activity.ladder].title}")),
        ),
    )


def _often(activity: Activity) -> str:
    if activity.every.since_last:
        return "It is done since the last one: each subject has a clock of its own."
    return f"A cycle is {activity.every.spoken()}." if activity.every.count else "It is done on request."


def _window(framework: Framework, activity: Activity) -> list[Item]:
    """When work is given and due, where that is not the whole of its cycle."""
    items = [Item(f"Its work is given {spoken(activity.opens)}.")] if activity.opens else []
    if isinstance(activity.due, AccordingTo):
        name = activity.due.according_to.removeprefix("last.")
        question = framework.questions.get(name)
        by = [
            f"{spoken(offset)} for {said_answer(framework, question, answer)}"
            for answer, offset in activity.due.by_answer.items()
        ]
        what = f"what the last one says under “{question.label}”" if question else f"the last one's {name}"
        items.append(Item(f"It is due by {what}: {', '.join(by)}, else {spoken(activity.due.else_)}."))
    elif activity.due is not None:
        items.append(Item(f"It is due {spoken(activity.due)}."))
    return [replace(each, text=each.text.replace(NAMED["last"], "the last one")) for each in items]


def _rests(framework: Framework, activity: Activity) -> list[Item]:
    """Who rests, and when; the rule is the period's own."""
    items = []
    for who, periods in activity.rest.items():
        whom = f"the {said_title(framework, who)}" if who in framework.roles else f"team {who}"
        subject = "Nobody" if who == EVERYBODY else f"Nobody of {whom}"
        for name in periods:
            period = framework.named_periods[name]
            text = f"{subject} is given any in a cycle with a day of {period.title or name}."
            items.append(item(framework, text, period.rule))
    return items


def _calendar(framework: Framework) -> list[Section]:
    """The named periods; no section where there is none."""
    items = [
        item(framework, f"{each.title or name}: {listed([span.spoken() for span in each.days])}.", each.rule)
        for name, each in framework.named_periods.items()
    ]
    return [Section("Calendar", "Periods that have a name.", tuple(items))] if items else []


def _subject_matter(framework: Framework, activity: Activity) -> Item:
    """What a piece of it is about, and how that is found."""
    if activity.about != "case":
        about = {
            "person": "a person; where nothing else says whom, whoever does it names them",
            "place": "a place, which whoever does it names",
            "theme": "a theme, which whoever does it names",
            "nothing": "nothing in particular",
        }
        return Item(f"It is about {about[activity.about]}. No case is drawn.")
    return item(framework, spoken_cases(framework, activity), activity.drawing.rule)


def _asked_for(framework: Framework, activity: Activity) -> Iterable[Item]:
    if activity.asked_by:
        who = said_people(framework, activity.asked_by)
        text = f"{who[0].upper()}{who[1:]} may ask for one, from whom they choose and by the day they say."
        yield item(framework, text, activity.rule)


def _form(framework: Framework, activity: Activity) -> str:
    """What its form asks, and which answer is the grade."""
    known = [(name, framework.questions[name]) for name in activity.ask if name in framework.questions]
    asks = [
        f"{question.label} ({'the grade, ' if name == activity.grade else ''}"
        f"{describe_questions.answers(framework, question)}"
        f"{', may be left out' if question.optional else ''})"
        for name, question in known
    ]
    said = f"Its form asks: {'; '.join(asks)}." if asks else "Its form asks no questions of its own."
    return said if activity.grade else f"{said} It has no grade."


def _quota(framework: Framework, activity: Activity, quota: Quota) -> str:
    what = activity.title if quota.count == 1 else activity.plural
    often, fewer = activity.every.spoken(), "fewer for somebody who is away or joins late."
    if quota.for_each is not None:
        about, owes = (
            said_title(framework, quota.for_each),
            " or ".join(said_title(framework, each) for each in quota.owes),
        )
        return f"{quota.count} {what} {often} about each {about}, by the {owes} of their team; none about who is away."
    if quota.shared_by:
        pool = said_people(framework, quota.shared_by)
        most = quota.most or 1
        return (
            f"{quota.count} {what} {often}, shared by {pool} in turn: whoever waited longest has the next one, at most "
            f"{most} each. Who is away has fewer, and what nobody can be given is told."
        )
    return f"Each {said_title(framework, quota.per or '')} does {quota.count} {what} {often}, {fewer}"


def _duties(framework: Framework, naming: Naming) -> Section:
    there = [name for name in framework.duties if name not in framework.opened.gone]
    own = [name for name in there if not is_made(framework, name) and not framework.gathering_of(name)]
    items = [_duty_item(framework, each, naming) for each in own]
    return Section("Duties", "What follows when something happens: who owes what by when.", tuple(items))


def _duty_item(framework: Framework, name: str, naming: Naming = AS_IN_FILE) -> Item:
    duty = framework.duties[name]
    return item(framework, _duty(framework, name, duty, naming), duty.rule)


def _duty(framework: Framework, name: str, duty: Duty, naming: Naming) -> str:
    when = duty.every.spoken() if duty.every else " or ".join(happens(framework, each) for each in duty.when)
    if_ = f", if {' or '.join(said_condition(framework, each) for each in duty.if_)}" if duty.if_ else ""
    off = " Switched off by this council." if duty.rule in framework.without else ""
    if not duty.everybody:
        whom = said_names(framework, name, duty.tell)
        return (
            f"{naming.thing(duty.title, name)}: {when}{if_}, {naming.message(duty.send or '')} is sent to {whom}.{off}"
        )
    one = "each owe it" if duty.owes_each else "owe it; one answer is enough" if len(duty.owes) > 1 else "owes it"
    labels = describe_questions.asked_by(framework, duty.ask)
    asks = f" {sentence(f'Asked: {listed(labels)}')}" if labels else ""
    holds = " The work is not final before." if duty.holds else ""
    later = _put_off(framework, name, duty.put_off) if duty.put_off else ""
    if duty.let_off:
        later += f" Whoever owes it may be let off{_if_agreed(framework, duty.let_off.approve)}."
    if duty.ends_with:
        later += f" It ends by itself {' or '.join(happens(framework, each) for each in duty.ends_with)}."
    later += f" Unanswered it is withdrawn {spoken(duty.lapses)}." if duty.lapses else ""
    judges = said_names(framework, name, duty.judged_by)
    later += f" It is done once {judges} {'are' if len(duty.judged_by) > 1 else 'is'} satisfied." if judges else ""
    later += f" Until {spoken(duty.opens)} it takes no answer." if duty.opens else ""
    later += f" {_made(framework, duty.makes)}" if duty.makes else ""
    later += f" {describe_questions.promise(duty, said_names(framework, name, duty.reads))}" if duty.is_survey else ""
    ladder = framework.every_ladder[duty.told_by].title
    return (
        f"{naming.thing(duty.title, name)}: {when}{if_}, {said_names(framework, name, duty.everybody)} {one}"
        + (f"{_due_of(framework, name, duty)}.{asks}{holds}")
        + (f"{later} {sentence(f'Ladder: {ladder}')}{off}")
    )


def _put_off(framework: Framework, kind: str, put_off: PutOff) -> str:
    ahead = spoken(put_off.within).removesuffix(" after today")
    tells = f" It is told to {said_names(framework, kind, put_off.tell)}." if put_off.tell else ""
    return (
        f" A new date may be given {said_times(put_off.times)}, at most {ahead} ahead"
        f"{_if_agreed(framework, put_off.approve)}.{tells}"
    )


def _made(framework: Framework, activity: str) -> str:
    title = framework.activities[activity].title
    return (
        f"Whoever answers says who does another {title} of the same case, due on the same day; it fills no quota, and "
        "this is done when it is submitted."
    )


def _if_agreed(framework: Framework, roles: tuple[str, ...]) -> str:
    return f", if {' or '.join(said_people(framework, (each,)) for each in roles)} agrees" if roles else ""


def _due_of(framework: Framework, kind: str, duty: Duty) -> str:
    held = columns(framework, kind, "date")

    def said(offset: Offset) -> str:
        anchors = tuple(said_of_row(each) if each in held else each for each in offset.anchors)
        return spoken(replace(offset, anchors=anchors), framework)

    side = {"earlier": ", rolled to the working day before", "later": ", rolled to the working day after"}
    if isinstance(duty.due, AccordingTo):
        question = framework.questions.get(duty.due.according_to)
        by = [
            f"{said(offset)} for {said_answer(framework, question, answer)}"
            for answer, offset in duty.due.by_answer.items()
        ]
        return f", due {', '.join(by)}, else {said(duty.due.else_)}"
    if not isinstance(duty.due, Offset):
        return ", with no date"
    return f", due {said(duty.due)}{side.get(duty.roll, '')}"


def _ladder(framework: Framework, name: str, ladder: Ladder, naming: Naming) -> Section:
    named = naming.messages is None or any(
        each.at and not {*counted(ladder.points, each.at).anchors}.isdisjoint(ladder.points) for each in ladder.steps
    )
    points = [Item(f"{point} is {spoken(offset)}.") for point, offset in ladder.points.items()] if named else []
    steps = [_step(framework, name, each, naming) for each in ladder.steps]
    off = [rule for each in ladder.steps for rule in framework.rules_of(name, each) if rule in framework.without]
    switched = [Item(f"Switched off by this council: {listed(off)}")] if off else []
    return Section(
        f"Ladder: {naming.thing(ladder.title, name)}",
        "It stops when the deadline is closed.",
        (*points, *steps, *switched),
    )


def _step(framework: Framework, ladder: str, step: Step, naming: Naming) -> Item:
    rules = framework.rules_of(ladder, step)
    confirm = any(framework.rules[each].confirm for each in rules if each in framework.rules)
    return Item(step_sentence(framework, ladder, step, naming), " or ".join(rules), (), confirm)


def _processes(framework: Framework) -> Section:
    fields = type(framework.processes).model_fields
    items = [item(framework, fields[name].description or "", rule) for name, rule in framework.processes]
    return Section("Processes", "What people do that no ladder, quota or sample asks for.", tuple(items))


def _rules(framework: Framework) -> Section:
    used = {rule for _, rule in cited(framework)} - set(framework.without)
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
