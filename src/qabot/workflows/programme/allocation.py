"""Work and its cases: drawn at random by reference, seeded, recorded and repeatable (NEW-SEL-1)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import col, select

from qabot.framework.activities import Activity
from qabot.framework.calendar import local_day
from qabot.framework.offsets import Offset
from qabot.framework.schema import AUDIT
from qabot.framework.steps import Step
from qabot.models import Audit, Case, Cycle, Deadline, Draw, DrawKind
from qabot.models.alone import Work, be_alone
from qabot.planning.choosing import Candidate, Choice, choose, record
from qabot.planning.directory import ANYBODY, today_or_next
from qabot.planning.occurrences import Mark
from qabot.planning.planner import FIRST
from qabot.planning.recipients import runs_quality
from qabot.planning.windows import Window, of_cycle
from qabot.workflows.core import in_turn, own_form
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing, picking, shortfalls
from qabot.workflows.programme.beginning import begin
from qabot.workflows.programme.duty_turns import VACANT
from qabot.workflows.programme.shares import Piece, Shortfall, shares_of


def allocate_cycle(unit: Unit, activity_name: str, activity: Activity, cycle: Cycle) -> None:
    """Make the cycle's work, with a case that was drawn or picked if it is about one, and tell whoever does it."""
    shares = shares_of(unit, activity_name, activity, cycle)
    seed = f"allocation:{activity_name}:{cycle.starts_on.isoformat()}"
    give(unit, activity_name, activity, cycle, shares.pieces, seed)
    for each in shares.shortfalls:
        tell_shortfall(unit, activity, cycle, each)
    for quota, role in shares.vacant:
        tell_vacant(unit, activity, cycle, quota.rule, role)


def give(unit: Unit, name: str, activity: Activity, cycle: Cycle, given_out: Sequence[Piece], seed: str) -> None:
    """Make these pieces of a cycle's work, with cases drawn by this seed or picked, and tell whoever does them."""
    pieces = sorted(given_out, key=lambda each: each.owner)
    wants = Counter(each.owner for each in pieces)
    choice, given = None, dict[int, list[str | None]]()
    if activity.about == "case" and activity.picked_by:
        given = picking.share_out(unit, activity, cycle, wants)
    elif activity.about == "case":
        choice = _draw(unit, name, activity, cycle, seed, wants)
        given = {person: list(got) for person, got in choice.given.items()}
    missing = {person: got.count(None) for person, got in given.items() if None in got}
    cases = _cases(unit, [each for got in given.values() for each in got if each is not None])
    for piece in pieces:
        reference = given[piece.owner].pop(0) if given else None
        new_audit(unit, name, activity, cycle, piece, cases.get(reference or ""))
    picked = bool(given) and choice is None
    unit.event(
        "cycle-allocated",
        subject=("cycle", cycle.id),
        rule=activity.drawing.rule,
        why=picking.reason_of(unit, activity) if picked else seed,
        auditors=len(wants),
        cases=len(cases),
        seed="" if picked else seed,
    )
    if choice is not None:
        shortfalls.note(unit, activity, cycle, choice)
    elif activity.picked_by:
        picking.settle(unit, activity, cycle, None)
        if missing:
            picking.tell_missing(unit, activity, cycle, missing)


def _cases(unit: Unit, references: list[str]) -> dict[str, Case]:
    cases = unit.session.exec(select(Case).where(col(Case.reference).in_(references))) if references else ()
    return {each.reference: each for each in cases}


def _draw(unit: Unit, name: str, activity: Activity, cycle: Cycle, seed: str, wants: Counter[int]) -> Choice:
    """Draw cases for those who want so many, and keep what they were drawn from."""
    in_turn.take(unit.session, ("cycle", cycle.id))
    cases = choosing.free_cases(unit, cycle)
    people = choosing.auditors(unit, name, wants)
    known = choosing.candidates(unit, activity, cycle, cases)
    rules = choosing.rules_of(activity)
    choice = choose(seed, rules, people, known)
    unit.session.add(
        Draw(
            rule=activity.drawing.rule,
            kind=DrawKind.cases,
            thing=name,
            day=cycle.starts_on,
            purpose=seed,
            at=unit.now,
            seed=seed,
            pool=sorted(each.reference for each in cases),
            result=[
                {"person": person, "cases": [each for each in got if each is not None]}
                for person, got in choice.given.items()
            ],
            terms=record(rules, people, known),
        )
    )
    return choice


