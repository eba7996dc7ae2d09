"""Adding a person, changing one, and noting that somebody has left: checked and carried out as an import would be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session, col, func, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadFile, BadRequest, NotFound
from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.framework.sections import sentence
from qabot.imports import kinds, one_person
from qabot.imports.cells import bare_address
from qabot.imports.kinds import Plan
from qabot.imports.known import ids_of_people
from qabot.imports.people import Wishes
from qabot.models import Deadline, DeadlineState, Person, Service, Team
from qabot.models.columns import alphabetical
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.rehearsal import Rehearsed
from qabot.web.administration.spoken_changes import spoken_problem
from qabot.web.sessions import Said
from qabot.web.site import Visitor, number

PEOPLE = f"{HOME}/people"
TEXTS = ("name", "email", "employee_id", "team", "service", "line_manager", "deputy")
DAYS = (("1", "Monday"), ("2", "Tuesday"), ("3", "Wednesday"), ("4", "Thursday"), ("5", "Friday"))
WEEKEND = (("6", "Saturday"), ("7", "Sunday"))
MORE_ROLES = 3
"""Roles that one form can add."""
NOBODY = "There is nobody at this address. Choose somebody from the list of people."
EMPTY = "this cell is empty"
HELD_FOR = re.compile(r"(is held for a (team|service)): expected .*")
"""What a file says of a role without its place; a form has a field for it."""
AS_IT_IS: Wishes = Wishes(all_new=True)
"""Whoever fills in the form has said which person it is."""


@dataclass(slots=True)
class Filled:
    """What stands in the form: texts by field, roles as files write them, days as digits; what is wrong, by field."""

    texts: dict[str, str] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    days: str = "12345"
    hours: tuple[str, str] = ("09:00", "16:30")
    administrator: bool = False
    errors: dict[str, list[str]] = field(default_factory=dict)

    def values(self, former: str = "") -> dict[str, str]:
        """The same as cells of a file; `former` is the address under which the person is here."""
        added = [f"{role}@{place}" if place else role for role, place in self.added if role]
        moved = {"former_email": former} if former and former != self.texts["email"].strip().lower() else {}
        return {
            **self.texts,
            **moved,
            "roles": "; ".join([*self.roles, *added]),
            "work_days": self.days,
            "hours": "-".join(self.hours),
            "administrator": "yes" if self.administrator else "",
            "active": "yes",
        }

    def refuse(self, wrong: BadFile | BadRequest, framework: Framework) -> None:
        """Note what is wrong, by field; what belongs to none is under ""."""
        if not isinstance(wrong, BadFile):
            self.errors.setdefault("", []).append(str(wrong))
            return
        for each in wrong.problems:
            where = "email" if each.where == "former_email" else each.where
            self.errors.setdefault(where, []).append(_sentence(spoken_problem(each.what, framework)))


class Staff(Ground):
    """The pages of one person, for administrators."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=PEOPLE)
        for path, show, send in (
            ("/new", self.new, self.send_new),
            ("/{person}/change", self.change, self.send_change),
            ("/{person}/leave", self.leave, self.send_leave),
        ):
            router.add_api_route(path, show, methods=["GET"])
            router.add_api_route(path, send, methods=["POST"])
        return router

    async def new(self, request: Request) -> Response:
        """An empty form."""
        visitor = await self.administrator(request)
        return await self._form(request, visitor, Filled(texts=dict.fromkeys(TEXTS, "")))

    async def send_new(self, request: Request) -> Response:
        """Somebody new: looked at, and then added."""
        visitor = await self.administrator(request)
        return await self._take(request, visitor, None)

    async def change(self, request: Request, person: str) -> Response:
        """What is known of somebody, to be changed."""
        visitor = await self.administrator(request)
        values, row = await self._find(person)
        return await self._form(request, visitor, _known(values), row)

    async def send_change(self, request: Request, person: str) -> Response:
        """A change: looked at, and then made."""
        visitor = await self.administrator(request)
        _, row = await self._find(person)
        return await self._take(request, visitor, row)

    async def _take(self, request: Request, visitor: Visitor, person: Person | None) -> Response:
        given = await self.site.posted(request, visitor)
        filled = _filled(given)
        if str(given.get("step", "")) == "edit":
            return await self._form(request, visitor, filled, person)
        former = person.email.casefold() if person is not None else ""
        if not filled.days:
            filled.errors["work_days"] = ["Tick at least one day."]
        address = bare_address(filled.texts["email"])
        if person is None and await self.site.parts.store.run(lambda session: address in ids_of_people(session)):
            filled.errors["email"] = ["Somebody with this e-mail is here already. Change them, or give another one."]
        if filled.errors:
            return await self._form(request, visitor, filled, person)
        try:
            rows = one_person.row(filled.values(former))
            plan = kinds.staff(rows, AS_IT_IS, allow_vacant=True)
            done = await self._save(given, plan, visitor, f"{filled.texts['name'].strip()} is saved.")
            if done is not None:
                return done
            rehearsed = await self.rehearse(plan)
        except (BadFile, BadRequest) as wrong:
            filled.refuse(wrong, self.site.parts.framework)
            return await self._form(request, visitor, filled, person)
        title = f"Change {person.name}" if person is not None else f"Add {filled.texts['name'].strip()}"
        warnings = await self._warnings(rehearsed, visitor)
        changed = "mark" in given
        return self.preview(
            request,
            visitor,
            rehearsed,
            title=title,
            address=f"{PEOPLE}/{person.id}/change" if person is not None else f"{PEOPLE}/new",
            kept=_kept(given),
            confirm="Save" if person is not None else "Add",
            warnings=warnings,
            changed=changed,
        )

    async def _save(self, given: FormData, plan: Plan, visitor: Visitor, sentence: str) -> Response | None:
        """Do it if it was confirmed; None if it was not, or would be something else by now."""
        if str(given.get("step", "")) != "save":
            return None
        changes = await self.do(plan, str(given.get("mark", "")), visitor, "people")
        if changes is None:
            return None
        return self.site.go("/programme/people", visitor.session, Said(sentence))

    async def leave(self, request: Request, person: str) -> Response:
        """What happens if this person leaves."""
        visitor = await self.administrator(request)
        _, row = await self._find(person, working=True)
        return await self._leaving(request, visitor, row)

    async def send_leave(self, request: Request, person: str) -> Response:
        """They have left."""
        visitor = await self.administrator(request)
        _, row = await self._find(person, working=True)
        given = await self.site.posted(request, visitor)
        done = await self._save(
            given, _leaves(row), visitor, f"{row.name} has left. What was theirs to do has moved on."
        )
        return done or await self._leaving(request, visitor, row, changed=True)

    async def _leaving(self, request: Request, visitor: Visitor, row: Person, *, changed: bool = False) -> Response:
        rehearsed = await self.rehearse(_leaves(row))
        notes = await self.site.parts.store.run(lambda session: _depend(session, row))
        return self.preview(
            request,
            visitor,
            rehearsed,
            title=f"{row.name} has left",
            address=f"{PEOPLE}/{row.id}/leave",
            kept=(),
            confirm=f"{row.name} has left",
            warnings=await self._warnings(rehearsed, visitor),
            notes=notes,
            danger=True,
            changed=changed,
        )

    async def _warnings(self, rehearsed: Rehearsed, visitor: Visitor) -> list[str]:
        """What is likely wrong, and was not so before."""
        me = visitor.id

        def before(session: Session) -> set[str]:
            values = one_person.values_of(session, me, local_day(self.site.parts.clock.now())) or {}
            plan = kinds.staff(one_person.row(values), AS_IT_IS, allow_vacant=True)
            return {each.what for each in plan(self.units.unit(session))[0].warnings}

        try:
            known = await self.site.parts.store.run(before)
        except BadFile:
            known = set()
        new = [each.what for each in rehearsed.changes.warnings if each.what not in known]
        return [_sentence(spoken_problem(each, self.site.parts.framework)) for each in new]

    async def _find(self, person: str, *, working: bool = False) -> tuple[dict[str, str], Person]:
        """What is known of somebody, and their row. Raises `NotFound`."""
        today = local_day(self.site.parts.clock.now())
        person_id = number(person) or 0

        def read(session: Session) -> tuple[dict[str, str] | None, Person | None]:
            return one_person.values_of(session, person_id, today), session.get(Person, person_id)

        values, row = await self.site.parts.store.run(read)
        if values is None or row is None or (working and not row.active):
            raise NotFound(NOBODY)
        return values, row

    async def _form(self, request: Request, visitor: Visitor, filled: Filled, person: Person | None = None) -> Response:
        framework = self.site.parts.framework
        offered = await self.site.parts.store.run(lambda session: _offered(session, framework))
        return self.page(
            request,
            visitor,
            "admin-person.html",
            status=422 if filled.errors else 200,
            filled=filled,
            person=person,
            days=(*DAYS, *WEEKEND),
            more=MORE_ROLES,
            role=lambda written: _say_role(written, framework),
            address=f"{PEOPLE}/{person.id}/change" if person is not None else f"{PEOPLE}/new",
            **offered,
        )


