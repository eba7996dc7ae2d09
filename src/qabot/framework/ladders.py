"""What can be wrong with a ladder: steps that never fire, go back in time, reach nobody or end in silence."""

from collections.abc import Collection, Iterator

from qabot.framework.loader import did_you_mean
from qabot.framework.offsets import Offset
from qabot.framework.schema import AUDIT, Framework
from qabot.framework.source import KeyPath
from qabot.framework.steps import Ladder, Step
from qabot.framework.timing import Distance, distance, known_offsets
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import PEOPLE, anchors, is_happening
from qabot.messaging.values import join_and

Found = tuple[KeyPath, str]
WEEK = {"day": 6}
"""How much later at most something is said in a message of the week."""


def check(framework: Framework, messages: Collection[str] | None) -> Iterator[Found]:
    """Every problem of every ladder: its key path and what is wrong."""
    for name, ladder in framework.ladders.items():
        at: KeyPath = ("ladders", name)
        kinds = [kind for kind in framework.kinds() if any(terms.ladder == name for terms in framework.terms(kind))]
        if not kinds:
            yield at, "no duty, activity or sample uses this ladder, so it can never fire"
        rules = [terms.rule for kind in kinds for terms in framework.terms(kind) if terms.ladder == name]
        live = any(rule not in framework.without for rule in rules)
        if live and all(step.rule in framework.without for step in ladder.steps):
            yield (*at, "steps"), "every step's rule is switched off, so this ladder can never fire"
        yield from _anchors(framework, ladder, at, kinds)
        yield from _steps(framework, name, at, messages)
        for kind in kinds:
            yield from _order(framework, ladder, at, kind)
        yield from _end(framework, ladder, at, kinds)
        if late := [kind for kind in kinds if _speaks_late(framework, ladder, kind)]:
            what = f"nobody hears of {join_and(late)} before it is due: expected a step on 'opened', or before 'due'"
            yield (*at, "steps"), what


def _speaks_late(framework: Framework, ladder: Ladder, kind: str) -> bool:
    """Whether each step surely comes only after the due date. Whoever is given work hears of it then and there."""
    live = [terms for terms in framework.terms(kind) if terms.rule not in framework.without]
    if kind == AUDIT or all(terms.due is None for terms in live):
        return False
    known = known_offsets(framework, ladder, kind)
    due = distance(Offset(("due",)), known)
    steps = [step for step in ladder.steps if step.rule not in framework.without]
    starts = [(step, step.at or step.since) for step in steps]
    return bool(starts) and all(
        each is not None and due.is_before(distance(each, known).later(WEEK if _waits(step) else {}))
        for step, each in starts
    )


def _waits(step: Step) -> bool:
    """Whether a step is said in a message of the week."""
    return step.lane == "news" or (step.gather == "week" and step.lane != "alert")


def unknown_anchor(anchor: str, known: Collection[str]) -> str:
    """What is wrong with an anchor."""
    return f"{anchor!r} never has a date here{did_you_mean(anchor, sorted(known)) or _known(known)}"


def _known(names: Collection[str]) -> str:
    """The names of dates that there are; of many moments of other duties one stands for all."""
    own, others = sorted(each for each in names if "." not in each), sorted(each for each in names if "." in each)
    if len(others) > 1:
        return f"; known: {', '.join(own)}, and moments written out, such as {others[0]}"
    return f"; known: {', '.join([*own, *others])}"


def past(anchor: str) -> str:
    """What is wrong with a date before a moment."""
    return f"nobody knows {anchor!r} before it has come, and by then this has passed; expected a time after it"


def _offsets(ladder: Ladder) -> Iterator[tuple[KeyPath, Offset]]:
    for index, step in enumerate(ladder.steps):
        for key in ("at", "since", "until"):
            offset = getattr(step, key)
            if offset is not None:
                yield ("steps", index, key), offset


def _anchors(framework: Framework, ladder: Ladder, at: KeyPath, kinds: list[str]) -> Iterator[Found]:
    """Anchors and points that are never there. A point may count from those above it."""
    # That a duty says no date, or a wrong one, is told there.
    undated = {kind for kind in kinds if kind in framework.duties and framework.duties[kind].due is None}
    brought = [anchors(framework, kind) | ({"due"} if kind in undated else set()) for kind in kinds]
    if not brought:
        return
    points: set[str] = set()
    for name, offset in ladder.points.items():
        yield from _missing(offset, (*at, "points", name), brought, points)
        points.add(name)
    for path, offset in _offsets(ladder):
        missing = list(_missing(offset, (*at, *path), brought, points))
        yield from missing
        if (
            not missing
            and path[-1] != "until"
            and offset.count < 0
            and all(is_happening(each) for each in offset.anchors)
        ):
            yield (*at, *path), past(offset.anchors[0])


