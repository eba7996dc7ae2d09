"""Performing what a scenario says: each happening calls the workflow that a person's press would call."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import col, select

from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.framework.schema import AUDIT
from qabot.imports.applying import apply_audits, apply_staff
from qabot.imports.audits import plan_audits
from qabot.imports.cells import did_you_mean
from qabot.imports.people import Wishes, plan_people
from qabot.models import Alert, Audit, Deadline, DeadlineState, Moderation
from qabot.simulation import gathering_happenings
from qabot.simulation import scenario as told
from qabot.simulation.player import Player, answers_of
from qabot.simulation.pressing import press
from qabot.workflows.core import finalising
from qabot.workflows.core.own_form import OwnForm
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.subjects import load_one
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import absences
from qabot.workflows.programme import picking, withdrawing
from qabot.workflows.verbs import (
    alerts,
    answers,
    audits,
    grades,
    helping,
    home,
    moderations,
    nominations,
    putting_off,
    requests,
    stewards,
)


def _submit(player: Player, does: told.Submit) -> None:
    audit = player.audit(does.audit)
    by = player.person(does.by, audit.auditor_id)
    planned = does.actions
    has_actions = planned is None or bool(planned)
    given = answers_of(player, OwnForm.of(player.unit, audit).questions, does.answers)
    if not audits.submit(player.unit, audit, given, by=by, has_actions=has_actions, immediate=does.immediate):
        raise player.wrong(f"{audit.reference} is not waiting to be submitted on {local_day(player.unit.now)}")
    audits.plan_actions(player.unit, audit, [(player.person(each.owner), each.due) for each in planned or ()])


def _correct(player: Player, does: told.Correct) -> None:
    audit = player.audit(does.audit)
    grades.correct(
        player.unit,
        audit,
        answers_of(player, OwnForm.of(player.unit, audit).questions, does.answers),
        by=player.person(does.by, audit.auditor_id),
        has_actions=audit.has_actions if does.actions is None else does.actions,
        immediate=does.immediate,
        why=does.why,
    )


def _moderate(player: Player, does: told.Moderate) -> None:
    audit = player.audit(does.audit)
    if does.spoken and _talked_through(player, audit, does):
        return
    query = select(Moderation).where(Moderation.audit_id == audit.id, col(Moderation.done_at).is_(None))
    looks = player.unit.session.exec(query.order_by(col(Moderation.id))).all()
    own = [each for each in looks if does.by and each.moderator_id == player.person(does.by)]
    waiting = next(iter((*own, *looks)), None)
    if waiting is None:
        waiting = moderations.draw_by_hand(player.unit, audit, player.person(does.by, audit.auditor_id))
    by = player.person(does.by, waiting.moderator_id or audit.auditor_id)
    moderations.record(player.unit, waiting, audit, does.grade, by=by, spoken=does.spoken)


def _talked_through(player: Player, audit: Audit, does: told.Moderate) -> bool:
    """Whether this told of the talk alone: the second look was recorded before, and only that was left."""
    done = select(Moderation).where(Moderation.audit_id == audit.id, col(Moderation.done_at).is_not(None))
    return any(
        moderations.talked_through(player.unit, each, audit, by=each.done_by_id)
        for each in player.unit.session.exec(done).all()
        if each.done_by_id is not None and player.person(does.by, each.done_by_id) == each.done_by_id
    )


def _finalise(player: Player, does: told.Finalise) -> None:
    finalising.make_final(player.unit, player.audit(does.audit), by=None)


def _done(player: Player, does: told.Done) -> None:
    """What asks nothing is done: of an audit, its actions."""
    duties = player.unit.framework.duties
    silent = (name for name, duty in duties.items() if not duty.ask and duty.makes is None)
    deadline = player.deadline(player.audit(does.audit), *silent, row=does.row)
    answers.check_window(player.unit, deadline)
    answers.answer(player.unit, deadline, {}, by=player.person(does.by))


def _not_yet(player: Player, does: told.NotYet) -> None:
    later = (name for name, duty in player.unit.framework.duties.items() if duty.put_off)
    deadline = player.deadline(player.audit(does.audit), *later, AUDIT, row=does.row)
    if deadline.kind != AUDIT:
        putting_off.put_off(player.unit, deadline, does.new_date, by=player.person(does.by), why=does.why or "")
    elif does.why:
        raise player.wrong("nobody asks why the work itself takes longer: expected no why")
    else:
        audits.answer_not_yet(player.unit, deadline, does.new_date, by=player.person(does.by))


def _let_off(player: Player, does: told.LetOff) -> None:
    by = player.person(does.by)
    putting_off.let_off(
        player.unit, player.deadline(player.audit(does.audit), does.duty, row=does.row, by=by), does.why, by=by
    )


def _acknowledge(player: Player, does: told.Acknowledge) -> None:
    unit, audit = player.unit, player.audit(does.audit)
    if unit.session.exec(select(Alert).where(Alert.audit_id == audit.id)).first() is None:
        raise player.wrong(f"{audit.reference} has no alert on {local_day(unit.now)}")
    for deadline in alerts.open_alerts(unit, audit.id):
        alerts.acknowledge(unit, deadline, by=player.person(does.by))


def _not_me(player: Player, does: told.NotMe) -> None:
    unit, deadline = player.unit, player.deadline(player.audit(does.audit), *player.unit.framework.alerting())
    staff = unit.directory.people[player.person(does.by)]
    alerts.hand_on(Pressed(unit, staff, subject=load_one(unit.session, deadline, unit.framework), deadline=deadline))


def _answer(player: Player, does: told.AnswerDuty) -> None:
    answering = player.person(does.by) if does.by else None
    deadline = player.deadline(player.audit(does.audit), does.duty, row=does.row, by=answering)
    player.answer(deadline, does.answers, player.person(does.by, deadline.owner_id))


def _away(player: Player, does: told.Away) -> None:
    deputy = player.person(does.deputy) if does.deputy else None
    absences.record(player.unit, player.person(does.person), does.from_on, does.to_on, deputy, by=None)


def _back(player: Player, does: told.Back) -> None:
    absences.end(player.unit, player.person(does.person), player.unit.today, by=None)


def _import_audit(player: Player, does: told.ImportAudit) -> None:
    plan = plan_audits(player.unit.session, does.rows, player.unit.framework)
    apply_audits(player.unit, plan.rows)


def _import_person(player: Player, does: told.ImportPerson) -> None:
    unit = player.unit
    # A scenario names those alone who change: whoever joins is not somebody who is missing from it.
    apply_staff(unit, plan_people(unit.session, does.rows, unit.framework, unit.now, Wishes(all_new=True)))


def _nominate(player: Player, does: told.Nominate) -> None:
    clean: dict[str, Any] = {
        "what": does.what,
        "difference": does.difference,
        "seen_in": does.seen_in,
        "tags": list(does.tags),
        "seen_on": does.seen_on or player.unit.today,
        "case_reference": does.case_reference,
    }
    nominations.nominate(player.unit, player.person(does.nominee), clean, by=player.person(does.by))


def _snooze(player: Player, does: told.Snooze) -> None:
    audit = player.audit(does.audit)
    alerting = player.unit.framework.alerting()
    by = player.person(does.by)
    waiting = [each for each in player.waiting(audit, by) if each.kind not in alerting]
    if not waiting:
        raise player.wrong(f"{audit.reference} waits for nothing that could be put off")
    home.snooze(player.unit, waiting[0], by, does.until)


def _help(player: Player, does: told.Help) -> None:
    unit, audit = player.unit, player.audit(does.audit)
    by = player.person(does.by)
    waiting = player.waiting(audit, by)
    if not waiting:
        raise player.wrong(f"{audit.reference} waits for nothing with which anybody could help")
    helping.ask_for_help(unit, waiting[0], unit.directory.people[by])


def _withdraw(player: Player, does: told.Withdraw) -> None:
    why = stewards.REASONS[does.why]
    withdrawing.withdraw(player.unit, player.audit(does.audit), why, by=player.person(does.by))


def _ask_for(player: Player, does: told.AskFor) -> None:
    whom = player.person(does.person) if does.person else None
    what = does.place or does.theme or ""
    request = requests.Request(does.activity, player.person(does.to), does.due, does.case or "", whom, what)
    requests.ask(player.unit, request, by=player.person(does.by))


def _reassign(player: Player, does: told.Reassign) -> None:
    audits.reassign(player.unit, player.audit(does.audit), player.person(does.to), by=None)


def _data_sent(player: Player, does: told.DataSent) -> None:
    for deadline in waiting_for_cycles(player.unit):
        answers.answer(player.unit, deadline, {}, by=deadline.owner_id)


def _pick(player: Player, does: told.Pick) -> None:
    unit = player.unit
    picking_for = [each for each, activity in unit.framework.activities.items() if activity.picked_by]
    if does.activity is not None and does.activity not in picking_for:
        guess = did_you_mean(does.activity, picking_for) or ": nobody picks its cases"
        raise player.wrong(f"no cases are picked for {does.activity!r}{guess}")
    kinds = [picking.kind_of(each) for each in picking_for if does.activity in (None, each)]
    query = select(Deadline).where(col(Deadline.kind).in_(kinds), Deadline.state == DeadlineState.open)
    deadline = unit.session.exec(query.order_by(col(Deadline.due_on), col(Deadline.id))).first()
    if deadline is None:
        raise player.wrong(f"nobody is asked to pick cases on {local_day(unit.now)}")
    cycle, activity = picking.cycle_of(unit, deadline)
    for_whom = player.person(does.for_whom) if does.for_whom else None
    by = player.person(does.by) if does.by else deadline.owner_id
    wrong = picking.pick(unit, activity, cycle, list(dict.fromkeys(does.cases)), for_whom, by)
    if wrong:
        raise player.wrong(" ".join(wrong))


def waiting_for_cycles(unit: Unit) -> Sequence[Deadline]:
    """What is still open about a cycle that is planned, such as the data for it; not the cases that somebody picks."""
    query = select(Deadline).where(Deadline.subject_type == "cycle", Deadline.state == DeadlineState.open)
    return [each for each in unit.session.exec(query) if not unit.framework.picked_for(each.kind)]


def play(unit: Unit, file: str, happening: told.Happening) -> None:
    """Perform one happening in a unit of work. Raises `BadFile` at its line if it cannot happen."""
    player = Player(unit, file, happening)
    try:
        PLAYS[type(happening.does)](player, happening.does)
    except BadRequest as refused:
        raise player.wrong(str(refused)) from refused


PLAYS: dict[type, Callable[[Player, Any], None]] = {
    told.Submit: _submit,
    told.Correct: _correct,
    told.Moderate: _moderate,
    told.Finalise: _finalise,
    told.Done: _done,
    told.NotYet: _not_yet,
    told.LetOff: _let_off,
    told.Acknowledge: _acknowledge,
    told.NotMe: _not_me,
    told.AnswerDuty: _answer,
    told.Away: _away,
    told.Back: _back,
    told.ImportPerson: _import_person,
    told.ImportAudit: _import_audit,
    told.Nominate: _nominate,
    told.Press: press,
    told.Snooze: _snooze,
    told.Help: _help,
    told.AskFor: _ask_for,
    told.Reassign: _reassign,
    told.Withdraw: _withdraw,
    told.DataSent: _data_sent,
    told.Pick: _pick,
    **gathering_happenings.PLAYS,
}
"""Every happening but an outage, which is time that passes without the service."""
