"""Samples for second looks: drawn at random, recorded and repeatable (NEW-MOD-2, NEW-MOD-3, D2)."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BindParameter, bindparam, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import col, select

from qabot.framework.calendar import add_months, at_local, local_day
from qabot.framework.duties import Condition
from qabot.framework.rhythms import Period, Rhythm
from qabot.framework.samples import Sample
from qabot.models import Audit, AuditState, Cycle, Draw, DrawKind, Meta, Moderation, columns
from qabot.models.columns import UtcDateTime
from qabot.models.look_up import by_id
from qabot.planning.sampling import Selection, sample
from qabot.workflows.core import conditions, looks, moments, topic
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.lookers import Lookers

SINCE = "sample-since:"
"""Begins the key under which is kept since when the file has a sample; alone, since when that is kept."""
EVERYTHING = "all"
"""What tells the draw of a whole council from those of its parts."""

_draw_of, _audit, _cycle = columns.table(Draw).c, columns.table(Audit).c, columns.table(Cycle).c
DRAWN = select_rows(_draw_of.purpose, _draw_of.thing, _draw_of.day).where(_draw_of.kind == DrawKind.sample)
"""Every draw of a sample until now: its purpose, its sample, and the first day of its period."""
BEGINNINGS = select_rows(
    select_rows(func.min(_audit.submitted_at)).scalar_subquery(),
    select_rows(func.min(_cycle.created_at)).scalar_subquery(),
)
"""When the first piece of work came in, and when qabot made its first cycle."""
_of: BindParameter[str] = bindparam("of", expanding=True)
CAME_IN = (
    select(Audit)
    .where(
        col(Audit.activity).in_(_of),
        col(Audit.submitted_at) >= bindparam("since", type_=UtcDateTime),
        col(Audit.submitted_at) < bindparam("until", type_=UtcDateTime),
        Audit.state != AuditState.withdrawn,
        # What came as history was final before it came: nobody looks at it again.
        or_(col(Audit.finalised_at).is_(None), col(Audit.finalised_at) >= col(Audit.allocated_at)),
    )
    .order_by(col(Audit.id))
)
"""The work of some activities that came in within a time."""
POOLS = select_rows(_draw_of.pool).where(_draw_of.kind == DrawKind.sample, _draw_of.thing == bindparam("name"))
"""From what a sample was drawn until now."""
FIRST_AND_LAST = (
    select_rows(_audit.activity, func.min(_audit.submitted_at), func.max(_audit.submitted_at))
    .where(_audit.submitted_at.is_not(None))
    .group_by(_audit.activity)
)
"""When the first and the last work of each activity came in: one look for all samples."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_day_of = bindparam("day", type_=_cycle.starts_on.type)
RUNNING = (
    select_rows(_cycle.activity, func.min(_cycle.starts_on))
    .where(_cycle.starts_on <= _day_of, _cycle.due_on >= _day_of)
    .group_by(_cycle.activity)
)
"""When the cycle of each activity began in which a day lies."""


def draw_all(unit: Unit) -> None:
    """Draw every sample whose period has ended, the earliest first and in the file's order, and each draw once.

    Of a period that was over before the file had the sample (under this name, and not switched off) nothing is drawn.
    """
    samples = {name: each for name, each in unit.framework.samples.items() if each.rule not in unit.framework.without}
    since = _there_since(unit, samples)
    if not samples:
        return
    before = {purpose: (thing, day) for purpose, thing, day in columns.run(unit.session, DRAWN)}
    came_in = {name: (local_day(a), local_day(b)) for name, a, b in columns.run(unit.session, FIRST_AND_LAST)}
    began = _began(unit) if not before else None
    waiting = [
        (period, name, rules)
        for name, rules in samples.items()
        for period in _with_work(unit, rules, _to_draw(unit, name, rules, before.values(), began), came_in)
        if period.ends >= since[name]
    ]
    for period, name, rules in sorted(waiting, key=lambda each: each[0].ends):
        draw_period(unit, name, rules, period, before)


