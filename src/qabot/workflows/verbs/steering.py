"""What whoever runs the programme, or leads a line, does about what others owe: for one thing, or for many at once.

1. An order names an act, what it is about by tokens, and what the act needs: a person, a date, a reason.
2. `attempt` carries it out and takes it back: what would happen, as it then would.
3. `carry_out` does it, each thing by itself: what cannot be done says why and holds up nothing else.

Quality assurance and administrators may do all of it, whoever leads a line may remind its people; nobody about work of
their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, select

from qabot.errors import BadRequest
from qabot.models import Deadline, DeadlineState
from qabot.planning.directory import Staff
from qabot.workflows.access import records
from qabot.workflows.access.kept import is_shown
from qabot.workflows.access.lines import in_line, line_of
from qabot.workflows.core import in_turn
from qabot.workflows.core.registry import about
from qabot.workflows.core.subjects import load
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.verbs import easing, handing_over, nudging
from qabot.workflows.verbs.putting_off import REASONS

NUDGE, HAND_OVER, EXTEND, LET_OFF, DONE = "nudge", "hand-over", "extend", "let-off", "done"
ACTS = {
    NUDGE: "Remind once",
    HAND_OVER: "Hand over",
    EXTEND: "Give more time",
    LET_OFF: "Let off",
    DONE: "Note as done",
}
WHY = {EXTEND: REASONS, LET_OFF: REASONS, DONE: easing.DONE_BECAUSE}
"""The reasons from which one is chosen, of the acts that need one."""
MOST = 200
"""So many things at once at most."""
NOT_HERE = "It is not open to you, or there is no such thing any more."


@dataclass(frozen=True, slots=True)
class Order:
    """An act about things named by their deadlines' `tokens`; `of` in their place is everything that a person owes."""

    act: str
    tokens: tuple[str, ...] = ()
    of: int | None = None
    to: int | None = None
    day: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one thing: whether it is done, and a sentence that says so or why not."""

    label: str
    owner: str
    done: bool
    said: str


def carry_out(unit: Unit, person: Staff, order: Order) -> list[Outcome]:
    """Do it. Raises `BadRequest` where the order itself cannot be."""
    _check(unit, person, order)
    deadlines = _meant(unit, person, order)
    labels = dict(zip((each.id for each in deadlines), _labels(unit, deadlines), strict=True))
    outcomes = [_one(unit, person, order, each, labels[each.id]) for each in deadlines]
    missing = len(set(order.tokens)) - len(deadlines) if order.of is None else 0
    outcomes += [Outcome("Something else", "", False, NOT_HERE)] * missing
    to = unit.directory.person(order.to)
    if order.of is not None and to is not None:
        name = unit.directory.name(order.of)
        outcomes += [
            Outcome(f"Beside what {name} owes", name, True, said) for said in _follow(unit, order.of, to, person)
        ]
    return outcomes


def attempt(unit: Unit, person: Staff, order: Order) -> list[Outcome]:
    """What would become of it. Nothing is changed."""
    trial = unit.session.begin_nested()
    try:
        return carry_out(unit, person, order)
    finally:
        trial.rollback()
        unit.session.expire_all()


def _check(unit: Unit, person: Staff, order: Order) -> None:
    if order.act not in ACTS:
        raise BadRequest("Choose what is to be done.")
    if order.act != NUDGE and not records.is_steward(unit, person):
        raise BadRequest(f"Only {unit.framework.quality} and administrators do this.")
    if order.act == HAND_OVER and unit.directory.person(order.to) is None:
        raise BadRequest("Choose who takes it on.")
    if order.of is None and not order.tokens:
        raise BadRequest("Tick at least one line first.")
    if len(order.tokens) > MOST:
        raise BadRequest(f"At most {MOST} things at once, please.")


def named(unit: Unit, person: Staff, order: Order) -> list[Outcome]:
    """The things that an order is about, before it is said what is to become of them."""
    deadlines = _meant(unit, person, order)
    pairs = zip(deadlines, _labels(unit, deadlines), strict=True)
    return [Outcome(label, unit.directory.name(each.owner_id), False, "") for each, label in pairs]


def _meant(unit: Unit, person: Staff, order: Order) -> list[Deadline]:
    """Those of them that this person may do something about, in the order in which they are due."""
    steward = records.is_steward(unit, person)
    theirs = is_shown(unit, person.id, own=False) if steward else in_line(unit, person, line_of(unit, person))
    if order.of is not None:
        ids = [each.id for each in handing_over.everything_of(unit, order.of)] if steward else []
        which = col(Deadline.id).in_(ids)
    else:
        which = col(Deadline.token).in_(order.tokens)
    query = select(Deadline).where(which, theirs)
    ordered = query.order_by(col(Deadline.due_on).is_(None), col(Deadline.due_on), col(Deadline.id))
    return list(unit.session.exec(ordered.limit(MOST)))


def _labels(unit: Unit, deadlines: Sequence[Deadline]) -> list[str]:
    subjects = load(unit.session, deadlines, unit.framework)
    said = []
    for each, subject in zip(deadlines, subjects, strict=True):
        title = title_of(each.kind, unit.framework, subject.audit.activity if subject.audit else "")
        name = about(subject)
        said.append(f"{title}: {name}" if name else title)
    return said


def _one(unit: Unit, person: Staff, order: Order, deadline: Deadline, label: str) -> Outcome:
    outcome = Outcome(label, unit.directory.name(deadline.owner_id), True, "")
    part = unit.session.begin_nested()
    try:
        in_turn.take(unit.session, (deadline.subject_type, deadline.subject_id))
        unit.session.refresh(deadline, with_for_update=True)
        said = _act(unit, person, order, deadline)
        unit.session.flush()
    except BadRequest as wrong:
        part.rollback()
        unit.session.expire_all()
        return replace(outcome, done=False, said=str(wrong))
    part.commit()
    return replace(outcome, said=said)


def _act(unit: Unit, person: Staff, order: Order, deadline: Deadline) -> str:
    if deadline.state != DeadlineState.open:
        raise BadRequest(f"It is closed already: {deadline.closed_why or 'done'}.")
    match order.act:
        case "nudge":
            return nudging.nudge(unit, deadline, by=person)
        case "hand-over":
            return handing_over.hand_over(unit, deadline, unit.directory.people[order.to or 0], by=person)
        case "extend":
            return easing.extend(unit, deadline, order.day, order.why, by=person)
        case "let-off":
            return easing.let_off(unit, deadline, order.why, by=person)
    return easing.note_done(unit, deadline, order.why, by=person)


def _follow(unit: Unit, of: int, to: Staff, person: Staff) -> list[str]:
    return handing_over.follow(unit, of, to, by=person) if of != to.id else []
