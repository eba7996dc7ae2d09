"""What is to be done before and after go-live, as far as the database knows: one list, for the page and `qabot doctor`.

What needs no database (the secret key, the address, the framework) is checked before it, by `qabot.cli.checks`.
"""

from collections.abc import Collection, Iterator

from sqlmodel import col, func, select

from qabot.adapter import Finding
from qabot.delivery.pilot import counted
from qabot.framework import calendar_lint
from qabot.messaging.values import join_and, plural
from qabot.models import Audit, AuditState, Person
from qabot.scheduler import out_of_office, staff_reading
from qabot.scheduler.readings import LATE
from qabot.scheduler.readings import kept as readings_kept
from qabot.workflows.core import messages_before
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.people import differences, identities
from qabot.workflows.programme.readings import readings

READINGS = {
    staff_reading.KEY: ("Reading of the directory", "Until it is, nothing is changed, and whoever leaves there stays."),
    out_of_office.KEY: ("Reading of automatic replies", "Until it is, nobody is asked whether they will be away."),
}


def findings(unit: Unit, pilot: Collection[str], *, people: bool = True) -> Iterator[Finding]:
    """Calendar, pilot, readings, and with `people` whether somebody is here, looks after qabot, and holds each role."""
    for each in calendar_lint.endings(unit.framework, unit.today):
        yield Finding(f"Calendar: {each.name}", True, each.what)
    if (held := counted(unit.session, pilot)) is not None:
        yield Finding("Pilot: QABOT_PILOT is set", not held.unknown, " ".join(held.sentences()))
    left = sum(not each.confirmed for each in readings(unit.session, unit.framework).values())
    how = "on the page Readings, or see qabot framework show"
    said = f"{left} readings are to be confirmed by the council before go-live: {how}." if left else ""
    yield Finding("Readings of the framework", True, said)
    yield _scales(unit)
    yield _messages(unit)
    if people:
        yield from _people(unit)
        yield from _accounts(unit)
        yield _directory(unit)
        yield from _read(unit)


def _scales(unit: Unit) -> Finding:
    """Grades by a set of labels that the file no longer has: no figure counts them."""
    known = {each.version for each in unit.framework.scales.values()}
    of_work = col(Audit.grade).is_not(None), Audit.scale_version != "", Audit.state != AuditState.withdrawn
    query = select(Audit.scale_version, func.count()).where(*of_work)
    rows = unit.session.exec(query.group_by(Audit.scale_version).order_by(Audit.scale_version))
    gone = [f"{plural(count, 'grade', 'grades')} of {version}" for version, count in rows if version not in known]
    said = (
        f"No scale of the framework has the version by which these were given: {join_and(gone)}. No figure counts "
        "them. Keep the scale as it was in the file, under a name of its own."
    )
    return Finding("Scales", True, said if gone else "")


def _messages(unit: Unit) -> Finding:
    """Messages that what is open still sends and that no file holds any more."""
    gone = [messages_before.said(name, *each) for name, each in messages_before.still_sent(unit).items()]
    advice = " Put its file back where it said more, until nothing that is open sends it." if gone else ""
    return Finding("Messages of what is open", True, f"{' '.join(gone)}{advice}")


def _people(unit: Unit) -> Iterator[Finding]:
    active = col(Person.active)
    here = unit.session.exec(select(func.count()).select_from(Person).where(active)).one()
    yield Finding("People", here > 0, "" if here else "Nobody is here yet: take in a file of people (docs/imports.md).")
    looks_after = unit.session.exec(
        select(func.count()).select_from(Person).where(active, col(Person.administrator))
    ).one()
    nobody = "Nobody is one: say so in the file of people (the column administrator)."
    yield Finding("Administrators", True, "" if looks_after or not here else nobody)
    empty = [role.title for name, role in unit.framework.roles.items() if not unit.directory.holders(name, unit.today)]
    vacant = f"Nobody holds: {', '.join(empty)}. What they would do goes to nobody." if empty and here else ""
    yield Finding("Roles", True, vacant)


def _accounts(unit: Unit) -> Iterator[Finding]:
    """Accounts to sign in with that claim to be somebody's who has another."""
    people_asking = identities.asked(unit.session)
    people = dict.fromkeys(each for each, _ in people_asking)
    names = [person.name for each in people if (person := unit.session.get(Person, each)) is not None]
    said = (
        f"Another account claims to be that of {join_and(names)}. Nobody is let in with it: decide which is theirs, on "
        "the page Change of each, under How they sign in."
    )
    yield Finding("Accounts to sign in with", not people_asking, said if people_asking else "")


def _directory(unit: Unit) -> Finding:
    """What the council's directory says otherwise. People who have left there and not here are not left to be found."""
    every, left = differences.waiting(unit)
    said = f"{plural(every, 'difference waits', 'differences wait')} to be decided, on the page Directory."
    if left:
        whose = plural(left, "person has", "people have")
        said = f"{said} {whose} left there and not here, because so many did within a day: see whether that is right."
    return Finding("What the directory says", not left, said if every else "")


def _read(unit: Unit) -> Iterator[Finding]:
    """Whether what is read of the council's own systems is read. For a bad hour it is a note, after a day it is not."""
    for key, (what, so) in READINGS.items():
        kept = readings_kept(unit.session, key)
        if kept is None:
            continue
        said = ""
        if kept.failing_since is not None:
            since = "not been read yet" if kept.read_at is None else f"last been read on {say_day(kept.read_at.date())}"
            said = f"It has {since}. {kept.why} {so}"
        late = kept.failing_since is not None and unit.now - kept.failing_since >= LATE
        yield Finding(f"{what} ({kept.source})", not late, said)