def _there_since(unit: Unit, names: Collection[str]) -> dict[str, date]:
    """Since which day the file has each of these samples; of those that it had as this was first noted, the first one.

    One that goes, or is switched off, is new when it comes back.
    """
    known = {each.key: each for each in unit.session.exec(select(Meta).where(col(Meta.key).startswith(SINCE))).all()}
    today = unit.today if SINCE in known else date.min
    keys = {SINCE, *(f"{SINCE}{name}" for name in names)}
    for key in known.keys() - keys:
        unit.session.delete(known.pop(key))
    for key in sorted(keys - known.keys()):
        known[key] = Meta(key=key, value=today.isoformat())
        unit.session.add(known[key])
    return {name: date.fromisoformat(known[f"{SINCE}{name}"].value) for name in names}


def draw_period(unit: Unit, name: str, rules: Sample, period: Period, before: Collection[str]) -> None:
    """Draw a sample of what came in up to the end of a period. `before` are the purposes of every draw until now."""
    purpose = f"sample:{name}:{{}}:{_key(rules.every, period)}".format
    if rules.in_each == "council" and purpose(EVERYTHING) in before:
        return
    for place, pool in _pools(unit, name, rules, period).items():
        if purpose(place) not in before:
            _draw(unit, name, rules, purpose(place), period, pool)


def _key(every: Rhythm, period: Period) -> str:
    return f"{period.starts:%Y-%m}" if str(every) == "month" else period.key


def _to_draw(
    unit: Unit, name: str, rules: Sample, before: Collection[tuple[str, date]], began: date | None
) -> list[Period]:
    """The periods to draw: the last one whose day has come, and those that an outage left out before it.

    `before` are every draw's sample and the first day of its period; `began` is from when on there can be any.
    """
    last = _last_ended(unit, rules.every)
    periods = [last] if last is not None else []
    until = _drawn_until(name, rules.every, before, began) if last is not None else None
    while periods and until is not None and periods[0].starts > until:
        earlier = rules.every.period(periods[0].starts - timedelta(days=1))
        if earlier is None:
            break
        periods.insert(0, earlier)
    return periods


def _with_work(
    unit: Unit, rules: Sample, periods: list[Period], came_in: Mapping[str, tuple[date, date]]
) -> list[Period]:
    """Those in which work can have come in. What nobody does costs one look a day, not one for each period since."""
    days = [came_in[each] for each in rules.of if each in came_in]
    if not days:
        return []
    first, last = min(first for first, _ in days), max(last for _, last in days)
    return [
        each
        for each in periods
        if each.ends >= first
        and (rules.over or each.starts <= last or conditions.judged_in(unit, rules.if_, *_span(each)))
    ]


def _span(period: Period) -> tuple[datetime, datetime]:
    """From when on a period is, and until before when (UTC)."""
    return at_local(period.starts, time(0, 0)), at_local(period.ends + timedelta(days=1), time(0, 0))


def _last_ended(unit: Unit, every: Rhythm) -> Period | None:
    """The last period that is over, and after which the first working day has come."""
    current = every.period(unit.today)
    period = every.period(current.starts - timedelta(days=1)) if current is not None else None
    calendar = unit.situation.calendar
    while period is not None and calendar.roll(period.ends + timedelta(days=1), "later") > unit.today:
        period = every.period(period.starts - timedelta(days=1))
    return period


def _began(unit: Unit) -> date | None:
    """The day of the first audit, but none that was over before qabot began; None if there is no audit yet."""
    [(first, began)] = columns.run(unit.session, BEGINNINGS)
    return max(local_day(first), add_months(local_day(began), -1)) if first is not None and began is not None else None


def _drawn_until(name: str, every: Rhythm, before: Collection[tuple[str, date]], began: date | None) -> date | None:
    """The first day of the last period that was drawn; None where a sample is new and begins with the last one.

    If nothing was drawn at all, that of the period in which there can first be something.
    """
    if own := [day for sample_of, day in before if sample_of == name]:
        return max(own)
    period = every.period(began) if began is not None else None
    return period.starts if period is not None else None


