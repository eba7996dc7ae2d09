"""Northamptonshire's file, and the small council with its roles."""

from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from qabot.framework import Framework, load
from qabot.models import Audit, RoleHolding
from tests.support.world import MONDAY, World

ROLES = {
    "practice-lead": "team-manager",
    "head-of-service": "strategic-manager",
    "director-of-operations": "senior-leader",
    "slt": "sqas",
    "quality-assurance": "quality-assurance-manager",
    "practice-learning-reviewer": "child-protection-chair",
    "data-and-impact": "business-intelligence",
}
"""What the small council's people are in Northamptonshire."""


@cache
def northamptonshire() -> Framework:
    """The file that ships."""
    return load(Path(__file__).parents[2] / "frameworks" / "northamptonshire.yaml", [])


async def started(folder: Path | None = None, at: str = MONDAY, framework: Framework | None = None) -> World:
    """The small council at work under the Trust's file, or one that is laid over it."""

    def rename(session: Session, ids: dict[str, int]) -> None:
        for each in session.exec(select(RoleHolding)):
            each.role = ROLES.get(each.role, each.role)
            session.add(each)

    return await World.start(folder, at, framework=framework or northamptonshire(), before=rename)


async def send_in(world: World, audit: Audit, grade: str, *, of: str = "social-care", **more: Any) -> None:
    """The auditor sends what they found; `of` says whether the case is social care's or Early Help's."""
    told = {"kind-of-case": of, "team-manager-told": "yes", "on-the-record": "yes"}
    form = {"overall": grade, "immediate": False, **told, **more}
    await world.send_form(world.name(audit.auditor_id), "submit-grades", world.deadline("audit", audit).token, **form)
    await world.tick()