def tell_shortfall(unit: Unit, activity: Activity, cycle: Cycle, shortfall: Shortfall) -> None:
    """A number cannot be met: whoever runs quality is told, and it is in the log. It is not carried over."""
    rule, missing = shortfall.quota.rule, shortfall.count - shortfall.given
    what = activity.title if missing == 1 else activity.plural
    why = f"{missing} of {shortfall.count} {activity.plural} could be given to nobody"
    params = {"missing": str(missing), "count": str(shortfall.count), "what": what}
    _tell_quality(unit, cycle, rule, f"shortfall:{cycle.id}:{rule}:{'+'.join(shortfall.quota.doing)}", why, params)
    unit.event("shortfall", subject=("cycle", cycle.id), rule=rule, why=why, count=shortfall.count, missing=missing)


def tell_vacant(unit: Unit, activity: Activity, cycle: Cycle, rule: str, role: str) -> None:
    """Nobody holds the role by which work is given: nothing is, whoever runs quality is told, and it is in the log."""
    title = unit.framework.roles[role].title
    why = f"nobody holds {title}, so none of the {activity.plural} could be given"
    params = {"role": title, "what": activity.plural}
    _tell_quality(unit, cycle, rule, f"vacant:{cycle.id}:{rule}:{role}", why, params)
    unit.event(VACANT, subject=("cycle", cycle.id), rule=rule, why=why)


def _tell_quality(unit: Unit, cycle: Cycle, rule: str, key: str, why: str, params: dict[str, str]) -> None:
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        unit.notify(
            "shortfall",
            person,
            rule=rule,
            subject=("cycle", cycle.id),
            key=f"{key}:{person}",
            reason=why,
            params=params,
        )


def window_of(unit: Unit, activity: Activity, cycle: Cycle) -> Window:
    """When the work of a cycle is given and due."""
    return of_cycle(activity, cycle.starts_on, cycle.due_on, unit.situation.calendar)


def new_audit(unit: Unit, name: str, activity: Activity, cycle: Cycle, piece: Piece, case: Case | None = None) -> Audit:
    """Make one piece of work, open its deadline, and tell its auditor, unless there is no case for it yet.

    Work about a case is of its team; work about a person of theirs; any other of its auditor's.
    """
    window = window_of(unit, activity, cycle).given_on(unit.today, unit.situation.calendar)
    team_of = unit.directory.person(piece.person or piece.owner)
    audit = Audit(
        reference=new_reference(unit),
        activity=name,
        cycle_id=cycle.id,
        about=activity.about,
        auditor_id=piece.owner,
        role=piece.role,
        case_reference=case.reference if case else None,
        team_id=case.team_id if case else None if activity.about == "case" or team_of is None else team_of.team_id,
        practitioner_id=case.practitioner_id if case else piece.person,
        due_on=window.due,
        due_at=window.due_at,
        allocated_at=unit.now,
        in_line=choosing.is_in_line(unit, activity, piece.owner, case.team_id) if case else None,
    )
    unit.session.add(audit)
    unit.session.flush()
    tell_allocated(unit, audit, activity, cycle, rule=piece.rule)
    return audit


def new_reference(unit: Unit) -> str:
    """The next audit reference, such as QA-1042. Of several at once each waits for the one before."""
    be_alone(unit.session, Work.references)
    highest = unit.session.exec(select(Audit.id).order_by(col(Audit.id).desc()).limit(1)).first()
    return f"QA-{1001 + (highest or 0)}"


def tell_allocated(unit: Unit, audit: Audit, activity: Activity, cycle: Cycle, *, rule: str = "") -> None:
    """Open the deadline of work that a cycle gives, and tell its auditor. `rule` is that of its number."""
    number = open_work(unit, audit, activity, cycle.starts_on)
    of_case = audit.about == "case"
    if unit.directory.person(audit.auditor_id) is None or (of_case and audit.case_reference is None):
        return
    tell_given(
        unit,
        audit,
        number,
        given_message(audit),
        rule=activity.drawing.rule if of_case else rule or activity.rule,
        key=f"allocated:{audit.id}",
        reason=_why_given(unit, audit, activity),
        params={"picked": "yes"} if of_case and activity.picked_by else {},
    )


