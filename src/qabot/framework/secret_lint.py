"""No grade reaches the practitioner: which duties and steps would give one away (the language, sentence 25)."""

from collections.abc import Iterator

from qabot.framework.duties import TOLD_IN_PERSON, AccordingTo, Condition, Duty
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import (
    NOMINATION,
    ROW,
    answered_on,
    asked,
    asks_grade,
    columns,
    council_duty,
    drawn_for_grade,
    graded,
    is_grade,
    is_made,
    questions_behind,
    sources,
)

Found = tuple[KeyPath, str]
PRACTITIONER = "practitioner"
GIVEN_AWAY = (
    "this opens only for some grades, so it would give the grade away to the practitioner; first a duty before it must "
    "ask 'told-in-person', and this open on its 'done'"
)


def check(framework: Framework) -> Iterator[Found]:
    """No grade reaches the practitioner: nothing of theirs stands behind one before somebody has spoken with them."""
    yield from _dates(framework)
    for name in sorted(graded(framework)):
        duty = framework.duties[name]
        if is_made(framework, name) or not _gives_away(framework, duty, frozenset({name})):
            continue
        at: KeyPath = ("duties", name)
        for key, people in _reached(duty):
            if PRACTITIONER in people:
                yield (*at, *key), GIVEN_AWAY
        steps = framework.every_ladder[duty.ladder].steps if duty.ladder in framework.every_ladder else ()
        for index, step in enumerate(steps):
            if PRACTITIONER in step.to and duty.everybody:
                where: KeyPath = ("ladders", duty.ladder, "steps", index, "to")
                yield (where if duty.ladder in framework.ladders else (*at, "ladder")), f"{name!r}: {GIVEN_AWAY}"


def _dates(framework: Framework) -> Iterator[Found]:
    """Dates of what the practitioner owes that go by a grade of which nobody may have spoken with them."""
    for name, duty in framework.duties.items():
        by_grade = isinstance(duty.due, AccordingTo) and is_grade(framework, duty.due.according_to)
        if by_grade and PRACTITIONER in duty.everybody and not _only_after_the_talk(framework, duty, frozenset({name})):
            yield (
                ("duties", name, "due", "according-to"),
                "this goes by a grade, so the date would give it away to the practitioner; first a duty before it must "
                "ask 'told-in-person', and this open on its 'done'",
            )


def is_secret(framework: Framework, kind: str) -> bool:
    """Whether a kind of deadline stands behind a grade of which nobody may have spoken with the practitioner yet."""
    name = council_duty(framework, kind)
    duty = framework.opened.gone.get(name) or framework.duties.get(name)
    if duty is not None and name in framework.opened.gone and not all(_is_known(framework, each) for each in duty.when):
        return True
    return duty is not None and _gives_away(framework, duty, frozenset({name}))


def opens_by_grade(framework: Framework, duty: Duty) -> bool:
    """The same of a duty as it was when it opened something."""
    return _gives_away(framework, duty, frozenset())


def _is_known(framework: Framework, moment: str) -> bool:
    """Whether the file still has the thing of a moment, so that it can be said what stands before it."""
    things = framework.duties, framework.questions, framework.activities, framework.samples, framework.gatherings
    return any(moment.partition(".")[0] in each for each in (*things, framework.events, (NOMINATION,)))


def hidden_from(framework: Framework, question: str) -> frozenset[str]:
    """The columns of a question's rows in which nobody may name the practitioner, because it would tell the grade.

    Who stands there owes something, or hears of it, that opens only for some grades.
    """
    roles: set[str] = set()
    for name in sorted(graded(framework)):
        if question in questions_behind(framework, name) and is_secret(framework, name):
            reached = {each for _, people in _reached(framework.duties[name]) for each in people}
            roles |= reached & columns(framework, name, "person")
    return frozenset(roles)


def _reached(duty: Duty) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    yield ("owes",), duty.owes
    yield ("owes-each",), duty.owes_each
    yield ("tell",), duty.tell
    yield ("judged-by",), duty.judged_by
    yield ("put-off",), (*duty.put_off.tell, *duty.put_off.approve) if duty.put_off else ()
    yield ("let-off",), duty.let_off.approve if duty.let_off else ()


def _gives_away(framework: Framework, duty: Duty, seen: frozenset[str]) -> bool:
    """Whether it opens for some grades only, and on a moment at which the practitioner may not have been told yet."""
    narrowed = [each for each in duty.if_ if asks_grade(framework, each)]
    return any(_secret(framework, moment, narrowed, seen) for moment in duty.when)


def _secret(framework: Framework, moment: str, narrowed: list[Condition], seen: frozenset[str]) -> bool:
    thing, _, name = moment.partition(".")
    if name == ROW:
        # A row is given with the answer of a duty that asks for it, or with the work itself.
        asking = asked(framework).get(thing, ())
        return any(_secret(framework, answered_on(framework, each), narrowed, seen) for each in asking)
    before = framework.duties.get(thing)
    if before is None:
        if name == "moderated":
            return True
        if thing in drawn_for_grade(framework):
            return name != "done" or TOLD_IN_PERSON not in framework.samples[thing].ask
        return bool(narrowed) and not (name == "final" and _final_follows_the_talk(framework, thing, narrowed))
    if TOLD_IN_PERSON in before.ask and name == "done":
        return False
    if narrowed:
        return not _only_after_the_talk(framework, before, seen | {thing})
    return thing not in seen and _gives_away(framework, before, seen | {thing})


def _only_after_the_talk(framework: Framework, duty: Duty, seen: frozenset[str]) -> bool:
    """Whether every way to a duty leads through one that asks whether somebody has spoken with the practitioner."""
    for moment in duty.when:
        name = moment.partition(".")[2]
        for thing in sources(framework, moment):
            before = framework.duties.get(thing)
            if before is None or thing in seen:
                return False
            talked = TOLD_IN_PERSON in before.ask and name in ("done", ROW)
            if not talked and not _only_after_the_talk(framework, before, seen | {thing}):
                return False
    return True


def _final_follows_the_talk(framework: Framework, activity: str, narrowed: list[Condition]) -> bool:
    """Whether a duty that asks for the talk holds the work from becoming final, for every one of these conditions."""
    holding = [each for each in framework.duties.values() if each.holds and TOLD_IN_PERSON in each.ask]
    return all(any(_opens_for(framework, each, activity, condition) for each in holding) for condition in narrowed)


def _opens_for(
    framework: Framework, duty: Duty, activity: str, condition: Condition, seen: frozenset[str] = frozenset()
) -> bool:
    """Whether a duty is sure to open, on submission or down a chain, wherever a condition on a grade holds."""
    if duty.rule in framework.without or (duty.if_ and not any(_holds_wherever(each, condition) for each in duty.if_)):
        return False
    for moment in duty.when:
        thing, _, name = moment.partition(".")
        before = framework.duties.get(thing)
        if moment == f"{activity}.submitted":
            return True
        sure = before is not None and name == "opened" and thing not in seen
        if before is not None and sure and _opens_for(framework, before, activity, condition, seen | {thing}):
            return True
    return False


def _holds_wherever(wide: Condition, narrow: Condition) -> bool:
    """Whether the one condition asks for nothing but a grade, and holds for every grade that the other names."""
    grades = set(narrow.grade)
    if not grades or wide.has_actions is not None or wide.concern is not None or wide.answer:
        return False
    return all(not named or grades <= set(named) for named in (wide.grade, wide.any_grade))
