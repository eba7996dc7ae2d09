"""What programs read about whom and what the work is shared among: cases, people, absences."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import col, select

from qabot.imports.exporting import roles_held
from qabot.imports.known import Known
from qabot.models import Absence, Case, Person
from qabot.models.look_up import by_id
from qabot.web.api.callers import Caller, having
from qabot.web.api.paging import USUAL, rows_of
from qabot.web.api.problems import described
from qabot.web.api.shapes import AbsenceShape, CaseShape, Cursor, Limit, Page, PersonShape
from qabot.web.api.work import addresses, team_names
from qabot.workflows.core.unit import Unit

router = APIRouter(tags=["people and cases"])
AS_IMPORTED = ("name", "employee_id", "team", "line_manager", "deputy", "work_days", "administrator", "active")


@router.get("/cases", responses=described())
async def cases(
    caller: Annotated[Caller, having("cases:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Open ones, or closed ones; all without it")
    ] = None,
) -> Page[CaseShape]:
    """Cases, by reference alone."""
    query = select(Case) if is_open is None else select(Case).where(col(Case.open).is_(is_open))

    def read(unit: Unit) -> Page[CaseShape]:
        rows, following = rows_of(unit.session, query, col(Case.id), cursor, limit)
        teams, emails = team_names(unit.session), addresses(unit.session)
        items = [
            CaseShape(
                reference=each.reference,
                team=teams[each.team_id],
                practitioner=by_id(emails, each.practitioner_id),
                open=each.open,
            )
            for each in rows
        ]
        return Page(items=items, next=following)

    return await caller.read(read)


@router.get("/people", responses=described())
async def people(
    caller: Annotated[Caller, having("people:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    active: Annotated[bool | None, Query(description="Those who work here, or who have left; all without it")] = None,
) -> Page[PersonShape]:
    """Members of staff."""
    query = select(Person) if active is None else select(Person).where(col(Person.active).is_(active))

    def read(unit: Unit) -> Page[PersonShape]:
        rows, following = rows_of(unit.session, query, col(Person.id), cursor, limit)
        known = Known.load(unit.session)
        held = roles_held(known, unit.today)
        items = []
        for each in rows:
            email = known.emails[each.id]
            cells = known.people[email]
            items.append(
                PersonShape.model_validate(
                    {
                        **{name: cells[name] for name in AS_IMPORTED},
                        "email": email,
                        "service": known.teams.get(str(cells["team"]), ""),
                        "roles": held.get(email, []),
                    }
                )
            )
        return Page(items=items, next=following)

    return await caller.read(read)


@router.get("/absences", responses=described())
async def absences(
    caller: Annotated[Caller, having("absences:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    past: Annotated[bool, Query(description="Also those that are over")] = False,
) -> Page[AbsenceShape]:
    """Who is away, now and later."""

    def read(unit: Unit) -> Page[AbsenceShape]:
        query = select(Absence) if past else select(Absence).where(col(Absence.to_on) >= unit.today)
        rows, following = rows_of(unit.session, query, col(Absence.id), cursor, limit)
        emails = addresses(unit.session)
        items = [
            AbsenceShape(
                id=each.id,
                person=emails[each.person_id],
                from_on=each.from_on,
                to_on=each.to_on,
                deputy=by_id(emails, each.deputy_id),
            )
            for each in rows
        ]
        return Page(items=items, next=following)

    return await caller.read(read)
