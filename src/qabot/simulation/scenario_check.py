"""What can be wrong with a scenario that its file's types cannot see: nothing that it names may be unknown."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from qabot.errors import IdentifierFound
from qabot.framework import Framework
from qabot.framework.quoting import quote
from qabot.framework.source import KeyPath
from qabot.imports.cells import did_you_mean, reference_problem
from qabot.messaging.identifiers import check_text
from qabot.simulation.scenario_parts import (
    AnswerDuty,
    AskFor,
    Bring,
    CancelGathering,
    Correct,
    HoldGathering,
    LetOff,
    Moderate,
    MoveGathering,
    Nominate,
    Outage,
    Press,
    Snooze,
    Submit,
)
from qabot.workflows.registrations import new_registry

NAMES_A_PERSON = frozenset({"auditor", "practitioner", "by", "owner", "person", "deputy", "nominee", "to", "for"})


def wrong_in(does: Any, where: KeyPath, at: datetime, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """What only the framework or the moment can show to be wrong."""
    pattern = framework.council.case_reference
    match does:
        case Submit(answers=answers) | Correct(answers=answers):
            for name, value in answers.items():
                yield from (((*where, "answers", name), what) for what in _no_answer(name, value, framework))
        case Moderate(grade=grade) if grade not in _grades(framework):
            yield (*where, "grade"), _no_grade(grade, framework)
        case AnswerDuty(duty=duty) | LetOff(duty=duty) | Bring(duty=duty) if duty not in framework.duties:
            near = did_you_mean(duty, list(framework.duties))
            yield (*where, "duty"), f"{framework.framework} has no duty {duty!r}{near}"
        case Press():
            yield from _wrong_press(does, where, framework)
        case AskFor():
            yield from _wrong_request(does, where, framework)
        case (
            HoldGathering(gathering=gathering)
            | MoveGathering(gathering=gathering)
            | CancelGathering(gathering=gathering)
        ) if gathering not in framework.gatherings:
            near = did_you_mean(gathering, list(framework.gatherings))
            yield (*where, "gathering"), f"{framework.framework} has no gathering {gathering!r}{near}"
        case Snooze(until=until) | Outage(until=until) if until <= at:
            yield (*where, "until"), "is not after the happening itself: expected a later moment"
        case Nominate():
            for name, given in (("what", does.what), ("difference", does.difference)):
                try:
                    check_text(given, case_reference=pattern)
                except IdentifierFound as wrong:
                    yield (*where, name), str(wrong)
            if does.case_reference and (what := reference_problem(does.case_reference, pattern)):
                yield (*where, "case_reference"), what
    choice = getattr(does, "audit", None)
    if choice is not None and choice.case is not None and (what := reference_problem(choice.case, pattern)):
        yield (*where, "audit", "case"), what


def _wrong_press(does: Press, where: KeyPath, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """A button, duty or gathering that there is not."""
    known = {
        "button": sorted(new_registry().verbs),
        "duty": list(framework.duties),
        "gathering": [*framework.gatherings],
    }
    for name, names in known.items():
        given = getattr(does, name)
        if given is not None and given not in names:
            near = did_you_mean(given, names) or (f": expected one of {', '.join(names)}" if names else "")
            yield (*where, name), f"there is no {name} {given!r}{near}"


def _wrong_request(does: AskFor, where: KeyPath, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """What cannot be asked for, and text that looks as if it pointed to a child."""
    known = [name for name, each in framework.activities.items() if each.asked_by]
    if does.activity not in known:
        near = did_you_mean(does.activity, known) or (f": expected one of {', '.join(known)}" if known else "")
        yield (*where, "activity"), f"nobody asks for {does.activity!r} in {framework.framework}{near}"
        return
    about = framework.activities[does.activity].about
    given = [each for each in ("case", "person", "place", "theme") if getattr(does, each) is not None]
    if given != ([about] if about != "nothing" else []):
        expected = f"expected {about!r}" if about != "nothing" else "expected none of case, person, place and theme"
        yield where, f"{does.activity} is about {about}: {expected} and nothing else to say what it is about"
    for name in {"place", "theme"} & set(given):
        try:
            check_text(getattr(does, name), case_reference=framework.council.case_reference)
        except IdentifierFound as wrong:
            yield (*where, name), str(wrong)
    if does.case is not None and (what := reference_problem(does.case, framework.council.case_reference)):
        yield (*where, "case"), what


def _no_answer(name: str, value: Any, framework: Framework) -> Iterator[str]:
    """What is wrong with an answer on a form of work."""
    questions = sorted({each for activity in framework.activities.values() for each in activity.ask})
    if name not in questions:
        near = did_you_mean(name, questions) or f": expected one of {', '.join(questions)}"
        yield f"no activity of {framework.framework} asks this{near}"
    elif framework.questions[name].scale is not None and value not in _grades(framework):
        yield _no_grade(value, framework)


def _grades(framework: Framework) -> list[str]:
    return [grade for scale in framework.scales.values() for grade in scale.labels]


def _no_grade(grade: Any, framework: Framework) -> str:
    return f"{quote(grade)} is not a grade: expected one of {', '.join(_grades(framework))}"