def _pools(unit: Unit, name: str, rules: Sample, period: Period) -> dict[str, list[Audit]]:
    """The work that came in, by that of which the share is, over the period or over its own cycle so far.

    Of a sample of some work alone, such as that of one grade, also what came in before and is one of these only since
    it was looked at again, or corrected, in the period.
    """
    running = _running(unit, period.starts) if rules.over else {}
    earliest = min(running.get(activity, period.starts) for activity in rules.of)
    values = {
        "of": list(rules.of),
        "since": at_local(earliest, time(0, 0)),
        "until": at_local(period.ends + timedelta(days=1), time(0, 0)),
    }
    audits = unit.session.exec(CAME_IN, params=values).all()
    starts = {each.id: each.starts_on for each in unit.session.exec(select(Cycle))} if audits and rules.over else {}
    pools: dict[str, list[Audit]] = {}
    for audit in audits:
        since = max(by_id(starts, audit.cycle_id, period.starts), running.get(audit.activity, period.starts))
        returned = local_day(audit.submitted_at) if audit.submitted_at else period.starts
        if returned >= since and (not rules.if_ or _holds(unit, rules.if_, audit)):
            pools.setdefault(_place(unit, rules, audit), []).append(audit)
    for audit in _newly_so(unit, name, rules, period, {each.id for pool in pools.values() for each in pool}):
        pools.setdefault(_place(unit, rules, audit), []).append(audit)
    return pools


def _newly_so(unit: Unit, name: str, rules: Sample, period: Period, there: Collection[int]) -> list[Audit]:
    """What came in before a period and fits the sample only since then: it was among the work of no draw before."""
    newly = conditions.judged_in(unit, rules.if_, *_span(period)) - set(there)
    if not newly:
        return []
    known = {reference for (pool,) in columns.run(unit.session, POOLS, {"name": name}) for reference in pool}
    values = {"of": list(rules.of), "since": _EARLIEST, "until": _span(period)[1]}
    audits = unit.session.exec(CAME_IN.where(col(Audit.id).in_(newly)), params=values).all()
    return [each for each in audits if each.reference not in known and _holds(unit, rules.if_, each)]


def _running(unit: Unit, day: date) -> dict[str, date]:
    """When the cycle of each activity began in which a day lies; another activity's says nothing of it."""
    return dict(columns.run(unit.session, RUNNING, {"day": day}))


def _place(unit: Unit, rules: Sample, audit: Audit) -> str:
    """Of what the share is, as it stands in the seed."""
    team = by_id(unit.directory.teams, audit.team_id)
    match rules.in_each:
        case "team":
            return str(audit.team_id)
        case "service":
            return f"service-{team.service_id if team is not None else None}"
        case "auditor":
            return f"auditor-{audit.auditor_id}"
        case "activity":
            return audit.activity
    return EVERYTHING


def _holds(unit: Unit, alternatives: Collection[Condition], audit: Audit) -> bool:
    about = topic.About.work(audit)
    return any(conditions.holds(unit, each, about) for each in alternatives)


def _draw(unit: Unit, name: str, rules: Sample, purpose: str, period: Period, pool: list[Audit]) -> None:
    known = {audit.reference: audit for audit in pool}
    already = {audit.reference for audit in pool if audit.id in _drawn(unit, name)}
    always = {audit.reference for audit in pool if rules.always and _holds(unit, rules.always, audit)}
    overlap = [
        ({audit.reference for audit in pool if audit.id in _drawn(unit, other)}, percent)
        for other, percent in rules.overlap.items()
    ]
    selection = Selection(rules.share or 0, rules.count or 0, rules.least)
    chosen = sample(purpose, list(known), already, selection, always=always, overlap=overlap)
    unit.session.add(
        Draw(
            rule=rules.rule,
            kind=DrawKind.sample,
            thing=name,
            day=period.starts,
            purpose=purpose,
            at=unit.now,
            seed=purpose,
            pool=sorted(known),
            result=chosen,
        )
    )
    unit.event(
        "sample-drawn",
        rule=rules.rule,
        why=purpose,
        seed=purpose,
        pool=len(known),
        drawn=len(chosen),
        kept=len(already),
        always=len(always),
        short=max((rules.count or 0) - len(known), 0),
    )
    lookers = Lookers(unit, name, rules, purpose)
    for audit in (known[reference] for reference in chosen):
        looker = lookers.next(audit)
        if looks.draw_one(unit, audit, name, rules.rule, looker, terms=rules.terms, duty=rules.duty):
            for moment in ("drawn", "opened"):
                moments.happen(unit, name, moment, topic.About.work(audit))


def _drawn(unit: Unit, layer: str) -> set[int]:
    """The work that is in a layer already."""
    return set(unit.session.exec(select(Moderation.audit_id).where(Moderation.layer == layer)))
