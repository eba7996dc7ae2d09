"""Samples for moderation: drawn at random, recorded and repeatable, RED always included (NEW-MOD-2, NEW-MOD-3, D2)."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from qabot.framework.calendar import add_months, at_local, local_day
from qabot.framework.schema import Sample
from qabot.models import Audit, AuditState, Cycle, Draw, Moderation
from qabot.planning.recipients import Parties, holders, recipients
from qabot.planning.sampling import draw_order, sample
from qabot.workflows.finalising import REVIEW, anchors_of
from qabot.workflows.unit import Unit


def draw_always(unit: Unit, audit: Audit, judged: str | None = None) -> None:
    """Draw an audit at once into every sample that always includes its grade (every RED, NEW-ALT-3 and NEW-MOD-3).

    `judged` is a moderator's grade. Switching a sample's rule off stops its percentage, not what it always includes.
    """
    grades = {audit.grade, judged, *(str(each) for each in audit.grades.values())}
    for layer, rules in unit.framework.samples.items():
        if grades & set(rules.always):
            known = _drawn(unit, audit, layer)
            if known is None:
                _add(unit, audit, layer, rules, rules.always_deadline, rules.always_deadline)
            elif known.done_at is None:
                _make_review(unit, audit, known, rules)


def _drawn(unit: Unit, audit: Audit, layer: str) -> Moderation | None:
    query = select(Moderation).where(Moderation.audit_id == audit.id, Moderation.layer == layer)
    return unit.session.exec(query).first()


def _make_review(unit: Unit, audit: Audit, known: Moderation, rules: Sample) -> None:
    """A moderation that was drawn for the percentage, and waits, becomes the review that RED asks for."""
    subject = ("moderation", known.id or 0)
    if unit.open_deadlines(subject, rules.always_deadline):
        return
    for before in unit.open_deadlines(subject):
        unit.close(before, "Became a Head of Service review", withdrawn=True)
    _open(unit, audit, known, rules.always_deadline)


def draw_month(unit: Unit, month: date) -> None:
    """Draw every sample after the month that begins on `month`. Each draw is recorded once and never drawn again."""
    following = add_months(month, 1)
    for layer, rules in unit.framework.samples.items():
        if rules.rule in unit.framework.off:
            continue
        for place, pool in _pools(unit, rules, month, following).items():
            _draw(unit, layer, rules, f"sample:{layer}:{place}:{month:%Y-%m}", pool)


def _pools(unit: Unit, rules: Sample, month: date, following: date) -> dict[str, list[Audit]]:
    """The audits that came in, by team (or all together), over the month or over the cycle so far."""
    query = select(Audit).where(
        col(Audit.submitted_at).is_not(None),
        col(Audit.submitted_at) < at_local(following, time(0, 0)),
        Audit.state != AuditState.withdrawn,
    )
    starts = {each.id: each.starts_on for each in unit.session.exec(select(Cycle))}
    pools: dict[str, list[Audit]] = {}
    for audit in unit.session.exec(query):
        since = month if rules.period == "month" else max(starts.get(audit.cycle_id, month), _cycle_start(unit, month))
        returned = local_day(audit.submitted_at) if audit.submitted_at else month
        if returned >= since:
            pools.setdefault(str(audit.team_id) if rules.each == "team" else "all", []).append(audit)
    return pools


def _cycle_start(unit: Unit, month: date) -> date:
    query = select(col(Cycle.starts_on)).where(Cycle.starts_on <= month, Cycle.due_on >= month)
    return min(unit.session.exec(query), default=month)


def _draw(unit: Unit, layer: str, rules: Sample, purpose: str, pool: list[Audit]) -> None:
    if unit.session.exec(select(Draw.id).where(Draw.purpose == purpose)).first() is not None:
        return
    known = {audit.reference: audit for audit in pool}
    ids = [audit.id for audit in pool]
    drawn = unit.session.exec(
        select(Moderation).where(Moderation.layer == layer, col(Moderation.audit_id).in_(ids))
    ).all()
    already = {audit.reference for audit in pool for each in drawn if each.audit_id == audit.id}
    chosen = sample(purpose, list(known), already, rules.percent, rules.minimum)
    row = Draw(rule=rules.rule, purpose=purpose, at=unit.now, seed=purpose, pool=sorted(known), result=chosen)
    unit.session.add(row)
    unit.event("sample-drawn", rule=rules.rule, why=purpose, pool=len(known), drawn=len(chosen), kept=len(already))
    for reference in chosen:
        _add(unit, known[reference], layer, rules, rules.deadline, purpose)


def _add(unit: Unit, audit: Audit, layer: str, rules: Sample, kind: str, seed: str) -> None:
    if _drawn(unit, audit, layer) is not None:
        return
    moderator = _moderator(unit, audit, rules, seed)
    row = Moderation(audit_id=audit.id or 0, layer=layer, rule=rules.rule, moderator_id=moderator, drawn_at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    _open(unit, audit, row, kind)


def _open(unit: Unit, audit: Audit, row: Moderation, kind: str) -> None:
    anchors: dict[str, Any] = {**anchors_of(audit), "drawn": unit.today, "raised": unit.now}
    rule = None if kind == REVIEW else row.rule
    unit.open_deadline(kind, ("moderation", row.id or 0), anchors, owner_id=row.moderator_id, audit=audit, rule=rule)


def _moderator(unit: Unit, audit: Audit, rules: Sample, seed: str) -> int | None:
    """The role's holder for the team; of several, one by lot. Never whoever made the audit: then the role above."""
    parties = Parties(team_id=audit.team_id, auditor_id=audit.auditor_id, practitioner_id=audit.practitioner_id)
    role: str | None = rules.moderator
    tried: set[str] = set()
    while role and role not in tried:
        tried.add(role)
        able = _able(unit, audit, holders(role, parties, unit.directory, unit.framework, unit.today))
        if able:
            return _by_lot(audit, able, seed)
        role = unit.framework.roles[role].above
    told = recipients((rules.moderator,), parties, unit.directory, unit.framework, unit.today)
    able = _able(unit, audit, [each.person_id for each in told])
    return _by_lot(audit, able, seed) if able else None


def _able(unit: Unit, audit: Audit, people: list[int]) -> list[int]:
    """Those who neither made the audit nor have somebody stand in today who did."""
    own = {audit.auditor_id, audit.practitioner_id}
    away = {each for each in people if unit.directory.people[each].absence(unit.today)}
    acting = {each: unit.directory.deputy(each, unit.today) if each in away else each for each in people}
    return [each for each in people if not own & {each, acting[each]}]


def _by_lot(audit: Audit, people: list[int], seed: str) -> int:
    return int(draw_order(f"{seed}:{audit.reference}", [str(each) for each in people])[0])


def months_to_draw(unit: Unit) -> list[date]:
    """The first days of the months to draw: the last one, and those that an outage left out before it."""
    last = (unit.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    months = [last]
    while months[0] > _drawn_until(unit, last):
        months.insert(0, add_months(months[0], -1))
    return months


def _drawn_until(unit: Unit, last: date) -> date:
    """The last month that was drawn; if none was, the first audit's, but none that was over before qabot began."""
    purposes = unit.session.exec(select(Draw.purpose).where(col(Draw.purpose).startswith("sample:"))).all()
    if purposes:
        return max(date.fromisoformat(f"{purpose[-7:]}-01") for purpose in purposes)
    first = unit.session.exec(select(func.min(Audit.submitted_at))).one()
    began = unit.session.exec(select(func.min(Cycle.created_at))).one()
    if first is None or began is None:
        return last
    return max(local_day(first), add_months(local_day(began), -1)).replace(day=1)
