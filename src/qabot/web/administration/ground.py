"""What the pages of administrators share: who may, and the page that shows what would happen before it does."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadFile, BadRequest, NotAllowed, said
from qabot.framework.calendar import local_day
from qabot.imports import at_once
from qabot.imports.changes import Changes
from qabot.imports.kinds import Plan
from qabot.messaging.letters import clean
from qabot.messaging.values import plural
from qabot.models.aside import run_aside
from qabot.web import rehearsals
from qabot.web.administration import rehearsal
from qabot.web.administration.rehearsal import Rehearsed
from qabot.web.administration.spoken_changes import spoken_change, spoken_problem
from qabot.web.ports import UnitsOfWork
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor
from qabot.web.table_files import Table, download, ending_of
from qabot.workflows.core.unit import Unit

HOME = "/administration"
ONLY = "This is for administrators: they look after people and rules. Ask one of them, or {quality}."
CHANGED = "Something has changed since you looked. This is what would happen now; nothing was done yet."
MOST_LINES = 30
"""So many changes are shown at once; all of them stand in a part of the page that opens."""


class Ground:
    """A group of pages stands on it."""

    def __init__(self, site: Site, units: UnitsOfWork) -> None:
        self.site, self.units = site, units

    async def administrator(self, request: Request) -> Visitor:
        """A signed-in administrator. Raises `NotAllowed`."""
        visitor = await self.site.person(request)
        if visitor.person is None or not visitor.person.administrator:
            raise NotAllowed(ONLY.format(quality=self.site.parts.framework.quality))
        return visitor

    def page(self, request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
        """A page with the state of the chats above it."""
        parts = self.site.parts
        return self.site.page(
            request, visitor, template, chats=parts.chats(), clock_trouble=parts.clock_trouble(), **context
        )

    async def file(self, request: Request, visitor: Visitor, name: str, tables: Sequence[Table]) -> Response:
        """A page's lists as a file; that it was taken is in the log. `name`: of the page, as its address has it."""
        await self.site.record("administration-exported", visitor.id, name)
        day = local_day(self.site.parts.clock.now())
        return download(f"qabot-{name}-{day.isoformat()}", ending_of(request), tables)

    async def rehearse(self, plan: Plan) -> Rehearsed:
        """What it would do. Raises `BadFile` or `BadRequest`."""
        unit = self.units.unit
        return await run_aside(self.site.parts.store, lambda session: rehearsal.rehearse(session, unit, plan))

    async def do(self, plan: Plan, mark: str, visitor: Visitor, what: str) -> Changes | None:
        """Do what was read, and write to the log who did; None if it would be something else by now."""
        actor = visitor.id

        def both(unit: Unit) -> Changes | None:
            changes = rehearsal.do(unit, plan, mark)
            if changes is not None and changes.changes:
                at_once.note(unit, changes, what, by=actor)
            return changes

        return await self.units.run(both)

    def preview(
        self,
        request: Request,
        visitor: Visitor,
        rehearsed: Rehearsed,
        *,
        title: str,
        address: str,
        kept: Sequence[tuple[str, str]],
        confirm: str,
        warnings: Sequence[str] = (),
        notes: Sequence[str] = (),
        danger: bool = False,
        changed: bool = False,
        of_file: bool = False,
    ) -> Response:
        """What would happen, with a button that does it. `kept` are the fields that were sent."""
        framework = self.site.parts.framework
        lines = rehearsed.changes.first_of_each(say=lambda each: spoken_change(each, framework))
        return self.page(
            request,
            visitor,
            "admin-preview.html",
            found=rehearsed,
            heading=title,
            address=address,
            kept=kept,
            confirm=confirm,
            lines=[clean(each) for each in lines],
            total=len(rehearsed.changes.changes),
            most=MOST_LINES,
            warnings=[spoken_problem(each, framework) for each in warnings],
            notes=notes,
            danger=danger,
            of_file=of_file,
            sent=_parts(rehearsals.lines(rehearsed.said, self.site.titles)),
            said=Said(CHANGED) if changed else None,
        )


def _parts(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each heading with the lines that stand below it."""
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("  ") and parts:
            parts[-1][1].append(line.strip())
        else:
            parts.append((line, []))
    return parts


def sums(changes: Changes) -> str:
    """How much was added and changed, in a sentence."""
    added = sum(each.new for each in changes.changes)
    return f"{plural(added, 'thing', 'things')} added, {len(changes.changes) - added:,} changed."


def lines_of(wrong: BadFile | BadRequest, sentence: Callable[[str], str] = str) -> list[str]:
    """What is wrong, a line for each kind."""
    if isinstance(wrong, BadFile):
        return [clean(sentence(each)) for each in said(wrong.problems)]
    return [clean(sentence(str(wrong)))]
