"""What message files see of a subject: views of its rows, with names in place of ids."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty
from qabot.framework.offsets import parse_moment
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.messaging.values import capital, due, join_and
from qabot.messaging.views import (
    AlertView,
    AuditView,
    Council,
    CycleView,
    DeadlineView,
    HelpView,
    Item,
    ModerationView,
    NominationView,
    PersonView,
    RowView,
    SurveyView,
)
from qabot.models import (
    DeadlineState,
)
from qabot.models.audit import final_at, state_without_grade
from qabot.models.look_up import by_id
from qabot.models.rows import (
    AlertRow,
    AuditRow,
    CycleRow,
    DeadlineRow,
    HelpRow,
    ModerationRow,
    NominationRow,
    RoundRow,
    RowRow,
)
from qabot.planning.directory import Directory
from qabot.planning.outlook import Ahead
from qabot.planning.planner import Situation
from qabot.workflows.core import occasions
from qabot.workflows.core.subjects import HELP_ANSWERS, UNOWNED, Subject
from qabot.workflows.core.words import due_of, say_moment

TITLES = {AUDIT: "Audit", MODERATION: "Moderation"}
"""What people call the deadlines that no duty makes."""


def person_view(directory: Directory, person_id: int) -> PersonView:
    """A person as messages see them."""
    staff = directory.people[person_id]
    place = by_id(directory.teams, staff.team_id)
    return PersonView(staff.id, staff.name, place.name if place else "", staff.digest_at)


def shared_views(subject: Subject, situation: Situation) -> Item:
    """A subject as message files see it, as far as it is the same for everybody."""
    directory, framework = situation.directory, situation.framework
    return Item(
        token="",
        audit=_audit(subject.audit, directory, framework) if subject.audit else None,
        deadline=_deadline(subject, subject.deadline, directory, framework) if subject.deadline else None,
        moderation=_moderation(subject.moderation, directory, framework) if subject.moderation else None,
        nomination=_nomination(subject.nomination, directory) if subject.nomination else None,
        cycle=_cycle(subject.cycle, framework, (0, 0)) if subject.cycle else None,
        row=_row(subject.row) if subject.row else None,
        help=_help(subject.help, directory) if subject.help else None,
        occasion=occasions.view(subject.occasion, framework, directory) if subject.occasion else None,
        survey=_survey(subject.survey, framework) if subject.survey else None,
    )


def _survey(survey: RoundRow, framework: Framework) -> SurveyView:
    readers = [f"the {framework.roles[each].title}" for each in survey.reads if each in framework.roles]
    return SurveyView(survey.title, survey.promise, join_and(readers), survey.ends_on, changes=survey.changes)


def item(
    subject: Subject,
    shared: Item,
    token: str,
    situation: Situation,
    params: dict[str, str],
    counts: tuple[int, int] | None,
    audience: Sequence[int] = (),
    next_up: Ahead | None = None,
    person_id: int = 0,
) -> Item:
    """A subject as one person (`person_id`) sees it: its `shared_views`, and what is theirs.

    `counts` are the recipient's own (done, quota) of the cycle, if the message shows them. `audience` are the ids of
    those who were told of an alert, and `next_up` is what comes next of it.
    """
    others = tuple([situation.directory.name(each) for each in audience if each != person_id])
    return Item(
        token=token,
        audit=shared.audit,
        deadline=_with_next(shared.deadline, next_up, situation.directory, person_id, audience),
        alert=_alert(subject.alert, subject, situation, others) if subject.alert else None,
        moderation=shared.moderation,
        nomination=shared.nomination,
        cycle=_cycle(subject.cycle, situation.framework, counts) if subject.cycle and counts else shared.cycle,
        row=shared.row,
        help=shared.help,
        occasion=shared.occasion,
        survey=shared.survey,
        params={name: _value(value) for name, value in params.items()} if params else {},
    )


def _with_next(
    deadline: DeadlineView | None,
    next_up: Ahead | None,
    directory: Directory,
    person_id: int,
    audience: Collection[int],
) -> DeadlineView | None:
    """A deadline with what comes next while nobody answers, for this person: who hears first, and who once more."""
    if deadline is None or next_up is None:
        return deadline
    others = [each for each in next_up.people if each != person_id]
    mine = person_id in next_up.people
    first = tuple([directory.name(each) for each in others if each not in audience])
    again = (*(directory.name(each) for each in others if each in audience), *(("you",) if mine else ()))
    return replace(deadline, next_at=next_up.at, next_told=first, next_again=again, next_you=mine)


def without_grade(seen: Item, audit: AuditRow | None) -> Item:
    """What whoever's work it is sees: whatever role they were told in, no grade reaches them from qabot.

    Nor does it from what was final and waits again, as after a correction to a grade that raises an alert.
    """
    shown = None
    if seen.audit is not None and audit is not None:
        final = _day(audit.finalised_at)
        shown = replace(seen.audit, grade="", final=final, state=state_without_grade(audit))
    return replace(
        seen,
        audit=shown,
        alert=replace(seen.alert, reason="") if seen.alert else None,
    )


def _value(text: str) -> Any:
    """A step's own value as a message sees it: what looks like an ISO day or moment is one."""
    try:
        return parse_moment(text)
    except ValueError:
        return text


