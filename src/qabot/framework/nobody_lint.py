"""Words for people who are nobody where they stand: whose work it is, of what is nobody's work."""

from collections.abc import Iterator, Sequence

from qabot.framework.duties import Duty
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import (
    NOMINATION,
    activities_behind,
    before,
    is_made,
    occasions_behind,
    of_cycle,
    of_turn,
)
from qabot.framework.work_lint import UNOWNED, said

Found = tuple[KeyPath, str]
OF_WORK = ("practitioner", "auditor")


def check(framework: Framework) -> Iterator[Found]:
    """Every such word in a step, and in what no other check of a duty's people looks at: its key path and why."""
    for name, duty in framework.duties.items():
        if is_made(framework, name):
            continue
        absent = _absent(framework, name)
        for keys, people in _people(framework, name, duty):
            for index, word in enumerate(people):
                if word in absent:
                    yield ("duties", name, *keys, index), f"nobody is the {word} here: {absent[word]}; name a role"
    for name, ladder in framework.ladders.items():
        uses = [_absent_of(framework, kind, name) for kind in framework.kinds() if _runs(framework, kind, name)]
        for index, step in enumerate(ladder.steps):
            for number, word in enumerate(step.to):
                if uses and all(word in absent for absent in uses):
                    what = f"nobody is the {word} here: {uses[0][word]}; name a role"
                    yield ("ladders", name, "steps", index, "to", number), what


def _people(framework: Framework, name: str, duty: Duty) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """The lists of people of a duty that `turn_lint`, `gathering_lint` and `work_lint` leave."""
    of_work = bool(activities_behind(framework, name)) and not of_cycle(framework, name)
    if duty.every is None and not occasions_behind(framework, name) and not of_work:
        yield ("owes",), duty.owes
        yield ("owes-each",), duty.owes_each
        yield ("tell",), duty.tell
    yield ("judged-by",), duty.judged_by
    yield ("put-off", "tell"), duty.put_off.tell if duty.put_off else ()
    yield ("put-off", "approve"), duty.put_off.approve if duty.put_off else ()
    yield ("let-off", "approve"), duty.let_off.approve if duty.let_off else ()


def _runs(framework: Framework, kind: str, ladder: str) -> bool:
    return any(terms.ladder == ladder for terms in framework.terms(kind))


def _absent_of(framework: Framework, kind: str, ladder: str) -> dict[str, str]:
    """The words that are nobody for every deadline of a kind that runs a ladder, each with the reason."""
    if kind == AUDIT:
        activities = [name for name, each in framework.activities.items() if each.ladder == ladder]
    elif kind == MODERATION:
        activities = [name for each in framework.samples.values() if each.ladder == ladder for name in each.of]
    else:
        return _absent(framework, kind)
    return _unowned(framework, activities)


def _absent(framework: Framework, name: str) -> dict[str, str]:
    """The words that are nobody for a duty, each with the reason."""
    if of_turn(framework, name):
        return dict.fromkeys(OF_WORK, "this comes round by itself, and is about nobody's work")
    if of_cycle(framework, name):
        return dict.fromkeys(OF_WORK, "this is about a cycle that is only planned, which is nobody's work yet")
    occasions = sorted(occasions_behind(framework, name))
    if occasions:
        about = {event.about for each in occasions if (event := framework.events.get(each)) is not None}
        has_practitioner = bool(about) and about <= {"case", "person"}
        return dict.fromkeys(OF_WORK[1:] if has_practitioner else OF_WORK, f"this is about {occasions[0]!r}")
    activities = sorted(activities_behind(framework, name))
    if not activities and NOMINATION in before(framework, name):
        return {"auditor": "this is about good practice, which nobody audited"}
    return _unowned(framework, activities)


def _unowned(framework: Framework, activities: Sequence[str]) -> dict[str, str]:
    known = [framework.activities[each] for each in activities if each in framework.activities]
    if not known or any(each.about not in UNOWNED for each in known):
        return {}
    return {"practitioner": f"{activities[0]!r} is about {said(known[0].about)}, which is nobody's work"}
