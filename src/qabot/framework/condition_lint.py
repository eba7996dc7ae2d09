"""What can be wrong with conditions: they ask nothing, name a grade that is none, or could never hold."""

from collections.abc import Collection, Iterator, Set

from qabot.framework.duties import Condition
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_grade
from qabot.framework.vocabulary import asked, grading_scales, values_of

Found = tuple[KeyPath, str]
UNSAID = frozenset({"person", "date", "rows"})
"""Kinds of answers that no file can know."""
STEPS = {"planned": 0, "given": 1, "submitted": 2}
"""The first moments of a piece of work, in order."""
BEFORE, LATER = -1, 3


def check(
    framework: Framework, conditions: Collection[Condition], at: KeyPath, activities: Collection[str]
) -> Iterator[Found]:
    """Every problem of the conditions that stand at a key, about work of these activities: where, and what is wrong."""
    grades = [grade for scale in framework.scales.values() for grade in scale.labels]
    ungraded = without_grades(framework, activities)
    for index, condition in enumerate(conditions):
        here: KeyPath = (*at, index) if len(conditions) > 1 else at
        if condition == Condition():
            yield here, "this asks nothing; expected a condition such as {any-grade: [red]}"
        for key, named in (("grade", condition.grade), ("any-grade", condition.any_grade)):
            for grade in named:
                if grade not in grades:
                    yield (*here, key), no_grade(framework, grade)
            if named and key in ungraded:
                yield (*here, key), ungraded[key]
            elif named:
                yield from _of_other_work(framework, named, activities, (*here, key))
        for name, values in condition.answer.items():
            yield from _answers(framework, name, values, (*here, "answer", name))


def _of_other_work(
    framework: Framework, named: Collection[str], activities: Collection[str], here: KeyPath
) -> Iterator[Found]:
    """Grades that other work is given, and this never is; not those of a scale that nothing asks any more."""
    scales = {each.scale for each in framework.questions.values() if each.scale in framework.scales}
    elsewhere = {grade for name in scales if name is not None for grade in framework.scales[name].labels}
    own = grading_scales(framework, activities) if here[-1] == "any-grade" else _overall(framework, activities)
    known = [grade for name in sorted(own) for grade in framework.scales[name].labels]
    titles = [framework.activities[each].title for each in sorted(activities) if each in framework.activities]
    for grade in named:
        if known and grade in elsewhere and grade not in known:
            yield here, f"no {titles[0]} is given the grade {grade!r}, so this never holds{_such_as(known)}"


def asked_too_late(framework: Framework, name: str, question: str) -> str:
    """A duty that asks what this one's condition is about, where all that do open as this opens, or later; else ""."""
    opens = [moment.partition(".") for moment in framework.duties[name].when]
    steps = [STEPS.get(moment) for thing, _, moment in opens if thing in framework.activities]
    by = asked(framework).get(question, ())
    if not by or len(steps) < len(opens) or not all(each in framework.duties for each in by):
        return ""
    last = max((LATER if each is None else each for each in steps), default=0)
    return by[0] if last < LATER and all(_soonest(framework, each, frozenset()) >= last for each in by) else ""


def _soonest(framework: Framework, name: str, seen: Set[str]) -> int:
    """At which step of a piece of work a duty may open at the soonest; before all of them where that is not known."""
    steps = []
    for moment in framework.duties[name].when:
        thing, _, happened = moment.partition(".")
        if thing in framework.activities:
            steps.append(STEPS.get(happened, LATER))
        elif thing in framework.duties and thing not in seen:
            steps.append(_soonest(framework, thing, seen | {name}))
        else:
            steps.append(BEFORE)
    return min(steps, default=BEFORE)


def _overall(framework: Framework, activities: Collection[str]) -> frozenset[str]:
    """The scales of these activities' grades."""
    known = [framework.activities[each].grade for each in activities if each in framework.activities]
    scales = [framework.questions[each].scale for each in known if each is not None and each in framework.questions]
    return frozenset(each for each in scales if each is not None and each in framework.scales)


def without_grades(framework: Framework, activities: Collection[str]) -> dict[str, str]:
    """Why a condition on a grade could not hold for some of this work, by the condition's key."""
    # That a grade is said to be what it cannot be is told where that is said.
    behind = [each for each in sorted(activities) if is_ungraded(framework, each)]
    without = {"grade": behind, "any-grade": [each for each in behind if not grading_scales(framework, (each,))]}
    return {
        key: f"work of {names[0]!r} has no grade, so this could never hold for it; give it a 'grade', or leave it out"
        for key, names in without.items()
        if names
    }


def is_ungraded(framework: Framework, activity: str) -> bool:
    """Whether work of an activity has no grade; of one that is none nothing is said."""
    known = framework.activities.get(activity)
    return known is not None and known.grade is None


def _such_as(known: Collection[str]) -> str:
    return f"; expected one or more of {', '.join(known)}" if known else "; expected an answer"


def _answers(framework: Framework, name: str, values: tuple[str, ...], here: KeyPath) -> Iterator[Found]:
    questions = asked(framework)
    if name not in framework.questions or name not in questions:
        yield here, f"nothing asks {name!r}{did_you_mean(name, sorted(questions))}"
        return
    kind = framework.questions[name].kind
    if kind in UNSAID:
        yield (
            here,
            f"{name!r} is answered by a {kind}, so no answer can stand here; ask for a choice, a scale or a tick",
        )
        return
    known = values_of(framework, name)
    if not values:
        yield here, f"no answer stands here, so this could never hold{_such_as(known)}"
    for value in values:
        if known and value not in known:
            yield here, f"{value!r} is no answer to {name!r}{did_you_mean(value, known)}"
