"""What can be wrong with who does work, when and about what: each problem is the key path and a sentence."""

from collections.abc import Iterator, Sequence

from qabot.framework.activities import Activity, Quota
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import PEOPLE, sources

Found = tuple[KeyPath, str]
KINDS = ("per", "shared-by", "for-each")
UNOWNED = ("place", "theme", "nothing")
"""What work can be about that has no practitioner."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of every activity."""
    for name, activity in framework.activities.items():
        at: KeyPath = ("activities", name)
        yield from _when(framework, at, activity)
        yield from _about(at, activity)
        yield from _roles(framework, (*at, "asked-by"), activity.asked_by)
        for index, quota in enumerate(activity.do):
            yield from _quota(framework, (*at, "do", index), quota)
        yield from _pools(at, activity)
    yield from _nobodys(framework)


def _when(framework: Framework, at: KeyPath, activity: Activity) -> Iterator[Found]:
    yield from (((*at, "every"), what) for what in activity.every.problems())
    if activity.every.on_request and activity.do:
        yield (*at, "do"), "work on request comes only when it is asked for: take 'do' out, or say 'every' how often"
    if "every" not in activity.model_fields_set and not activity.asked_by:
        yield at, "nothing says when this is done: expected 'every', or 'asked-by' with the roles that ask for it"
    if not activity.every.on_request and "do" not in activity.model_fields_set:
        yield at, "nothing says who does this: expected 'do', or 'do: []' if all of it is imported"


def _about(at: KeyPath, activity: Activity) -> Iterator[Found]:
    if activity.about != "case" and activity.cases is not None:
        yield (*at, "cases"), f"work about {said(activity.about)} hands out no case: take 'cases' out"
    for index, quota in enumerate(activity.do):
        if quota.for_each is not None and activity.about != "person":
            yield (
                (*at, "do", index, "for-each"),
                "this is about each of them, so the work is about a person: expected 'about: person' beside 'do'",
            )


def said(about: str) -> str:
    """What work is about, in words: "a place", "nothing"."""
    return about if about == "nothing" else f"a {about}"


def _quota(framework: Framework, at: KeyPath, quota: Quota) -> Iterator[Found]:
    given = [name for name, value in zip(KINDS, (quota.per, quota.shared_by, quota.for_each), strict=True) if value]
    if len(given) != 1:
        given_keys = f"found {' and '.join(given)}" if given else "found none of them"
        yield at, f"expected exactly one of 'per', 'shared-by' and 'for-each', {given_keys}"
    if quota.for_each is not None and not quota.owes:
        yield (*at, "for-each"), "nothing says who does it about each of them: expected 'owes' with their roles"
    if quota.owes and quota.for_each is None:
        yield (*at, "owes"), "this says who does it about each of some people: expected 'for-each' with their role"
    if quota.most is not None and not quota.shared_by:
        yield (*at, "most"), "this is the most that one of a pool has: expected it with 'shared-by' alone"
    for key, role in (("per", quota.per), ("for-each", quota.for_each)):
        if role is not None:
            yield from _roles(framework, (*at, key), (role,), listed=False)
    for key, roles in (("shared-by", quota.shared_by), ("owes", quota.owes)):
        yield from _roles(framework, (*at, key), roles)
    if quota.for_each is not None and set(quota.owes) == {quota.for_each}:
        yield (*at, "owes"), "nobody looks at their own work: expected another role than that of 'for-each'"


def _roles(framework: Framework, at: KeyPath, names: Sequence[str], *, listed: bool = True) -> Iterator[Found]:
    for index, name in enumerate(names):
        place = (*at, index) if listed else at
        if name in framework.roles:
            if name in names[:index]:
                yield place, f"{name!r} stands here twice: once is enough"
        elif name in PEOPLE:
            yield place, f"nobody holds {name!r}: it is no role, and means somebody else each time; name a role"
        else:
            yield place, no_role(framework, name)


def _pools(at: KeyPath, activity: Activity) -> Iterator[Found]:
    seen: list[set[str]] = []
    for index, quota in enumerate(activity.do):
        pool = set(quota.shared_by)
        if pool and pool in seen:
            yield (
                (*at, "do", index, "shared-by"),
                "the same roles share a number above: write one number for both",
            )
        seen.append(pool)


def _nobodys(framework: Framework) -> Iterator[Found]:
    """Duties that the practitioner owes, or hears of, where there is none."""
    for name, duty in framework.duties.items():
        for key, people in (("owes", duty.owes), ("owes-each", duty.owes_each), ("tell", duty.tell)):
            if "practitioner" not in people:
                continue
            for activity in sorted(behind(framework, name)):
                about = framework.activities[activity].about
                if about in UNOWNED:
                    yield (
                        ("duties", name, key, people.index("practitioner")),
                        f"{activity!r} is about {said(about)}, which is nobody's work: it has no practitioner",
                    )


def behind(framework: Framework, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The activities whose work a duty can be about, directly or by a chain."""
    activities: set[str] = set()
    for moment in framework.duties[name].when:
        for thing in sources(framework, moment):
            if thing in framework.activities:
                activities.add(thing)
            elif thing in framework.duties and thing not in seen:
                activities |= behind(framework, thing, seen | {name, thing})
    return activities
