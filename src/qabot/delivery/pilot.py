"""A pilot: while one runs, only the people named are sent to. What is for everybody else is held, and says so.

    planned --(due, and its person is not in the pilot)--> held --(they are now)--> planned, or superseded if stale

Once the pilot widens, what was held is checked again like anything else: what was met or withdrawn meanwhile is not
sent, and of several steps of one deadline only the latest is. The rest comes with the person's next daily message,
alerts that are still open at once. What nobody waits for any more after a week is not sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlmodel import Session

from qabot.delivery import queries
from qabot.delivery.fates import finish, line_of, write_events
from qabot.messaging.values import join_and, plural
from qabot.models import NoticeState
from qabot.models.columns import run
from qabot.models.notice import DIGEST
from qabot.models.reasons import Reason
from qabot.models.rows import NOTICES, NoticeRow
from qabot.planning.directory import Directory, Staff, today_or_next
from qabot.planning.planner import alert_moment
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import welcomes
from qabot.workflows.people.links import normal

log = structlog.get_logger()
FRESH = timedelta(days=7)
"""How old what stands for itself, such as an invitation, may be when the pilot widens."""
ALWAYS = ("nomination",)
"""Subjects of notices that are never stale: something good that a colleague has seen."""
DIGEST_LEFT = "the person is not in the pilot; what it was to carry is held"
TOO_OLD = "more than a week old when the pilot widened"
MOST_NAMES = 12
NOT_IN_IT = "the person is not in the pilot"


@dataclass(frozen=True, slots=True)
class Held:
    """What a pilot keeps back: how many `notices` of how many `people`, of them `alerts`; and who is in it.

    `unknown` are the addresses of the setting that nobody here has.
    """

    members: Sequence[str]
    unknown: Sequence[str]
    notices: int
    people: int
    alerts: int

    def sentences(self) -> list[str]:
        """What whoever runs the service should know."""
        more = len(self.members) - MOST_NAMES
        names = [*self.members[:MOST_NAMES], *([f"{more} others"] if more > 0 else [])]
        said = [f"A pilot runs (QABOT_PILOT). Sent to: {join_and(names) or 'nobody'}; to nobody else."]
        if self.notices:
            alerts = f", {plural(self.alerts, 'alert', 'alerts')} among them" if self.alerts else ""
            kept = plural(self.notices, "notice", "notices")
            said.append(f"Held: {kept}{alerts}, for {plural(self.people, 'person', 'people')} outside the pilot.")
        if self.unknown:
            said.append(f"Nobody here has these addresses: {', '.join(self.unknown)}.")
        return said


def members(directory: Directory, pilot: Collection[str]) -> set[int]:
    """The people whom the setting names by their addresses."""
    named = {normal(each) for each in pilot}
    return {staff.id for staff in directory.people.values() if staff.email and normal(staff.email) in named}


def refusal(staff: Staff, pilot: Collection[str]) -> str:
    """Why somebody is not sent anything by hand either; "" if they may be."""
    named = {normal(each) for each in pilot}
    if not pilot or (staff.email and normal(staff.email) in named):
        return ""
    return (
        f"{staff.name} is not in the pilot, and is sent nothing. Add {staff.email or 'their address'} to QABOT_PILOT."
    )


def hold(unit: Unit, pilot: Collection[str]) -> None:
    """Hold what is due for whoever is not in the pilot; nothing if none runs. Comes before all claiming."""
    if not pilot:
        return
    values = {"people": list(members(unit.directory, pilot)), "now": unit.now}
    digests = [each for each, message in run(unit.session, queries.OUTSIDE, values) if message == DIGEST]
    if digests:
        unit.session.execute(queries.LET_GO, {"ids": digests})
        finish(unit, digests, NoticeState.superseded, reason=DIGEST_LEFT)
    ids = [each for each, message in run(unit.session, queries.OUTSIDE, values) if message != DIGEST]
    if not ids:
        return
    unit.session.execute(queries.KEEP, {"ids": ids})
    rows = NOTICES.among(unit.session, "id", ids)
    write_events(unit, [line_of(each, "held", NOT_IN_IT, Reason.pilot) for each in rows])
    for row in rows:
        if row.lane == "alert":
            log.warning("an alert is held: its person is not in the pilot", action="alert-kept-waiting", notice=row.id)


def release(unit: Unit, pilot: Collection[str]) -> None:
    """Plan what was held for those who are in the pilot now, or for all once none runs."""
    known = members(unit.directory, pilot) if pilot else None
    rows = NOTICES.read(unit.session, queries.KEPT)
    rows = [each for each in rows if known is None or each.recipient_id in known]
    if not rows:
        return
    stale = _stale(unit, rows)
    finish(unit, sorted(stale), NoticeState.superseded, reason=TOO_OLD)
    write_events(unit, [line_of(each, "superseded", TOO_OLD, Reason.stale) for each in rows if each.id in stale])
    for row in rows:
        staff = unit.directory.person(row.recipient_id)
        if row.id not in stale:
            _plan(unit, row, staff)
    count = len(rows) - len(stale)
    unit.event("pilot-widened", why="what was held is checked again, and sent if it still holds", notices=count)


def _plan(unit: Unit, row: NoticeRow, staff: Staff | None) -> None:
    """With the daily message, so that nobody gets a pile; alerts and the welcome by themselves."""
    alone = row.message == welcomes.MESSAGE
    if row.lane == "alert" or staff is None:
        at, alone = alert_moment(unit.situation, unit.now), row.alone
    elif alone:
        at = welcomes.next_free(unit, staff)
    else:
        at = today_or_next(staff, unit.now, unit.situation.calendar)
    unit.session.execute(queries.PLAN_KEPT, {"b_id": row.id, "b_at": at, "b_alone": alone})


def _stale(unit: Unit, rows: Sequence[NoticeRow]) -> set[int]:
    """What is older than a week and no deadline asks for. What a deadline asks for the re-check knows better."""
    alone = [
        each.id
        for each in rows
        if each.deadline_id is None and each.subject_type not in ALWAYS and each.message != welcomes.MESSAGE
    ]
    if not alone:
        return set()
    return set(unit.session.execute(queries.OLDER_THAN, {"ids": alone, "b_before": unit.now - FRESH}).scalars())


def counted(session: Session, pilot: Collection[str]) -> Held | None:
    """What a pilot keeps back now; None if none runs."""
    if not pilot:
        return None
    named = {normal(each): each for each in pilot}
    here = {normal(email): name for email, name in session.execute(queries.WHO_WORKS_HERE) if normal(email) in named}
    rows = session.execute(queries.KEPT_BY_PERSON).all()
    return Held(
        members=sorted(here.values()),
        unknown=[given for key, given in named.items() if key not in here],
        notices=sum(count for *_, count in rows),
        people=len({person for _, person, _ in rows}),
        alerts=sum(count for lane, _, count in rows if lane == "alert"),
    )
