"""What can be wrong with a duty that makes new work: an activity that is none, no date, no case, work without end."""

from collections.abc import Iterator

from qabot.framework import work_lint
from qabot.framework.activities import Activity
from qabot.framework.duties import NONE, SECOND_GRADE, TOLD_IN_PERSON, Duty
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import NOMINATION, sources

Found = tuple[KeyPath, str]
BEFORE_SUBMISSION = ("given", "withdrawn")
"""Moments of new work that nobody has to submit anything for."""


def check(framework: Framework, name: str, duty: Duty) -> Iterator[Found]:
    """Every problem of what a duty makes: its key path and what is wrong."""
    if duty.makes is None:
        return
    at: KeyPath = ("duties", name, "makes")
    activity = framework.activities.get(duty.makes)
    if activity is None:
        guess = did_you_mean(duty.makes, list(framework.activities))
        yield at, f"there is no activity {duty.makes!r} under 'activities'{guess}"
    elif _is_silent(framework, activity):
        yield at, f"every step of {duty.makes!r} is switched off, so nobody would be asked to do the new work"
    else:
        yield from _same_subject(framework, at, name, activity)
    if not duty.everybody:
        yield at, "nothing is owed here, so nobody says whom the new work goes to: expected 'owes' in place of 'tell'"
        return
    if duty.is_alert:
        yield at, "an alert asks to be acknowledged and nothing else; let another duty make the new work"
    elif {SECOND_GRADE, TOLD_IN_PERSON} & set(duty.ask):
        yield at, "a second look asks for a grade or a talk and nothing else; let another duty make the new work"
    elif duty.due in (None, NONE):
        yield ("duties", name, "due"), "the new work is due when this is, so it needs a date"
    if other := _about(framework, name, frozenset()):
        yield at, f"new work is about the case of a piece of work, and this is about {other}, which has none"


def _same_subject(framework: Framework, at: KeyPath, name: str, activity: Activity) -> Iterator[Found]:
    """New work is about what the work before it was about."""
    for before in sorted(work_lint.behind(framework, name)):
        about = framework.activities[before].about
        if about != activity.about:
            these = f"{before!r} is about {work_lint.said(about)}, and this about {work_lint.said(activity.about)}"
            yield at, f"new work is about the same as the work before it: {these}; expected one about the same"


def making(framework: Framework, activity: str, moment: str) -> list[str]:
    """The duties after which work of an activity may leave this moment though nobody has submitted any of it."""
    if moment not in BEFORE_SUBMISSION:
        return []
    return [name for name, duty in framework.duties.items() if duty.makes == activity]


def _is_silent(framework: Framework, activity: Activity) -> bool:
    if activity.ladder not in framework.every_ladder:
        return False
    return not framework.ladder_by(activity.terms).steps


def _about(framework: Framework, name: str, seen: frozenset[str]) -> str:
    """What a duty is about, if that may be no piece of work; "" if it always is one."""
    for moment in framework.duties[name].when:
        thing, _, happened = moment.partition(".")
        if happened == "planned" and thing in framework.activities:
            return "a cycle that is only planned"
        if thing == NOMINATION:
            return "a nomination"
        for each in sources(framework, moment):
            if each in framework.duties and each not in seen and (other := _about(framework, each, seen | {each})):
                return other
    return ""
