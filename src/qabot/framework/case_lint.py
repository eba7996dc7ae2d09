"""What can be wrong with how cases are chosen: nobody to pick them, none that is ever left, overlaps with nothing."""

from collections.abc import Iterator

from qabot.framework.activities import Activity
from qabot.framework.cases import OVERSIGHT, OWN_SERVICE, OWN_TEAM, RELATIONS, WORDS, Cases
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role

Found = tuple[KeyPath, str]


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of every activity's cases: its key path and what is wrong."""
    for name, activity in framework.activities.items():
        at: KeyPath = ("activities", name, "cases")
        yield from _from(framework, activity, at)
        yield from _words(activity.drawing, at)
        yield from _none_left(activity.drawing, at)
        yield from _overlap(framework, name, activity.drawing, at)


def _from(framework: Framework, activity: Activity, at: KeyPath) -> Iterator[Found]:
    role = activity.drawing.from_
    if role is None:
        return
    if role not in framework.roles:
        yield (*at, "from"), no_role(framework, role)
    if activity.every.on_request:
        yield (*at, "from"), "whoever asks for work names its case, so nobody picks any before: leave this out"


def _words(cases: Cases, at: KeyPath) -> Iterator[Found]:
    for index, word in enumerate(each.relation for each in cases.never):
        if word and word not in RELATIONS:
            needs = word == "audited-within"
            guess = did_you_mean(word, [*RELATIONS, "audited-within"]) or f"; expected {WORDS}"
            what = f"{word!r} is no kind of case that can be kept out{guess}"
            yield (*at, "never", index), f"this needs a time: write {{{word}: 12 months}}" if needs else what
    for index, word in enumerate(cases.within):
        if word not in RELATIONS:
            guess = did_you_mean(word, RELATIONS) or f"; expected one of {', '.join(RELATIONS)}"
            yield (*at, "within", index), f"{word!r} is nothing that cases can be kept to{guess}"


def _none_left(cases: Cases, at: KeyPath) -> Iterator[Found]:
    """Rules that leave no case to anybody, or none whose turn it could be."""
    within = [each for each in cases.within if each in RELATIONS]
    if within and all(_is_never(cases, each) for each in within):
        yield (*at, "within"), f"'never' takes all of this away ({', '.join(within)}), so no case would ever be left"
    if cases.line is None:
        return
    if _is_never(cases, OVERSIGHT):
        yield (*at, "line"), f"'never: {OVERSIGHT}' takes away every case in line: leave one of the two out"
    elif within == [OVERSIGHT]:
        yield (*at, "line"), f"'within: {OVERSIGHT}' takes away every case out of line: leave one of the two out"


def _is_never(cases: Cases, word: str) -> bool:
    """Whether `never` keeps these out: whoever's own team it is, their own service it is too."""
    return word in cases.relations or (word == OWN_TEAM and OWN_SERVICE in cases.relations)


def _overlap(framework: Framework, name: str, cases: Cases, at: KeyPath) -> Iterator[Found]:
    for other, share in cases.overlap.items():
        here = (*at, "overlap", other)
        if not 1 <= share <= 100:
            yield here, f"{share}% is no share of the cases: expected one from 1% to 100%"
        if other == name:
            yield here, "these are the activity's own cases, which always are; expected another activity"
        elif other not in framework.activities:
            guess = did_you_mean(other, [each for each in framework.activities if each != name])
            yield here, f"there is no activity {other!r} under 'activities'{guess}"
        elif circle := _circle(framework, name, other):
            yield here, f"this goes round in a circle: {' overlaps '.join(circle)}; one must be chosen first"


def _circle(framework: Framework, name: str, other: str) -> list[str]:
    """The way from an activity by what it overlaps back to itself; of each circle only where it begins in the file."""
    before = list(framework.activities)[: list(framework.activities).index(name)]
    ways = [[name, other]]
    seen = {name}
    while ways:
        way = ways.pop()
        if way[-1] == name:
            return [] if set(way) & set(before) else way
        if way[-1] in seen or way[-1] not in framework.activities:
            continue
        seen.add(way[-1])
        ways += [[*way, each] for each in framework.activities[way[-1]].drawing.overlap]
    return []
