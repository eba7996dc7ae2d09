"""What cards are drawn from, read in a few queries however many there are. Drawing itself reads nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import col, func, select

from qabot.framework.calendar import local_day
from qabot.framework.steps import kept_ladder
from qabot.framework.vocabulary import following
from qabot.messaging.card import Picture
from qabot.messaging.views import LibraryView, SurveyView
from qabot.models import (
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    HelpRequest,
    LadderSnapshot,
    Notice,
    NoticeState,
)
from qabot.models.columns import run, table
from qabot.models.notice import DIGEST
from qabot.models.rows import MODERATIONS, NOTICES, PLANNED, DeadlineRow, NoticeRow
from qabot.planning.outlook import Ahead, ahead
from qabot.workflows.cards import surveys
from qabot.workflows.cards.charts import charts
from qabot.workflows.cards.said_again import SaidAgain, Subjects, said_again
from qabot.workflows.core import lists, news_of_practice
from qabot.workflows.core.notes import Note
from qabot.workflows.core.running import as_open
from qabot.workflows.core.subjects import OwnSubject, Subject, load, look
from qabot.workflows.core.unit import Unit

COUNTS = frozenset({"done", "quota"})
"""What a message must show for a person's own audits of the cycle to be counted."""

Carried = Mapping[int, list[NoticeRow]]
Lines = Mapping[int, Sequence[Note]]
Audience = dict[int | None, list[int]]
SentBefore = dict[tuple[int | None, int], list[int]]
Counts = Mapping[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What cards are drawn from.

    What each digest carries, what stands on each list, and what each notice and line is about, by the notice's id. Of
    alerts who was told, by the id of the deadline, and which notices each of them was sent; of what says so what
    comes next, and of acknowledged alerts what is still owed because of them. Since when help is asked for with a
    deadline. What surveys look like to whom they ask, by the deadline; what came into the library of good practice, by
    the notice. How many audits somebody has submitted and has in all, by person and cycle. The charts of results, by
    the notice, where they are asked for. By which message somebody was last asked for the same thing.
    """

    carried: Carried = field(default_factory=dict)
    subjects: Subjects = field(default_factory=dict)
    audience: Audience = field(default_factory=dict)
    sent: SentBefore = field(default_factory=dict)
    counts: Counts = field(default_factory=dict)
    ahead: Mapping[int, Ahead] = field(default_factory=dict)
    following: Mapping[int, Sequence[OwnSubject]] = field(default_factory=dict)
    asked: Mapping[int, date] = field(default_factory=dict)
    surveys: Mapping[int, SurveyView] = field(default_factory=dict)
    libraries: Mapping[int, LibraryView] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    charts: Mapping[int, Sequence[Picture]] = field(default_factory=dict)
    said_again: SaidAgain = field(default_factory=SaidAgain)
    owners: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def older(self, notice: NoticeRow) -> tuple[int, ...]:
        """What the same person was sent about the same alert before."""
        sent = self.sent.get((notice.deadline_id, notice.recipient_id)) if notice.lane == "alert" else None
        return tuple([each for each in sent if each < notice.id]) if sent else ()

    def has_newer(self, notice: NoticeRow) -> bool:
        """Whether the same person was sent it again later."""
        sent = self.sent.get((notice.deadline_id, notice.recipient_id)) if notice.lane == "alert" else None
        return max(sent) > notice.id if sent else False


_notice = table(Notice).c
_CARRIED = (
    NOTICES.query()
    .where(_notice.carrier_id.in_(bindparam("carriers", expanding=True)), _notice.state != NoticeState.superseded)
    .order_by(_notice.lane, _notice.id)
)
_ALERTED = (
    select_rows(_notice.deadline_id, _notice.recipient_id, _notice.id, _notice.state, _notice.taken_back_at)
    .where(
        _notice.deadline_id.in_(bindparam("deadlines", expanding=True)),
        _notice.lane == "alert",
        _notice.state != NoticeState.superseded,
    )
    .order_by(_notice.recipient_id)
)

_OPEN_OF_KINDS = (
    select(Deadline)
    .where(
        Deadline.state == DeadlineState.open,
        col(Deadline.kind).in_(bindparam("kinds", expanding=True)),
        col(Deadline.subject_type).in_(bindparam("types", expanding=True)),
        col(Deadline.subject_id).in_(bindparam("numbers", expanding=True)),
    )
    .order_by(col(Deadline.id))
)


def load_all(unit: Unit, notices: Sequence[NoticeRow], *, with_charts: bool = False) -> Loaded:
    """All that these notices' cards are drawn from, as it is now; with charts for those that are sent."""
    carried = carried_by(unit, notices)
    lines = lists.lines_of(unit, flattened(notices, carried))
    subjects = subjects_of(unit, notices, carried, lines)
    return loaded(unit, notices, carried, lines, subjects, with_charts=with_charts)


def loaded(
    unit: Unit,
    notices: Sequence[NoticeRow],
    carried: Carried,
    lines: Lines,
    subjects: Subjects,
    *,
    with_charts: bool = False,
) -> Loaded:
    """The same where it is known what the digests carry, what stands on the lists and what all are about."""
    flat, files = flattened(notices, carried), unit.tools.catalogue.files
    counting = {
        each for each in {each.message for each in flat} if each in files and not COUNTS.isdisjoint(files[each].shows)
    }
    about = [subjects[each.id].cycle for each in flat if each.message in counting] if counting else []
    cycles = {cycle.id for cycle in about if cycle}
    says_next = {each.message for each in flat if each.message in files and "next_at" in files[each.message].shows}
    waiting = {each.deadline_id for each in flat if each.message in says_next and subjects[each.id].open}
    audience, sent = _alerted(unit, subjects, waiting)
    counts = _counts(unit, cycles)
    alerts = {
        each.deadline.id: each for each in subjects.values() if each.deadline and each.duty and each.duty.is_alert
    }
    return Loaded(
        carried,
        subjects,
        audience,
        sent,
        counts,
        ahead_of(unit, [each for each in waiting if each is not None]),
        _following(unit, alerts),
        _asked(unit, flat, lines),
        surveys.views(unit, list(subjects.values())),
        _libraries(unit, flat),
        lines,
        charts(unit, flat) if with_charts else {},
        said_again(unit, flat, lines, subjects),
        _owners(unit, alerts),
    )


def _asked(unit: Unit, flat: Sequence[NoticeRow], lines: Lines) -> dict[int, date]:
    """Since when help is asked for with what these say, where their message shows it."""
    files = unit.tools.catalogue.files
    asking = {each for each in {each.message for each in flat} if each in files and "help_asked" in files[each].shows}
    listed = {line.deadline_id: line for each in lines.values() for line in each}
    return helped(
        unit, [each.deadline_id for each in (*flat, *listed.values()) if each.message in asking and each.deadline_id]
    )


def _libraries(unit: Unit, flat: Sequence[NoticeRow]) -> dict[int, LibraryView]:
    """What those among these notices show that tell what came into the library of good practice, by their ids."""
    names = news_of_practice.messages(unit) if flat else set()
    telling = [each for each in flat if each.message in names and each.subject_type == "cycle"]
    news = news_of_practice.news(unit, [each.subject_id for each in telling])
    return {each.id: news[each.subject_id].view(unit, each.recipient_id) for each in telling if each.subject_id in news}


def flattened(notices: Sequence[NoticeRow], carried: Carried) -> list[NoticeRow]:
    """Each notice that is about something: a digest is about what it carries."""
    flat = [each for each in notices if each.message != DIGEST]
    return flat + [child for children in carried.values() for child in children]


def carried_by(unit: Unit, notices: Sequence[NoticeRow]) -> Carried:
    """What the digests among these carry, by the digest's id."""
    carriers = [each.id for each in notices if each.message == DIGEST]
    carried: dict[int, list[NoticeRow]] = {}
    for notice in NOTICES.read(unit.session, _CARRIED, {"carriers": carriers}) if carriers else ():
        if notice.carrier_id is not None:
            carried.setdefault(notice.carrier_id, []).append(notice)
    return carried


def subjects_of(unit: Unit, notices: Sequence[NoticeRow], carried: Carried, lines: Lines) -> Subjects:
    """What these notices, those that the digests among them carry, and lines are about, by the notice's id."""
    flat = flattened(notices, carried)
    # The same thing stands on many people's lists: it is looked up once.
    listed = {line.deadline_id: line for each in lines.values() for line in each}
    by_notice = look(unit.session, [*flat, *listed.values()], unit.framework)
    subjects: dict[int | None, Subject] = {each.id: about for each, about in zip(flat, by_notice, strict=False)}
    about = dict(zip(listed, by_notice[len(flat) :], strict=True))
    return subjects | {line.id: about[line.deadline_id] for each in lines.values() for line in each}


def _alerted(unit: Unit, subjects: Subjects, waiting: Collection[int | None]) -> tuple[Audience, SentBefore]:
    """Who was, or is being, told of the alerts among these and of what else says what comes next; what they were sent.

    `waiting` are the deadlines of what says so. Only alerts are one card, however often they are sent.
    """
    alerts = {each.deadline.id for each in subjects.values() if each.alert and each.deadline}
    deadlines = alerts | {each for each in waiting if each is not None}
    audience: Audience = {}
    sent: SentBefore = {}
    rows = run(unit.session, _ALERTED, {"deadlines": list(deadlines)}) if deadlines else ()
    for deadline, person, number, state, taken_back in rows:
        people = audience.setdefault(deadline, [])
        if person not in people:
            people.append(person)
        if state == NoticeState.sent and taken_back is None and deadline in alerts:
            sent.setdefault((deadline, person), []).append(number or 0)
    return audience, sent


def helped(unit: Unit, deadlines: Sequence[int]) -> dict[int, date]:
    """Since which day help is asked for with these deadlines, where nobody has answered yet."""
    if not deadlines:
        return {}
    waiting = select(HelpRequest).where(
        col(HelpRequest.deadline_id).in_(deadlines), col(HelpRequest.closed_at).is_(None)
    )
    open_ones = unit.session.exec(waiting.order_by(col(HelpRequest.id).desc()))
    return {each.deadline_id: local_day(each.asked_at) for each in open_ones}


def ahead_of(unit: Unit, waiting: Sequence[int]) -> dict[int, Ahead]:
    """What comes next of these open deadlines while nobody answers, by the deadline's id."""
    if not waiting:
        return {}
    rows = PLANNED.among(unit.session, "id", waiting)
    snapshots = select(LadderSnapshot).where(col(LadderSnapshot.id).in_({each.ladder_id for each in rows}))
    ladders = {each.id: kept_ladder(each.body) for each in unit.session.exec(snapshots)}
    upcoming = {
        row.id: ahead(as_open(row, ladders[row.ladder_id], unit.framework), unit.situation, unit.now) for row in rows
    }
    return {number: each for number, each in upcoming.items() if each is not None}


def _following(unit: Unit, alerts: Mapping[int, Subject]) -> dict[int, Sequence[OwnSubject]]:
    """What is still owed because of the acknowledged ones among these alerts, by the alert's deadline."""
    seen = [each.deadline for each in alerts.values() if each.deadline and not each.open]
    kinds = {each.kind: following(unit.framework, {each.kind}, any) - {each.kind} for each in seen}
    followers = {name for names in kinds.values() for name in names}
    if not followers:
        return {}
    audits = [each.subject_id for each in seen if each.subject_type == "audit"]
    looks = {each.id: each.audit_id for each in MODERATIONS.among(unit.session, "audit_id", audits)}
    about = {
        "types": list({"moderation", *(each.subject_type for each in seen)}),
        "numbers": list({*looks, *(each.subject_id for each in seen)}),
    }
    waiting = unit.session.exec(_OPEN_OF_KINDS, params={"kinds": list(followers), **about}).all()
    owed = load(unit.session, waiting, unit.framework) if waiting else ()
    by_notice: dict[int, Sequence[OwnSubject]] = {}
    for alert in seen:
        by_notice[alert.id] = [
            each
            for each in owed
            if each.deadline
            and each.deadline.kind in kinds[alert.kind]
            and _root(each.deadline, looks) == (alert.subject_type, alert.subject_id)
        ]
    return by_notice


def _owners(unit: Unit, alerts: Mapping[int, Subject]) -> dict[int, Sequence[int]]:
    """Whose part is open of those among these open alerts of which everybody owes one, by the alert's deadline."""
    parts = [
        each.deadline for each in alerts.values() if each.deadline and each.open and each.duty and each.duty.owes_each
    ]
    if not parts:
        return {}
    about = {
        "kinds": list({each.kind for each in parts}),
        "types": list({each.subject_type for each in parts}),
        "numbers": list({each.subject_id for each in parts}),
    }
    owners: dict[tuple[str, str, int], list[int]] = {}
    for each in unit.session.exec(_OPEN_OF_KINDS, params=about).all():
        if each.owner_id is not None:
            owners.setdefault((each.kind, each.subject_type, each.subject_id), []).append(each.owner_id)
    return {each.id: owners.get((each.kind, each.subject_type, each.subject_id), ()) for each in parts}


def _root(deadline: DeadlineRow, looks: Mapping[int, int]) -> tuple[str, int]:
    """What a deadline is about; of a second look, the work that is looked at."""
    if deadline.subject_type == "moderation":
        return "audit", looks.get(deadline.subject_id, 0)
    return deadline.subject_type, deadline.subject_id


def _counts(unit: Unit, cycles: set[int]) -> Counts:
    """For each auditor of these cycles: how many audits are submitted, and how many there are."""
    if not cycles:
        return {}
    query = (
        select(Audit.cycle_id, Audit.auditor_id, Audit.state, func.count())
        .where(col(Audit.cycle_id).in_(cycles), Audit.state != AuditState.withdrawn)
        .group_by(col(Audit.cycle_id), col(Audit.auditor_id), col(Audit.state))
    )
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for cycle, person, state, count in unit.session.exec(query):
        done, whole = counts.get((person, cycle or 0), (0, 0))
        counts[person, cycle or 0] = (done + count * (state != AuditState.allocated), whole + count)
    return counts