def _day(moment: Any) -> date | None:
    return None if moment is None else local_day(moment)


def _audit(audit: AuditRow, directory: Directory, framework: Framework) -> AuditView:
    place = by_id(directory.teams, audit.team_id)
    activity = framework.activity(audit.activity)
    return AuditView(
        reference=audit.reference,
        activity=activity.title if activity else audit.activity,
        plural=activity.plural if activity else audit.activity,
        case_reference=audit.case_reference or "",
        team=place.name if place else "",
        service=place.service if place else "",
        auditor=directory.name(audit.auditor_id),
        practitioner=directory.name(audit.practitioner_id) or ("" if audit.about in UNOWNED else "the practitioner"),
        due=due(audit.due_on, audit.due_at),
        about=about_what(audit, directory),
        state=audit.state,
        grade=framework.grade_label(audit.grade, audit.scale_version),
        submitted=_day(audit.submitted_at),
        final=_day(final_at(audit)),
        moderated=_day(audit.moderated_at),
        needs_case=audit.about == "case" and not audit.case_reference,
    )


def about_what(audit: AuditRow, directory: Directory) -> str:
    """The person, place or theme that work is about; "" of a case or nothing, and while nobody has said it."""
    return directory.name(audit.practitioner_id) if audit.about == "person" else audit.what


def title_of(kind: str, framework: Framework, activity: str = "") -> str:
    """What people call a kind of deadline; of one whose duty is gone, its name as words.

    Work itself has the title of its `activity`, or of the only one that there is.
    """
    if kind == AUDIT:
        known = framework.activities
        of_work = known.get(activity) or (next(iter(known.values())) if len(known) == 1 else None)
        return of_work.title if of_work else TITLES[AUDIT]
    duty = framework.duties.get(kind)
    return duty.title if duty else TITLES.get(kind, kind.replace("-", " ").capitalize())


def handed_to(made: AuditRow | None, directory: Directory) -> str:
    """Who does the new work that a duty made, and its reference: "Cyrus Patel (QA-1050)"; "" if there is none."""
    return f"{directory.name(made.auditor_id)} ({made.reference})" if made is not None else ""


def _deadline(subject: Subject, deadline: DeadlineRow, directory: Directory, framework: Framework) -> DeadlineView:
    duty = framework.duty_of(deadline.kind, deadline.ladder_id)
    given = duty is not None and any(each.endswith(".put-off") for each in duty.when)
    return DeadlineView(
        kind=deadline.kind,
        title=capital(title_of(deadline.kind, framework, subject.audit.activity if subject.audit else "")),
        rule=deadline.rule,
        due=due_of(deadline),
        opened=local_day(deadline.opened_at),
        owner=directory.name(deadline.owner_id),
        owners=(directory.name(deadline.owner_id),) if deadline.owner_id is not None else (),
        roles=framework.named(duty.owes if duty else ()),
        last_reply=say_moment(deadline.replied_at) if deadline.replied_at else "",
        expected=deadline.expected_on,
        promised=deadline.expected_on or (deadline.due_on if given else None),
        open=deadline.state == DeadlineState.open,
        handed_to=handed_to(subject.made, directory),
        opens=deadline.opens_on,
    )


def council_view(framework: Framework, *, to_quality: bool = False) -> Council:
    """A council as messages see it; `to_quality` as those do that go to somebody who runs quality assurance."""
    council, quality = framework.council, framework.quality
    return Council(council.name, council.duty_line, quality, "a colleague" if to_quality else quality)


