"""What can be wrong with what is asked: forms of work without their grade, questions that nothing asks."""

from collections.abc import Iterator

from qabot.framework.activities import Activity
from qabot.framework.duties import GOES_TO, VERBS
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import asked, hears_concern
from qabot.messaging.values import join_and

Found = tuple[KeyPath, str]
ON_EVERY_FORM = (
    "actions",
    "immediate",
    "why",
    "about",
    "activity",
    "auditor",
    "case_reference",
    "cycle",
    "due",
    "practitioner",
    "submitted_on",
    "team",
)
"""Fields that the form of work, or of its correction, has besides its questions, and columns of a file of audits."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of what activities ask, and every question that nothing asks: its key path and what is wrong."""
    for name, activity in framework.activities.items():
        yield from _asked(framework, activity, ("activities", name))
        if activity.grade is not None:
            at: KeyPath = ("activities", name, "grade")
            yield from ((at, what) for what in _grade(framework, activity, activity.grade))
    own = framework.place(()).file
    # Of rows on which a duty opens, that duty's own moment is told to be a wrong one.
    askers = {*asked(framework), *(each.partition(".")[0] for duty in framework.duties.values() for each in duty.when)}
    for name in framework.questions:
        # What a file that this one extends asks, and this one asks no more, is no fault.
        if name not in {*askers, *VERBS, GOES_TO} and framework.place(("questions", name)).file == own:
            yield (
                ("questions", name),
                f"nothing asks this; ask it, or take it out{did_you_mean(name, _unknown(framework))}",
            )


def warnings(framework: Framework) -> Iterator[Found]:
    """Work in which nobody hears of an immediate concern, where somebody does in other work."""
    unheard = [name for name in framework.activities if not hears_concern(framework, name)]
    for name in unheard if len(unheard) < len(framework.activities) else ():
        yield (
            ("activities", name),
            "nobody hears of an immediate concern in it, so its form asks for none and says whom to phone. Write "
            f"'{name}.submitted' under 'when' of a duty with 'if: {{concern: true}}' to have somebody told",
        )


def _unknown(framework: Framework) -> list[str]:
    return [each for each in asked(framework) if each not in framework.questions and each not in VERBS]


def _asked(framework: Framework, activity: Activity, at: KeyPath) -> Iterator[Found]:
    for index, name in enumerate(activity.ask):
        here: KeyPath = (*at, "ask", index)
        if name in VERBS:
            yield here, f"{name!r} is asked of whoever looks again or acknowledges, by a duty; take it out here"
        elif name not in framework.questions:
            guess = did_you_mean(name, list(framework.questions))
            yield here, f"there is no question {name!r} under 'questions'{guess}"
        elif name in ON_EVERY_FORM or name == GOES_TO:
            what = "already means something on every form of work, or in a file of audits"
            yield here, f"{name!r} {what}; call the question something else"
        if name in activity.ask[:index]:
            yield here, f"{name!r} is asked here already"


def _grade(framework: Framework, activity: Activity, name: str) -> Iterator[str]:
    """What is wrong with the question that is said to be the grade."""
    if name not in activity.ask:
        guess = did_you_mean(name, activity.ask) or f"; expected {_one_of(activity.ask)}"
        yield f"the form does not ask {name!r}{guess}"
        return
    question = framework.questions.get(name)
    if question is not None and question.scale is None:
        yield f"{name!r} is answered by a {question.kind}, and a grade is one of a scale"
    elif question is not None and question.optional:
        yield f"{name!r} may be left out, and work without its grade could not be judged; take its 'optional' out"


def _one_of(names: tuple[str, ...]) -> str:
    return f"one of {join_and(names)}" if names else "something under 'ask' first"
