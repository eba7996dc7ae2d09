"""What can be wrong with a duty that comes round by itself."""

from collections.abc import Iterator

from qabot.framework.duties import AccordingTo, Duty, offsets_in
from qabot.framework.gatherings import AFTER
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import is_made

Found = tuple[KeyPath, str]
OF_WORK = {
    "if_": ("if", "nothing has happened as its turn comes, so there is nothing to ask: take 'if' out"),
    "holds": ("holds", "this is about no piece of work, so it holds none: take 'holds' out"),
    "makes": ("makes", "this is about no piece of work, so no other one can be made of it: take 'makes' out"),
}
NOBODY = ("practitioner", "auditor", "line-manager")


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of every duty with an `every`, and of those that nothing opens."""
    for name, duty in framework.duties.items():
        if is_made(framework, name) or duty.picks or name.endswith(AFTER):
            continue
        at: KeyPath = ("duties", name)
        if duty.every is not None:
            yield from _turns(duty, at)
        elif not duty.when:
            yield at, "nothing opens this: expected 'when' with a moment, or 'every' with how often it comes round"


def _turns(duty: Duty, at: KeyPath) -> Iterator[Found]:
    if duty.when:
        yield (*at, "every"), "this opens on a moment already: expected one of 'when' and 'every'"
    if duty.every is not None and not duty.every.count:
        yield (*at, "every"), f"nothing comes round '{duty.every}': expected how often, such as 'year' or 'quarter'"
    elif duty.every is not None:
        yield from (((*at, "every"), what) for what in duty.every.problems())
    for field, (key, what) in OF_WORK.items():
        if getattr(duty, field):
            yield (*at, key), what
    if duty.looks_again or duty.is_alert:
        yield (*at, "ask"), "this is about no piece of work, so there is nothing to judge or to be alerted of"
    if isinstance(duty.due, AccordingTo):
        yield (*at, "due"), "nothing was asked before its turn comes: expected one offset"
    for key, people in (("owes", duty.owes), ("owes-each", duty.owes_each), ("tell", duty.tell)):
        for index, who in enumerate(people):
            if who in NOBODY:
                yield (*at, key, index), f"this is about nobody's work, so it has no {who}: name a role"
    yield from _year_days(duty, at)


def _year_days(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """A day of the year in a turn that is no year."""
    months = duty.every.months if duty.every is not None else 0
    if months and months % 12 == 0:
        return
    offsets = {("due", *key): each for key, each in offsets_in(duty.due).items()}
    offsets |= {("opens",): duty.opens} if duty.opens is not None else {}
    for key, offset in offsets.items():
        for day in offset.in_year:
            yield (*at, *key), f"{day!r} comes once a year: expected 'every: year', or an offset from 'opened'"
