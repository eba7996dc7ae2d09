"""What deadlines and notices are about: rows loaded in batches, and the views that message files see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard, TypeVar, cast

from sqlmodel import Session, SQLModel, select

from qabot.framework.calendar import local_day
from qabot.framework.offsets import parse_moment
from qabot.framework.schema import Framework
from qabot.messaging.views import (
    AlertView,
    AuditView,
    CycleView,
    DeadlineView,
    Item,
    ModerationView,
    NominationView,
    PersonView,
)
from qabot.models import Alert, Audit, Cycle, Deadline, Moderation, Nomination, Notice
from qabot.models.columns import read_among
from qabot.planning.directory import Directory
from qabot.planning.planner import Situation
from qabot.workflows.words import say_moment

Row = TypeVar("Row", bound=SQLModel)


NOT_LOOKED_AT: dict[type[SQLModel], frozenset[str]] = {
    Deadline: frozenset({"token", "anchors", "ladder_id", "next_at", "step"}),
    Audit: frozenset({"scale_version", "allocated_at", "has_actions"}),
}
"""Columns that no card, button or re-check looks at. A notice is about several rows, so each of them counts."""


@dataclass(slots=True)
class Subject:
    """Everything that one notice or deadline is about; None where it has no such part."""

    deadline: Deadline | None = None
    audit: Audit | None = None
    alert: Alert | None = None
    moderation: Moderation | None = None
    nomination: Nomination | None = None
    cycle: Cycle | None = None

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.deadline is not None and self.deadline.state == "open"


def load(session: Session, things: Sequence[Notice | Deadline], *, to_look: bool = False) -> list[Subject]:
    """The subjects of notices or deadlines, in order, in a few queries however many there are.

    Notices about the same have the same subject. With `to_look` they are rows to look at and not to change, which is
    several times as fast.
    """
    find = _Find(session, to_look)
    deadlines = find.by_id(Deadline, {each.deadline_id for each in things if _is_notice(each)})
    moderations = find.by_id(Moderation, _ids(things, "moderation"))
    nominations = find.by_id(Nomination, _ids(things, "nomination"))
    audits = find.by_id(Audit, _ids(things, "audit") | {each.audit_id for each in moderations.values()})
    cycle_ids = _ids(things, "cycle") | {each.cycle_id for each in audits.values() if each.cycle_id}
    cycles = find.by_id(Cycle, cycle_ids)
    alerts = {each.audit_id: each for each in find.where(Alert, Alert.audit_id, list(audits))}
    found: list[Subject] = []
    made: dict[tuple[int | None, str, int], Subject] = {}
    for thing in things:
        kind, number = thing.subject_type, thing.subject_id
        key = (thing.deadline_id if _is_notice(thing) else thing.id, kind, number)
        if key in made:
            found.append(made[key])
            continue
        subject = made[key] = Subject(
            deadlines.get(thing.deadline_id or 0) if _is_notice(thing) else cast(Deadline, thing)
        )
        subject.moderation = moderations.get(number) if kind == "moderation" else None
        subject.nomination = nominations.get(number) if kind == "nomination" else None
        audit_id = subject.moderation.audit_id if subject.moderation else number if kind == "audit" else 0
        subject.audit = audits.get(audit_id)
        subject.alert = alerts.get(audit_id)
        cycle_id = number if kind == "cycle" else subject.audit.cycle_id if subject.audit else 0
        subject.cycle = cycles.get(cycle_id or 0)
        found.append(subject)
    return found


def load_one(session: Session, thing: Notice | Deadline) -> Subject:
    """The subject of one."""
    return load(session, [thing])[0]


def _is_notice(thing: Notice | Deadline) -> TypeGuard[Notice]:
    # A row that was read to be looked at has the model's attributes but not its class.
    return hasattr(thing, "deadline_id")


def _ids(things: Iterable[Notice | Deadline], kind: str) -> set[int]:
    return {each.subject_id for each in things if each.subject_type == kind}


@dataclass(frozen=True, slots=True)
class _Find:
    """Finds many of one kind at once."""

    session: Session
    to_look: bool

    def by_id(self, model: type[Row], ids: Iterable[int | None]) -> dict[int, Row]:
        key: Any = model.id  # type: ignore[attr-defined]
        return {each.id: each for each in self.where(model, key, [each for each in ids if each])}  # type: ignore[attr-defined]

    def where(self, model: type[Row], column: Any, values: list[int]) -> list[Row]:
        if not values:
            return []
        if self.to_look:
            return read_among(self.session, model, column.key, values, without=NOT_LOOKED_AT.get(model, frozenset()))
        return list(self.session.exec(select(model).where(column.in_(values))))


def person_view(directory: Directory, person_id: int) -> PersonView:
    """A person as messages see them."""
    staff = directory.people[person_id]
    place = directory.teams.get(staff.team_id or 0)
    return PersonView(staff.id, staff.name, place.name if place else "")


def shared_views(subject: Subject, situation: Situation) -> Item:
    """A subject as message files see it, as far as it is the same for everybody."""
    directory, framework = situation.directory, situation.framework
    return Item(
        token="",
        audit=_audit(subject.audit, directory, framework) if subject.audit else None,
        deadline=_deadline(subject.deadline, directory) if subject.deadline else None,
        moderation=_moderation(subject.moderation, directory, framework) if subject.moderation else None,
        nomination=_nomination(subject.nomination, directory) if subject.nomination else None,
        cycle=_cycle(subject.cycle, framework, (0, 0)) if subject.cycle else None,
    )


def item(
    subject: Subject,
    shared: Item,
    token: str,
    situation: Situation,
    params: dict[str, str],
    counts: tuple[int, int] | None,
    told: tuple[str, ...] = (),
) -> Item:
    """A subject as one person sees it: its `shared_views`, and what is theirs.

    `counts` are the recipient's own (done, quota) of the cycle, if the message shows them. `told` are the names of the
    others who were told of an alert.
    """
    return Item(
        token=token,
        audit=shared.audit,
        deadline=shared.deadline,
        alert=_alert(subject.alert, subject.audit, situation, told) if subject.alert else None,
        moderation=shared.moderation,
        nomination=shared.nomination,
        cycle=_cycle(subject.cycle, situation.framework, counts) if subject.cycle and counts else shared.cycle,
        params={name: _value(value) for name, value in params.items()} if params else {},
    )


def _value(text: str) -> Any:
    """A step's own value as a message sees it: what looks like an ISO day or moment is one."""
    try:
        return parse_moment(text)
    except ValueError:
        return text


