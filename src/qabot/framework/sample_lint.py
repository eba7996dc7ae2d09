"""What can be wrong with samples: of work that there is none of, of no share or of two, looked at by nobody."""

from collections.abc import Iterator

from qabot.framework import condition_lint
from qabot.framework.cases import INVOLVED, OVERSIGHT, RELATIONS
from qabot.framework.duties import ACKNOWLEDGED, SECOND_GRADE, TOLD_IN_PERSON, VERBS
from qabot.framework.ladders import past, unknown_anchor
from qabot.framework.loader import did_you_mean
from qabot.framework.samples import Sample
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import PRACTITIONER, asks_grade

Found = tuple[KeyPath, str]
ANCHORS = frozenset({"drawn", "submitted", "final"})


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of every sample: its key path and what is wrong."""
    for name, sample in framework.samples.items():
        at: KeyPath = ("samples", name)
        if name in framework.activities:
            yield at, f"{name!r} is an activity as well; call the sample something else"
        yield from (((*at, *path), what) for path, what in _work(framework, sample))
        yield from (((*at, *path), what) for path, what in _size(sample))
        yield from (((*at, *path), what) for path, what in _people(framework, sample))
        yield from (((*at, *path), what) for path, what in _asked(framework, sample))
        yield from _overlap(framework, name, sample, (*at, "overlap"))
        for key, conditions in (("if", sample.if_), ("always", sample.always)):
            yield from condition_lint.check(framework, conditions, (*at, key), sample.of)
        yield from _secret(framework, sample, at)


def _work(framework: Framework, sample: Sample) -> Iterator[Found]:
    known = list(framework.activities)
    for index, name in enumerate(sample.of):
        if name not in known:
            yield ("of", index), f"there is no activity {name!r} under 'activities'{did_you_mean(name, known)}"
    yield from ((("every",), what) for what in sample.every.problems())
    if not sample.every.count:
        yield ("every",), f"nothing says when it is drawn: expected a rhythm such as 'month', found '{sample.every}'"
    for index, duty in enumerate(sample.counts):
        looking = [each for each, entry in framework.duties.items() if entry.looks_again]
        if duty not in looking:
            yield ("counts", index), f"no duty {duty!r} asks for a second grade{did_you_mean(duty, looking)}"
    for anchor in sample.due.anchors:
        if anchor not in ANCHORS:
            yield ("due",), unknown_anchor(anchor, ANCHORS)
    if sample.due.count < 0 and set(sample.due.anchors) <= ANCHORS:
        yield ("due",), past(sample.due.anchors[0])
    if sample.ladder not in framework.every_ladder:
        guess = did_you_mean(sample.ladder, list(framework.every_ladder))
        yield ("ladder",), f"there is no ladder {sample.ladder!r} under 'ladders'{guess}"


def _size(sample: Sample) -> Iterator[Found]:
    given = {"share": sample.share, "count": sample.count}
    if all(each is None for each in given.values()):
        yield (), "nothing says how much is drawn: expected 'share', such as 'share: 20%', or 'count'"
    elif all(each is not None for each in given.values()):
        yield ("count",), "'share' says how much is drawn already; leave one of the two out"
    if sample.share is not None and not 1 <= sample.share <= 100:
        yield ("share",), f"{sample.share}% is no share of the work: expected one from 1% to 100%"
    if sample.count is not None and sample.least > sample.count:
        yield ("least",), f"this is more than 'count' ({sample.count}), which would never be drawn alone"


def _people(framework: Framework, sample: Sample) -> Iterator[Found]:
    if not sample.roles:
        yield (), "nobody looks again: expected 'owes', or 'shared-by' for roles whose holders take turns"
    elif sample.owes and sample.shared_by:
        yield ("shared-by",), "'owes' says who looks again already; leave one of the two out"
    for key, roles in (("owes", sample.owes), ("shared-by", sample.shared_by)):
        for index, role in enumerate(roles):
            if role not in framework.roles:
                yield (key, index), no_role(framework, role)
    for index, word in enumerate(sample.never):
        if word not in RELATIONS:
            guess = did_you_mean(word, RELATIONS) or f"; expected one of {', '.join(RELATIONS)}"
            yield ("never", index), f"{word!r} is nothing that somebody can be kept out for{guess}"


def warnings(framework: Framework) -> Iterator[Found]:
    """Roles that are named in vain: of whom whoever might be asked oversees the work, and so may never look again."""
    for name, sample in framework.samples.items():
        if OVERSIGHT not in sample.never:
            continue
        for key, roles in (("owes", sample.owes), ("shared-by", sample.shared_by)):
            for index, role in enumerate(roles):
                known = framework.roles.get(role)
                if known is not None and "oversees" in known.does and (key == "owes" or known.of == "council"):
                    what = f"whoever is {known.title} oversees the work that is drawn, and so never looks again at it: "
                    yield (
                        ("samples", name, key, index),
                        f"{what}the role above is asked. Write 'never: [{INVOLVED}]' to have them do it",
                    )


def _asked(framework: Framework, sample: Sample) -> Iterator[Found]:
    for index, name in enumerate(sample.ask):
        if name == ACKNOWLEDGED:
            yield ("ask", index), "a draw is no alert, so nobody acknowledges it; ask something else"
        elif name not in framework.questions and name not in VERBS:
            guess = did_you_mean(name, [*framework.questions, *VERBS])
            yield ("ask", index), f"there is no question {name!r} under 'questions'{guess}"
    if not sample.ask:
        yield ("ask",), f"whoever looks again is asked nothing: expected a question, such as [{SECOND_GRADE}]"
    bare = next((each for each in sample.of if condition_lint.is_ungraded(framework, each)), None)
    if SECOND_GRADE in sample.ask and bare is not None:
        yield ("ask",), f"work of {bare!r} has no grade, so nobody can give it a second one; ask something else"
    if TOLD_IN_PERSON in sample.ask and SECOND_GRADE not in sample.ask:
        yield (
            ("ask",),
            f"{TOLD_IN_PERSON!r} is asked beside {SECOND_GRADE!r}, once there is a second grade to talk about",
        )


def _overlap(framework: Framework, name: str, sample: Sample, at: KeyPath) -> Iterator[Found]:
    above = list(framework.samples)[: list(framework.samples).index(name)]
    for other, share in sample.overlap.items():
        if not 1 <= share <= 100:
            yield (*at, other), f"{share}% is no share of what is drawn: expected one from 1% to 100%"
        if other == name:
            yield (*at, other), "this is the sample itself, which always overlaps; expected another one"
        elif other not in framework.samples:
            guess = did_you_mean(other, [each for each in framework.samples if each != name])
            yield (*at, other), f"there is no sample {other!r} under 'samples'{guess}"
        elif other not in above:
            yield (*at, other), f"{other!r} is drawn after this one; put it above"


def _secret(framework: Framework, sample: Sample, at: KeyPath) -> Iterator[Found]:
    """That something was drawn for its grade gives the grade away (sentence 25)."""
    if not any(asks_grade(framework, each) for each in (*sample.if_, *sample.always)):
        return
    ladder = framework.every_ladder.get(sample.ladder)
    for step in ladder.steps if ladder is not None else ():
        if PRACTITIONER in step.to:
            what = "a step of this ladder goes to the practitioner, and what is drawn here may be drawn for its grade"
            yield (*at, "ladder"), f"{what}; let them hear of it from a person first"
            return