def _leaves(row: Person) -> Plan:
    values = {"name": row.name, "email": row.email, "active": "no"}
    return kinds.staff(one_person.row(values), AS_IT_IS, allow_vacant=True)


def _depend(session: Session, row: Person) -> list[str]:
    """What hangs on somebody who leaves, and is not moved by itself."""
    notes = []
    for column, what in ((Person.line_manager_id, "They manage"), (Person.deputy_id, "They stand in for")):
        query = select(Person.name).where(column == row.id, col(Person.active).is_(True)).order_by(Person.name)
        if names := list(session.exec(query)):
            notes.append(f"{what} {', '.join(names)}: give each of them somebody else.")
    owed = select(func.count()).where(Deadline.owner_id == row.id, Deadline.state == DeadlineState.open)
    if open_ones := session.exec(owed).one():
        what = "deadline is" if open_ones == 1 else "deadlines are"
        notes.append(
            f"{open_ones} open {what} theirs. What their role gave them goes to whoever holds that role now; for the "
            "rest the ladder tells the next step up."
        )
    return notes


def _offered(session: Session, framework: Framework) -> dict[str, Any]:
    """What the fields of the form suggest."""
    teams = list(session.exec(select(Team.name).order_by(alphabetical(Team.name))))
    services = list(session.exec(select(Service.name).order_by(alphabetical(Service.name))))
    return {
        "teams": teams,
        "services": services,
        "places": [*teams, *(each for each in services if each not in teams)],
        "roles": [(key, f"{each.title} ({each.of})") for key, each in framework.roles.items()],
        "colleagues": one_person.colleagues(session),
    }


