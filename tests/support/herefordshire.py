"""Herefordshire's file, and the small council with its roles."""

from functools import cache
from pathlib import Path

from sqlmodel import Session, select

from qabot.framework import Framework, load
from qabot.models import Audit, RoleHolding
from tests.support.world import MONDAY, World

ROLES = {
    "practice-lead": "team-manager",
    "practice-learning-reviewer": "qa-practitioner",
    "data-and-impact": "directorate-support",
    "director-of-operations": "director-of-safeguarding",
    "slt": "director-of-quality",
}
"""What the small council's people are in Herefordshire."""


@cache
def herefordshire() -> Framework:
    """The file that ships."""
    return load(Path(__file__).parents[2] / "frameworks" / "herefordshire.yaml", [])


async def started(folder: Path | None = None, at: str = MONDAY, framework: Framework | None = None) -> World:
    """The small council at work under Herefordshire's file, or one that is laid over it."""

    def rename(session: Session, ids: dict[str, int]) -> None:
        for each in session.exec(select(RoleHolding)):
            each.role = ROLES.get(each.role, each.role)
            session.add(each)

    return await World.start(folder, at, framework=framework or herefordshire(), before=rename)


async def send_in(world: World, audit: Audit, grade: str, **more: str) -> None:
    """The auditor sends what they found."""
    form = {"overall-judgement": grade, "immediate": False, **more}
    await world.send_form(world.name(audit.auditor_id), "submit-grades", world.deadline("audit", audit).token, **form)
    await world.tick()


async def answer(world: World, person: str, kind: str, audit: Audit, **answers: str) -> None:
    """Somebody answers a duty."""
    token = world.deadline(kind, audit).token
    if answers:
        await world.send_form(person, "answer", token, **answers)
    else:
        await world.press_token(person, "answer", token)
    await world.tick()
