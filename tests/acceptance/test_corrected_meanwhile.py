"""A correction from a page, a modal or a card that was open as a colleague corrected overwrites nothing unsaid."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.models import Audit, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import texts
from tests.support.slack.council import user
from tests.support.world import World

SAID = "Quinn Marsh has corrected this after you opened it, so what you sent is not saved yet."
CHANGES = "“AMBER (Requires improvement)” becomes “GREEN (Good)”"


class InSlack:
    """Whoever corrects in a modal."""

    person = IN_SLACK

    def __init__(self, council: MixedCouncil, reference: str) -> None:
        self.council, self.reference = council, reference

    async def open(self) -> None:
        await self.council.slack.slash(user(self.person), f"correct {self.reference}")
        await self.council.forward()

    async def send(self, **values: str) -> str:
        await self.council.slack.submit(user(self.person), again=0, **values)
        await self.council.forward()
        return "\n".join(texts(self.council.slack.modal(user(self.person))["blocks"]))


class InTeams:
    """Whoever corrects on a card."""

    person = IN_TEAMS

    def __init__(self, council: MixedCouncil, reference: str) -> None:
        self.council, self.reference = council, reference

    async def open(self) -> None:
        await self.council.clients.say(self.council.mina, f"correct {self.reference}")
        await self.council.forward()

    async def send(self, **values: str) -> str:
        inputs = {f"choice:{name}": value for name, value in values.items()}
        await self.council.clients.press(self.council.mina, "Correct the grades", inputs)
        await self.council.forward()
        return self.council.clients.see(self.council.mina)


class InWeb:
    """Whoever corrects on a page."""

    person = IN_WEB

    def __init__(self, council: MixedCouncil, reference: str) -> None:
        self.council, self.address = council, f"/forms/correct?token={reference}"

    async def open(self) -> None:
        self.council.web.page = await self.council.web.open(self.person, self.address)

    async def send(self, **values: str) -> str:
        return await self.council.web.send(self.person, values)


@pytest.mark.parametrize("way", [InSlack, InTeams, InWeb])
async def test_whoever_had_the_form_open_reads_what_was_corrected_meanwhile(
    tmp_path: Path, way: type[InSlack] | type[InTeams] | type[InWeb]
) -> None:
    async with mixed_council(tmp_path) as council:
        world = council.world
        with world.nodes[0].store.transaction() as session:
            session.add(RoleHolding(person_id=world.ids[way.person], role="quality-assurance"))
            people_changed(session)
        audit = await world.graded("green", actions=False)
        await council.forward()
        one = way(council, audit.reference)
        await one.open()
        await world.send_form("quinn", "correct", audit.reference, **_parts(world, audit, "amber"))
        given = {"manager-overall": "green", "actions": "yes", "why": "form"}
        said = await one.send(**given)
        assert SAID in said
        assert CHANGES in said
        assert "“No” becomes “Yes”" in said
        assert _now(world, audit) == ("amber", False), "a colleague's correction stands"
        await one.send(**given)
        assert _now(world, audit) == ("green", True), "whoever has read what it changes has their way"


def _parts(world: World, audit: Audit, grade: str) -> dict[str, str]:
    return {**dict.fromkeys(world.answers(audit), grade), "actions": "no", "why": "slip"}


def _now(world: World, audit: Audit) -> tuple[str | None, bool | None]:
    [row] = world.all(Audit, col(Audit.id) == audit.id)
    return row.grade, row.has_actions