def _missing(offset: Offset, path: KeyPath, brought: list[frozenset[str]], points: set[str]) -> Iterator[Found]:
    every = frozenset().union(*brought) | points
    unknown = [anchor for anchor in offset.anchors if anchor not in every]
    yield from ((path, unknown_anchor(anchor, every)) for anchor in unknown)
    if not unknown and not all((names | points) & set(offset.anchors) for names in brought):
        yield path, f"one of the kinds of deadline with this ladder never has a date for {offset}"


def _steps(framework: Framework, name: str, at: KeyPath, messages: Collection[str] | None) -> Iterator[Found]:
    rules: set[str] = set()
    for index, step in enumerate(framework.ladders[name].steps):
        here: KeyPath = (*at, "steps", index)
        cited = [step.called] if step.called else framework.rules_of(name, step)
        for again in (rule for rule in cited if rule in rules):
            what = (
                f"an earlier step of this ladder has the rule {again!r} too; each needs its own, or a name ('called')"
            )
            yield (*here, "called" if step.called else "rule"), what
        rules.update(cited)
        yield from ((here, what) for what in _never(step))
        yield from _recipients(framework, step, here)
        if step.repeat is not None and (step.repeat.anchors != ("last",) or step.repeat.count <= 0):
            yield (*here, "repeat"), "expected a time after the last one, such as 'last + 1 working day'"
        if messages is not None and step.send not in messages:
            yield (*here, "send"), f"there is no message {step.send!r}{did_you_mean(step.send, sorted(messages))}"


def _never(step: Step) -> Iterator[str]:
    if (step.at is None) == (step.each is None):
        yield "expected either 'at' (once) or 'each: month', and not both"
    elif step.each and (step.since is None or step.until is None):
        yield "a step of each month needs 'since' and 'until', or it can never fire"


def _recipients(framework: Framework, step: Step, here: KeyPath) -> Iterator[Found]:
    for index, name in enumerate(step.to):
        if name not in framework.roles and name not in PEOPLE:
            yield (*here, "to", index), no_role(framework, name, PEOPLE)


def _order(framework: Framework, ladder: Ladder, at: KeyPath, kind: str) -> Iterator[Found]:
    """Windows that are empty, and steps that come before the step above them."""
    known = known_offsets(framework, ladder, kind)
    above: list[Distance] = []
    for index, step in enumerate(ladder.steps):
        here: KeyPath = (*at, "steps", index)
        start = step.at or step.since
        if start is None:
            continue
        begins = distance(start, known)
        if step.until is not None and distance(step.until, known).is_before(begins):
            yield (*here, "until"), "this is before 'since', so the step can never fire"
        if any(begins.is_before(earlier) for earlier in above):
            yield (*here, "at" if step.at else "since"), "this comes before a step above it; put the steps in order"
        above.append(begins)


def _end(framework: Framework, ladder: Ladder, at: KeyPath, kinds: list[str]) -> Iterator[Found]:
    """An alert is told at once, and climbs until somebody acknowledges it."""
    left = [index for index, step in enumerate(ladder.steps) if step.rule not in framework.without]
    alerts = [framework.duties[kind] for kind in kinds if kind in framework.duties and framework.duties[kind].is_alert]
    raised = any(each.rule not in framework.without for each in alerts)
    first = ladder.steps[left[0]] if left else None
    if raised and first is not None and (first.at != Offset(("opened",)) or first.lane != "alert"):
        what = "an alert is told as it is raised: expected 'at: opened' and 'lane: alert' in the first step"
        yield (*at, "steps", left[0]), what
    alert = bool(alerts) or any(step.lane == "alert" for step in ladder.steps)
    if alert and left and ladder.steps[left[-1]].repeat is None:
        yield (
            (*at, "steps", left[-1]),
            (
                "this is the last step of an alert, and no alert may end in silence; "
                "expected 'repeat', such as 'repeat: last + 1 working day'"
            ),
        )
