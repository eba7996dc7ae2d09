"""What can be wrong with gatherings and imported events: days that never come, chairs that nobody can be, lists."""

from collections.abc import Iterator, Sequence
from datetime import date

from qabot.framework import condition_lint, ladders
from qabot.framework.calendar import out_of_reach
from qabot.framework.describe_words import with_article
from qabot.framework.duties import Condition, Duty, offsets_in
from qabot.framework.gatherings import DAY, PLANNED, Gathering, WorkList
from qabot.framework.loader import did_you_mean
from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.timing import ORDINARY_DAYS
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import ROW, is_made, occasions_behind, sources
from qabot.messaging.values import join_and

Found = tuple[KeyPath, str]
OF_WORK = frozenset({"practitioner", "auditor"})
"""Words of a duty that find somebody from a piece of work."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong. That a list of days has run out is told by `calendar_lint`."""
    for name, gathering in framework.gatherings.items():
        at: KeyPath = ("gatherings", name)
        yield from _name(framework, name, at)
        yield from _days(gathering, at)
        yield from _people(framework, gathering, at)
        yield from _announced(framework, name, gathering, at)
        yield from _lists(framework, gathering, at)
        for index, question in enumerate(gathering.ask):
            if question not in framework.questions:
                guess = did_you_mean(question, list(framework.questions))
                yield (*at, "ask", index), f"there is no question {question!r} under 'questions'{guess}"
    for name in framework.events:
        at = ("events", name)
        yield from _name(framework, name, at)
        if name in framework.gatherings:
            yield at, f"{name!r} is a gathering too; call the event something else"
        if not any(name in occasions_behind(framework, each) for each in framework.duties):
            yield at, f"nothing follows from it: expected a duty with 'when: [{name}.planned]'"
    for name, duty in framework.duties.items():
        if not is_made(framework, name) and (behind := occasions_behind(framework, name)):
            yield from _duty(framework, name, duty, behind)


def _name(framework: Framework, name: str, at: KeyPath) -> Iterator[Found]:
    known = {*framework.activities, *framework.samples, *framework.duties, "audit", "moderation", "nomination"}
    if name in known:
        yield at, f"{name!r} already means something else; call this something else"


def _days(gathering: Gathering, at: KeyPath) -> Iterator[Found]:
    if gathering.every is None and gathering.days is None:
        yield at, "nothing says when it is: expected 'every', such as 'month on 3rd Tuesday', or 'days'"
    if gathering.every is not None:
        yield from (((*at, "every"), what) for what in gathering.every.problems())
        if gathering.days is not None:
            yield (*at, "days"), "'every' says already when it is; expected one of the two"
        if gathering.every.on_request:
            yield (*at, "every"), "no clock plans what is on request: expected its days, or 'days: imported'"
    days = gathering.days if isinstance(gathering.days, tuple) else ()
    if gathering.days == ():
        yield (*at, "days"), "expected at least one day, or 'imported'"
    for index, day in enumerate(days):
        if day in days[:index]:
            yield (*at, "days", index), f"{day.isoformat()} stands here twice"
        elif what := out_of_reach(day):
            yield (*at, "days", index), f"{day.isoformat()} {what}"


def _people(framework: Framework, gathering: Gathering, at: KeyPath) -> Iterator[Found]:
    known = list(framework.roles)
    if gathering.chair is not None and gathering.owes:
        yield (
            (*at, "owes"),
            "a report is written by those who owe it, and a meeting has a 'chair': expected one of them",
        )
    lists = (("owes", gathering.owes), ("to", gathering.to))
    for key, names in lists:
        for index, name in enumerate(names):
            if name not in known:
                yield (*at, key, index), no_role(framework, name)
    role = framework.roles.get(gathering.chair) if gathering.chair is not None else None
    if gathering.chair is not None and role is None:
        yield (*at, "chair"), no_role(framework, gathering.chair)
    elif role is not None and role.of != "council":
        yield (
            (*at, "chair"),
            f"nobody can chair it: {with_article(role.title)} is one of each {role.of}, and a gathering belongs to "
            "none; expected a role of the whole council",
        )


