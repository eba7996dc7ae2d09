"""Samples for moderation: drawn at random, recorded and repeatable (NEW-MOD-2, NEW-MOD-3, D2)."""

from datetime import date, time, timedelta

from sqlalchemy import func
from sqlmodel import col, select

from qabot.framework.calendar import add_months, at_local, local_day
from qabot.framework.schema import Sample
from qabot.models import Audit, AuditState, Cycle, Draw, Moderation
from qabot.planning.sampling import sample
from qabot.workflows.core import looks, moments, topic
from qabot.workflows.core.unit import Unit


def draw_month(unit: Unit, month: date) -> None:
    """Draw every sample after the month that begins on `month`. Each draw is recorded once and never drawn again."""
    following = add_months(month, 1)
    for layer, rules in unit.framework.samples.items():
        if rules.rule in unit.framework.without:
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
    running = _running(unit, month)
    pools: dict[str, list[Audit]] = {}
    for audit in unit.session.exec(query):
        so_far = max(starts.get(audit.cycle_id or 0, month), running.get(audit.activity, month))
        since = month if rules.period == "month" else so_far
        returned = local_day(audit.submitted_at) if audit.submitted_at else month
        if returned >= since:
            pools.setdefault(str(audit.team_id) if rules.each == "team" else "all", []).append(audit)
    return pools


def _running(unit: Unit, month: date) -> dict[str, date]:
    """When the cycle of each activity began in which a month begins; another activity's says nothing of it."""
    query = select(Cycle.activity, func.min(Cycle.starts_on)).where(Cycle.starts_on <= month, Cycle.due_on >= month)
    return dict(unit.session.exec(query.group_by(col(Cycle.activity))).all())


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
        audit = known[reference]
        if looks.draw_one(unit, audit, layer, rules.rule, rules.moderator, purpose, terms=rules.terms):
            moments.happen(unit, layer, "opened", topic.About.work(audit))


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