def tell_given(
    unit: Unit,
    audit: Audit,
    number: int | None,
    message: str,
    *,
    rule: str,
    key: str,
    reason: str,
    alone: bool = False,
    params: dict[str, str] | None = None,
) -> None:
    """Tell its auditor of work that is theirs from now on; `number` is its deadline's.

    A person hears once of one moment (semantics 5): what their ladder would say to them alone as it opens counts as
    said. If they are away as it is read it is said all the same, because it then reaches whoever stands in for them.
    """
    unit.notify(
        message,
        audit.auditor_id,
        rule=rule,
        subject=("audit", audit.id),
        deadline=number,
        key=key,
        reason=reason,
        alone=alone,
        params=params,
    )
    deadline = unit.session.get(Deadline, number) if number is not None else None
    its_day = local_day(today_or_next(ANYBODY, unit.now, unit.situation.calendar))
    if deadline is None or unit.directory.people[audit.auditor_id].absence(its_day) is not None:
        return
    ladder = unit.framework.ladder_by(own_form.activity_of(unit, audit).terms)
    said = [Mark(each.name, FIRST) for each in ladder.steps if _only_says_that_it_opens(each)]
    deadline.fired = [*deadline.fired, *said]
    unit.session.add(deadline)


def _only_says_that_it_opens(step: Step) -> bool:
    to_whoever_does_it = {"owner", "owes", "auditor"}.issuperset(step.to) and not step.deputies
    return step.at == Offset(("opened",)) and to_whoever_does_it and step.lane != "alert" and step.repeat is None


def _why_given(unit: Unit, audit: Audit, activity: Activity) -> str:
    if audit.about != "case":
        return "It is part of this cycle"
    return picking.reason_of(unit, activity) if activity.picked_by else "A case was drawn at random for this cycle"


def given_message(audit: Audit) -> str:
    """The message in which whoever does work hears of it: that about cases speaks of cases."""
    return "review-allocated" if audit.about == "case" else "work-given"


def give_imported(unit: Unit, audit: Audit, activity: Activity, cycle: Cycle, *, tell: bool) -> None:
    """Open the deadline of an audit that came by import and, with `tell`, tell its auditor: nobody drew its case."""
    number = open_work(unit, audit, activity, cycle.starts_on)
    if unit.directory.person(audit.auditor_id) is not None and tell:
        tell_given(
            unit,
            audit,
            number,
            given_message(audit),
            rule=activity.rule,
            key=f"allocated:{audit.id}",
            reason="The case came with an import" if audit.about == "case" else "It came with an import",
            params={"imported": "yes"},
        )


def open_work(
    unit: Unit, audit: Audit, activity: Activity, starts: date, anchors: Mapping[str, date] | None = None
) -> int | None:
    """Give an audit to its auditor: its deadline's id, whose ladder counts from when its cycle `starts`.

    `anchors` are other days of it that are kept. None if every step of it is switched off.
    """
    auditor = unit.directory.person(audit.auditor_id)
    deadline = unit.open_deadline(
        AUDIT,
        ("audit", audit.id),
        {"cycle-start": starts, "opened": unit.now, **(anchors or {})},
        terms=activity.terms,
        owner_id=audit.auditor_id,
        team_id=auditor.team_id if auditor else audit.team_id,
        audit=audit,
        due_on=audit.due_on,
        due_at=audit.due_at,
    )
    begin(unit, audit)
    return deadline.id if deadline else None


def tell_no_case(unit: Unit, audit: Audit, activity: Activity) -> None:
    """Tell whoever runs quality assurance that an auditor waits for a case."""
    rule = activity.drawing.rule
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        unit.notify(
            "no-case",
            person,
            rule=rule,
            subject=("audit", audit.id),
            key=f"no-case:{audit.id}:{person}",
            reason="No case could be drawn for this auditor",
            params={"auditor": unit.directory.name(audit.auditor_id)},
        )
    unit.event("no-case", subject=("audit", audit.id), rule=rule, why="no case is left for this auditor")


def why_not(unit: Unit, audit: Audit, person: int, activity: Activity | None = None) -> str:
    """Why somebody must not look at the case of an audit, in words that follow their name; "" if they may.

    `activity` is what they would do with it, where that is not what the audit is a piece of.
    """
    if audit.case_reference is None:
        return ""
    done = activity or own_form.activity_of(unit, audit)
    listed = unit.session.exec(select(Case).where(Case.reference == audit.case_reference)).all()
    known = choosing.candidates(unit, done, None, listed)
    case = known[0] if known else Candidate(audit.case_reference, audit.team_id, audit.practitioner_id)
    return choosing.why_barred(unit, done, person, case)