def _announced(framework: Framework, name: str, gathering: Gathering, at: KeyPath) -> Iterator[Found]:
    """What is due before anybody is asked for it, on a day like any other."""
    calendar, own = framework.calendar(), (DAY, f"{name}.{DAY}")
    unknown = [each for each in gathering.announce.anchors if each not in own]
    if unknown:
        yield from (((*at, "announce"), ladders.unknown_anchor(each, own)) for each in unknown)
        return

    def days(offset: Offset) -> list[date | None]:
        return [offset.day(dict.fromkeys(own, each), calendar) for each in ORDINARY_DAYS]

    planned = days(gathering.announce)
    if any(day is not None and day > each for day, each in zip(planned, ORDINARY_DAYS, strict=True)):
        yield (*at, "announce"), f"this is after its day; expected one before it, such as '{DAY} - 28 days'"
        return
    for owed, duty in framework.duties.items():
        if duty.when != (f"{name}.{PLANNED}",) or is_made(framework, owed):
            continue
        for key, due in offsets_in(duty.due).items():
            if not set(due.anchors) <= set(own):
                continue
            if any(a is not None and b is not None and a < b for a, b in zip(days(due), planned, strict=True)):
                what = f"this is due before the gathering is announced ({gathering.announce})"
                yield ("duties", owed, "due", *key), f"{what}; write an earlier 'announce'"


def _lists(framework: Framework, gathering: Gathering, at: KeyPath) -> Iterator[Found]:
    known = list(framework.activities)
    for index, each in enumerate(gathering.lists):
        if not isinstance(each, WorkList):
            continue
        here: KeyPath = (*at, "lists", index)
        for number, activity in enumerate(each.of):
            if activity not in known:
                yield (*here, "of", number), f"there is no activity {activity!r}{did_you_mean(activity, known)}"
        yield from condition_lint.check(framework, each.if_, (*here, "if"), each.of)
        for number, condition in enumerate(each.if_):
            if condition.answer:
                place = (*here, "if", number) if len(each.if_) > 1 else (*here, "if")
                yield (*place, "answer"), "a list asks for grades, actions or concerns, and for no answer"


def _duty(framework: Framework, name: str, duty: Duty, behind: frozenset[str]) -> Iterator[Found]:
    """A day is no piece of work: nobody has graded it, and only an event can be about somebody."""
    at: KeyPath = ("duties", name)
    for moment in duty.when:
        others = [each for each in sources(framework, moment) if not _leads_to(framework, each)]
        if others:
            yield (*at, "when"), _mixed(moment, others, sorted(behind)[0])
    if duty.is_alert or duty.looks_again:
        yield (*at, "ask"), "only a piece of work raises an alert or is judged again; ask another question"
    if duty.makes is not None:
        yield (*at, "makes"), "new work is about the case of a piece of work, and this is about a day"
    if any(each != Condition(answer=each.answer) for each in duty.if_):
        yield (*at, "if"), "a day has no grade, no actions and no concern; expected a condition on an 'answer'"
    about = {event.about for each in behind if (event := framework.events.get(each)) is not None}
    named = OF_WORK - {"practitioner"} if about and about <= {"case", "person"} else OF_WORK
    for key, people in (("owes", duty.owes), ("owes-each", duty.owes_each), ("tell", duty.tell)):
        yield from (
            ((*at, key, index), f"nobody is the {each} here: this is about {sorted(behind)[0]!r}; expected a role")
            for index, each in enumerate(people)
            if each in named
        )


def _mixed(moment: str, others: Sequence[str], occasion: str) -> str:
    question, _, name = moment.partition(".")
    if name == ROW:
        asking = join_and([repr(each) for each in others])
        return (
            f"{question!r} is asked by {asking} too, which is about something else than {occasion!r}; ask each a "
            "question of its own, with a duty of its own"
        )
    return f"{moment!r} is about something else than {occasion!r}; make two duties of them"


def _leads_to(framework: Framework, thing: str) -> bool:
    return framework.occasion(thing) is not None or bool(occasions_behind(framework, thing))