def _known(values: Mapping[str, str]) -> Filled:
    start, _, end = values["hours"].partition("-")
    return Filled(
        texts={name: values[name] for name in TEXTS},
        roles=[each for each in values["roles"].split("; ") if each],
        days=values["work_days"],
        hours=(start, end),
        administrator=values["administrator"] == "yes",
    )


def _filled(given: FormData) -> Filled:
    """What was sent."""
    added = [
        (str(given.get(f"role-{at}", "")).strip(), str(given.get(f"place-{at}", "")).strip())
        for at in range(MORE_ROLES)
    ]
    return Filled(
        texts={name: str(given.get(name, "")).strip() for name in TEXTS},
        roles=[str(each) for each in given.getlist("roles")],
        added=added,
        days="".join(sorted({str(each) for each in given.getlist("work_days")} & set("1234567"))),
        hours=(str(given.get("hours_from", "")).strip(), str(given.get("hours_to", "")).strip()),
        administrator=bool(given.get("administrator")),
    )


def _kept(given: FormData) -> Sequence[tuple[str, str]]:
    """The fields as they were sent, for the page that asks whether it is right."""
    return [(name, str(value)) for name, value in given.multi_items() if name not in {"csrf", "step", "mark"}]


def _say_role(written: str, framework: Framework) -> str:
    """A role as people read it."""
    key, _, place = written.partition("@")
    title = framework.roles[key].title if key in framework.roles else key
    return f"{title}, {place}" if place else title


def _sentence(what: str) -> str:
    """What is wrong, as it stands beside a field."""
    if what.startswith(EMPTY):
        return "This is needed."
    text = what.replace(" is in the file or known", " is known").replace(" in the file or known", " known")
    text = text.replace(", or a team in this row", "").replace(" in this row", "")
    text = HELD_FOR.sub(r"\1: choose which \2", text)
    return sentence(f"{text[:1].upper()}{text[1:]}")