def _alert(alert: AlertRow, subject: Subject, situation: Situation, others: tuple[str, ...]) -> AlertView:
    return AlertView(
        reason=_reason(alert, subject, situation.framework),
        raised=alert.raised_at,
        acknowledged_by=situation.directory.name(alert.acknowledged_by_id),
        acknowledged=alert.acknowledged_at,
        told=others,
    )


def _reason(alert: AlertRow, subject: Subject, framework: Framework) -> str:
    """Why an alert was raised, where the audit's own grade does not say it."""
    reasons = ["An immediate concern"] if alert.concern else []
    raised_by = (subject.duty,) if subject.duty is not None and subject.duty.is_alert else None
    grades, audit = alerting_grades(framework, raised_by), subject.audit
    if alert.graded and audit is not None and audit.grade not in grades:
        part = next((each for each in subject.grades if each in grades), None)
        look = next((each for each in subject.looked if each in grades), None)
        grade = framework.grade_label(part or look or next(iter(grades), None), audit.scale_version)
        where = "in one part of the audit" if part else "in the second look" if look else "at first, corrected since"
        reasons.append(f"{grade} {where}")
    return " and ".join(reasons)


def alerting_grades(framework: Framework, duties: Iterable[Duty] | None = None) -> tuple[str, ...]:
    """The grades on which an alert opens, or on which these did."""
    alerting = [framework.duties[name] for name in framework.alerting()] if duties is None else duties
    conditions = [each for duty in alerting for each in duty.if_]
    return tuple(dict.fromkeys(grade for each in conditions for grade in (*each.any_grade, *each.grade)))


def _moderation(moderation: ModerationRow, directory: Directory, framework: Framework) -> ModerationView:
    sample = framework.samples.get(moderation.layer)
    return ModerationView(
        sample.title if sample else moderation.layer,
        directory.name(moderation.moderator_id),
        local_day(moderation.drawn_at),
        _day(moderation.done_at),
    )


def _manager(nomination: NominationRow, directory: Directory) -> str:
    """Who reads it as the nominee's line manager; "" if nobody does, as where whoever sent it is that themselves."""
    nominee = directory.person(nomination.nominee_id)
    manager = directory.person(nominee.line_manager_id) if nominee is not None else None
    return manager.name if manager is not None and manager.id != nomination.nominator_id else ""


def _nomination(nomination: NominationRow, directory: Directory) -> NominationView:
    return NominationView(
        nominee=directory.name(nomination.nominee_id) or nomination.nominee_email or "",
        nominator=directory.name(nomination.nominator_id),
        manager=_manager(nomination, directory),
        seen=nomination.seen_on,
        what=nomination.what,
        difference=nomination.difference,
        seen_in=nomination.seen_in,
        tags=tuple(str(each) for each in nomination.tags),
        case_reference=nomination.case_reference or "",
        outside=nomination.nominee_id is None,
        left=nomination.nominee_id is not None and directory.person(nomination.nominee_id) is None,
    )


def _help(request: HelpRow, directory: Directory) -> HelpView:
    return HelpView(
        by=directory.name(request.asked_by_id),
        asked=local_day(request.asked_at),
        answered_by=directory.name(request.closed_by_id),
        answer=HELP_ANSWERS.get(request.answer, ""),
        note=request.note,
    )


def _row(row: RowRow) -> RowView:
    return RowView(row.label, row.number, row_text(row))


def held(row: RowRow, holding: str) -> dict[str, Any]:
    """What stands in those columns of a row that hold a date, a person or a text, as `holding` says."""
    return {name: row.given[name] for name, kind in row.columns.items() if kind == holding and row.given.get(name)}


def row_text(row: RowRow) -> str:
    """What a row says: its columns of text; of several, each with its name. "Action 2" where it has none."""
    texts = held(row, "text")
    if len(texts) > 1:
        return "; ".join(f"{name.replace('-', ' ')}: {text}" for name, text in texts.items())
    return next(iter(texts.values()), f"{row.label} {row.number}")


def _cycle(cycle: CycleRow, framework: Framework, counts: tuple[int, int]) -> CycleView:
    activity = framework.activity(cycle.activity)
    duty = framework.duties.get(cycle.activity)
    title = activity.title if activity else duty.title if duty else cycle.activity
    return CycleView(
        cycle.name,
        title,
        cycle.starts_on,
        cycle.due_on,
        done=counts[0],
        quota=counts[1],
        wanted=cycle.cases_wanted,
        picked=cycle.cases_picked,
        plural=activity.plural if activity else title,
    )
