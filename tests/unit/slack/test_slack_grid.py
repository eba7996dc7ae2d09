"""An organisation of several workspaces (Enterprise Grid) that has the app as a whole."""

from collections.abc import AsyncIterator

import pytest

from qabot.adapter import DirectoryUnread
from qabot.errors import ChatRefused
from qabot.messaging.card import Button, Card
from qabot_slack import create
from qabot_slack.api import Api
from qabot_slack.people import People
from qabot_slack.settings import read
from tests.support.slack import FakeSlack
from tests.support.slack.running import MANAGER, World, connected
from tests.support.slack.service import MemoryService

GRID, CHILDREN, ADULTS, LIBRARIES = "E0COUNCIL", "T0CHILDREN", "T0ADULTS", "T0LIBRARIES"
"""The app was added to the first two of the workspaces."""


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.workspace.install_for(GRID, T0CHILDREN="Children's services", T0ADULTS="Adults")
        fake.workspace.add_colleague(MANAGER, "priya shah", "priya@council.example", CHILDREN, ADULTS)
        fake.workspace.add_colleague("U2", "sam okafor", "sam@council.example", ADULTS)
        fake.workspace.add_colleague("U3", "lee marsh", "lee@council.example", LIBRARIES)
        fake.workspace.add_colleague("U4", "guest", "guest@elsewhere.example", CHILDREN, guest=True)
        yield fake


@pytest.fixture
async def people(slack: FakeSlack) -> AsyncIterator[People]:
    async def sleep(_: float) -> None:
        pass

    api = Api(read(slack.environ))
    yield People(api, sleep=sleep)
    await api.close()


async def test_the_directory_is_that_of_each_workspace_and_names_nobody_twice(slack: FakeSlack, people: People) -> None:
    found = {entry.external_id: entry.active for entry in await people.directory()}
    assert found == {MANAGER: True, "U2": True, "U4": False}
    asked = [call.args["team_id"] for call in slack.calls("users.list")]
    assert asked == [ADULTS, CHILDREN]
    assert all(call.ok for call in slack.server.calls)


@pytest.mark.parametrize("left", [ADULTS, CHILDREN])
async def test_whoever_left_one_workspace_and_is_in_another_is_active(
    slack: FakeSlack, people: People, left: str
) -> None:
    slack.workspace.left.add((MANAGER, left))
    assert {entry.external_id: entry.active for entry in await people.directory()}[MANAGER]
    assert [each.active for each in await people.staff() if each.email == "priya@council.example"] == [True]


async def test_more_workspaces_than_a_page_are_all_read(slack: FakeSlack, people: People) -> None:
    slack.workspace.added |= {f"T1{number:03}": f"Team {number}" for number in range(230)}
    await people.identify()
    assert len(people.identity.teams) == 232


async def test_only_people_of_workspaces_that_have_the_app_are_trusted(slack: FakeSlack, people: People) -> None:
    await people.identify()
    assert (await people.who(MANAGER, team=CHILDREN)).trusted
    assert (await people.who("U2", team=GRID)).trusted
    assert not (await people.who("U3", team=LIBRARIES)).trusted
    assert not (await people.who("U3", team=GRID)).trusted
    assert not (await people.who("U4", team=CHILDREN)).trusted
    slack.workspace.add_user("U5", "stranger", "s@elsewhere.example", team="T0ELSEWHERE")
    assert not (await people.who("U5", team="T0ELSEWHERE")).trusted
    assert await people.find("lee@council.example") == []


async def test_an_app_that_was_added_to_no_workspace_is_said_to_be_so(slack: FakeSlack, people: People) -> None:
    slack.workspace.added = {}
    with pytest.raises(DirectoryUnread):
        await people.directory()
    adapter = create(MemoryService(), slack.environ)
    with pytest.raises(ChatRefused, match="in none of its workspaces: add it to them"):
        await adapter.start()
    findings = [each async for each in adapter.doctor()]
    assert (findings[-1].ok, "add it to them" in findings[-1].advice) == (False, True)
    await adapter.stop()


async def test_the_doctor_says_how_many_workspaces_have_the_app(slack: FakeSlack) -> None:
    adapter = create(MemoryService(), slack.environ | {"QABOT_SLACK_ADMIN": "priya@council.example"})
    findings = [each async for each in adapter.doctor()]
    await adapter.stop()
    assert [each.advice for each in findings if not each.ok] == []
    assert any("was added to 2 workspaces" in each.check for each in findings)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_people_press_and_write_in_their_own_workspaces(mode: str) -> None:
    async with FakeSlack(mode) as slack:
        slack.workspace.install_for(GRID, T0CHILDREN="Children's services", T0ADULTS="Adults")
        slack.workspace.add_colleague(MANAGER, "priya shah", "priya@council.example", CHILDREN, ADULTS)
        service = MemoryService(linked={MANAGER: 1})
        async with connected(slack, service) as adapter:
            card = Card("An alert", "There is an alert.", lane="alert", buttons=(Button("acknowledge", "Yes", "t1"),))
            council = World(slack, service, adapter, None)  # type: ignore[arg-type]
            message = await council.send(MANAGER, card)
            assert (await slack.click(MANAGER, "acknowledge", message=message)).acked
            await council.settled()
            assert [press.who.trusted for press in service.pressed] == [True]
            # Deactivated in one workspace is not gone from the council.
            slack.workspace.left.add((MANAGER, ADULTS))
            gone = {**slack.workspace.users[MANAGER], "deleted": True}
            await slack.wire.event({"type": "user_change", "user": gone})
            await council.settled()
            assert service.left == []
            slack.workspace.users[MANAGER] = gone
            await slack.wire.event({"type": "user_change", "user": gone})
            await slack.until(lambda: service.left)