def _day(moment: Any) -> date | None:
    return None if moment is None else local_day(moment)


def _audit(audit: Audit, directory: Directory, framework: Framework) -> AuditView:
    place = directory.teams.get(audit.team_id or 0)
    activity = framework.activities.get(audit.activity)
    return AuditView(
        reference=audit.reference,
        activity=activity.title if activity else audit.activity,
        case_reference=audit.case_reference or "",
        team=place.name if place else "",
        service=place.service if place else "",
        auditor=directory.name(audit.auditor_id),
        practitioner=directory.name(audit.practitioner_id) or "the practitioner",
        due=audit.due_on,
        state=audit.state,
        grade=framework.grade_label(audit.grade),
        submitted=_day(audit.submitted_at),
        final=_day(audit.finalised_at),
        moderated=_day(audit.moderated_at),
        pim=audit.pim_on,
        pim_chair=directory.name(audit.pim_chair_id),
    )


def _deadline(deadline: Deadline, directory: Directory) -> DeadlineView:
    return DeadlineView(
        kind=deadline.kind,
        rule=deadline.rule,
        due=deadline.due_on,
        opened=local_day(deadline.opened_at),
        owner=directory.name(deadline.owner_id),
        last_reply=say_moment(deadline.replied_at) if deadline.replied_at else "",
        promised=deadline.due_on if deadline.kind == "promised" else None,
        open=deadline.state == "open",
    )


def _alert(alert: Alert, audit: Audit | None, situation: Situation, told: tuple[str, ...]) -> AlertView:
    return AlertView(
        reason=_reason(alert, audit, situation.framework),
        raised=alert.raised_at,
        acknowledged_by=situation.directory.name(alert.acknowledged_by_id),
        acknowledged=alert.acknowledged_at,
        told=told,
    )


def _reason(alert: Alert, audit: Audit | None, framework: Framework) -> str:
    """Why an alert was raised, where the audit's own grade does not say it."""
    reasons = ["An immediate concern"] if alert.concern else []
    if alert.kind == "red" and audit is not None and audit.grade not in framework.alert_grades:
        in_part = any(each in framework.alert_grades for each in audit.grades.values())
        reasons.append(f"RED (Inadequate) in {'one part of the review' if in_part else 'the second look'}")
    return " and ".join(reasons)


def _moderation(moderation: Moderation, directory: Directory, framework: Framework) -> ModerationView:
    sample = framework.samples.get(moderation.layer)
    return ModerationView(
        sample.title if sample else moderation.layer,
        directory.name(moderation.moderator_id),
        local_day(moderation.drawn_at),
        _day(moderation.done_at),
    )


def _nomination(nomination: Nomination, directory: Directory) -> NominationView:
    return NominationView(
        nominee=directory.name(nomination.nominee_id),
        nominator=directory.name(nomination.nominator_id),
        seen=nomination.seen_on,
        what=nomination.what,
        difference=nomination.difference,
        seen_in=nomination.seen_in,
        tags=tuple(str(each) for each in nomination.tags),
        case_reference=nomination.case_reference or "",
    )


def _cycle(cycle: Cycle, framework: Framework, counts: tuple[int, int]) -> CycleView:
    activity = framework.activities.get(cycle.activity)
    title = activity.title if activity else cycle.activity
    return CycleView(cycle.name, title, cycle.starts_on, cycle.due_on, done=counts[0], quota=counts[1])
