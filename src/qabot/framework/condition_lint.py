"""What can be wrong with conditions: they ask nothing, name a grade that is none, or could never hold."""

from collections.abc import Collection, Iterator

from qabot.framework.duties import Condition
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_grade
from qabot.framework.vocabulary import asked, grading_scales, values_of

Found = tuple[KeyPath, str]
UNSAID = frozenset({"person", "date", "rows"})
"""Kinds of answers that no file can know."""


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
        for name, values in condition.answer.items():
            yield from _answers(framework, name, values, (*here, "answer", name))


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
