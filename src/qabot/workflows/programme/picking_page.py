"""All the cases that may be picked for a cycle, as a page shows them: searched, a page at a time, each with why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, func, select

from qabot.errors import NotFound
from qabot.framework.activities import Activity
from qabot.models import Audit, AuditState, Case, Cycle, Deadline, DeadlineState, PickedCase
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.access import presses
from qabot.workflows.core import told_apart
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import picking, picking_needs

PAGE = 50
NO_PAGE = (
    "There is no page at this address that is open to you. Cases are picked by those whose role it is; {quality} "
    "may look on. Check the address, or ask {quality} if you need it for your work."
)
"""One answer for both, so that nobody can find out which cycles there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: a part of the reference, a team by id (0 for all), and only those that are picked if `picked`.

    `page` is the one that is read; of 0 all of them, as a file has them.
    """

    reference: str = ""
    team: int = 0
    picked: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list. `state`: in words; `can_pick` and `can_take_back` say what this visitor may do with it."""

    reference: str
    team: str
    worker: str
    state: str
    can_pick: bool
    can_take_back: bool


@dataclass(frozen=True, slots=True)
class PickingPage:
    """The page. `token` is that of the deadline to pick them; `open`: more are wanted, and this visitor may pick."""

    activity: str
    cycle: str
    starts: date
    wanted: int
    picked: int
    due: date | None
    token: str
    open: bool
    may_take_back: bool
    rows: Sequence[CaseLine]
    number: int
    total: int
    teams: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str]]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def page_of(unit: Unit, cycle_id: int, person_id: int, filters: Wanted) -> PickingPage:
    """What somebody sees of a cycle's cases. Raises `NotFound` if there is nothing, or it is not theirs to see."""
    cycle, person = unit.session.get(Cycle, cycle_id), unit.directory.person(person_id)
    activity = unit.framework.activity(cycle.activity) if cycle is not None else None
    if cycle is None or person is None or activity is None or not activity.picked_by:
        raise NotFound(NO_PAGE.format(quality=unit.framework.quality))
    query = select(Deadline).where(Deadline.kind == picking.kind_of(cycle.activity), Deadline.subject_id == cycle.id)
    deadline = unit.session.exec(query.order_by(col(Deadline.id).desc())).first()
    picks = _may_pick(unit, person, activity.picked_by, deadline)
    if not (picks or person.administrator or person.id in runs_quality(unit.directory, unit.framework, unit.today)):
        raise NotFound(NO_PAGE.format(quality=unit.framework.quality))
    need = picking_needs.Need.of(unit, activity, cycle)
    is_open = picks and deadline is not None and deadline.state == DeadlineState.open
    cases, total = _cases(unit, cycle, filters)
    return PickingPage(
        activity=activity.plural,
        cycle=cycle.name,
        starts=cycle.starts_on,
        wanted=need.total,
        picked=need.given + len(need.picks),
        due=deadline.due_on if deadline is not None else None,
        token=deadline.token if deadline is not None and picks else "",
        open=is_open,
        may_take_back=picks and bool(need.picks),
        rows=_lines(unit, activity, cycle, cases, need, is_open, picks),
        number=filters.page,
        total=total,
        teams=[(str(number), place.name) for number, place in sorted(unit.directory.teams.items(), key=_by_name)],
        people=[
            (str(each), f"{label}: {need.room[each]} more")
            for each, label in told_apart.labels(unit.directory, need.room).items()
        ],
    )


def _by_name(place: tuple[int, object]) -> str:
    return str(getattr(place[1], "name", ""))


def _may_pick(unit: Unit, person: Staff, role: str, deadline: Deadline | None) -> bool:
    holds = person.id in unit.directory.holders(role, unit.today)
    return deadline is not None and (holds or presses.is_theirs(unit, person, None, deadline))


def _cases(unit: Unit, cycle: Cycle, filters: Wanted) -> tuple[list[Case], int]:
    query = select(Case).where(col(Case.open).is_(True))
    if filters.reference:
        query = query.where(col(Case.reference).contains(filters.reference, autoescape=True))
    if filters.team:
        query = query.where(Case.team_id == filters.team)
    if filters.picked:
        picked = select(PickedCase.reference).where(PickedCase.cycle_id == cycle.id)
        query = query.where(col(Case.reference).in_(picked))
    total = unit.session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(col(Case.reference))
    if filters.page:
        ordered = ordered.offset((filters.page - 1) * PAGE).limit(PAGE)
    return list(unit.session.exec(ordered)), total


def _lines(
    unit: Unit,
    activity: Activity,
    cycle: Cycle,
    cases: Sequence[Case],
    need: picking_needs.Need,
    is_open: bool,
    picks: bool,
) -> list[CaseLine]:
    judge = picking.Judge.of(unit, activity, cycle, cases, need, None)
    work = select(Audit).where(Audit.cycle_id == cycle.id, Audit.state != AuditState.withdrawn)
    given = {each.case_reference: unit.directory.name(each.auditor_id) for each in unit.session.exec(work)}
    waiting = {each.reference: each.auditor_id for each in need.picks}
    return [_line(unit, each, given, waiting, judge, is_open, picks) for each in cases]


def _line(
    unit: Unit,
    case: Case,
    given: Mapping[str | None, str],
    waiting: Mapping[str, int | None],
    judge: picking.Judge,
    is_open: bool,
    picks: bool,
) -> CaseLine:
    reference, why = case.reference, ""
    if reference in given:
        state = f"With {given[reference]}"
    elif reference in waiting:
        person = waiting[reference]
        state = f"Picked for {unit.directory.name(person)}" if person is not None else "Picked, to be shared out"
    else:
        why = judge.why_not(reference)
        state = why or "Can be picked"
    return CaseLine(
        reference=reference,
        team=unit.directory.teams[case.team_id].name if case.team_id in unit.directory.teams else "",
        worker=unit.directory.name(case.practitioner_id),
        state=state,
        can_pick=is_open and not why and reference not in given and reference not in waiting,
        can_take_back=picks and reference in waiting,
    )
