"""The directory: read page by page, and who of it is trusted."""

from collections.abc import AsyncIterator

import pytest

from qabot.adapter import DirectoryUnread
from qabot_slack import create
from qabot_slack.api import Api
from qabot_slack.people import People
from qabot_slack.settings import read
from tests.support.slack import FakeSlack
from tests.support.slack.service import MemoryService
from tests.support.slack.workspace import TEAM


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.workspace.add_user("U1", "priya shah", "priya@council.example")
        yield fake


@pytest.fixture
async def waits() -> list[float]:
    return []


@pytest.fixture
async def people(slack: FakeSlack, waits: list[float]) -> AsyncIterator[People]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    api = Api(read(slack.environ))
    found = People(api, sleep=sleep)
    await found.identify()
    yield found
    await api.close()


async def test_a_large_directory_is_read_in_pages_at_slacks_pace(
    slack: FakeSlack, people: People, waits: list[float]
) -> None:
    for number in range(450):
        slack.workspace.add_user(f"U{1000 + number}", f"person {number}", f"p{number}@council.example")
    entries = await people.directory()
    assert len(entries) == 451
    assert [call.args["limit"] for call in slack.calls("users.list")] == [200, 200, 200]
    assert waits == [3.0, 3.0]


async def test_the_directory_can_be_read_without_being_connected(slack: FakeSlack) -> None:
    adapter = create(MemoryService(), slack.environ)
    assert [entry.email for entry in await adapter.directory()] == ["priya@council.example"]
    await adapter.stop()


async def test_being_asked_to_wait_is_obeyed(slack: FakeSlack, people: People, waits: list[float]) -> None:
    slack.fail("users.list", "429", retry_after=12)
    assert len(await people.directory()) == 1
    assert waits == [12.0]


@pytest.mark.parametrize("kind", ["500", "503", "reset_before", "html"])
async def test_a_directory_that_breaks_off_gives_what_was_read_and_says_so(
    slack: FakeSlack, people: People, kind: str
) -> None:
    for number in range(250):
        slack.workspace.add_user(f"U{1000 + number}", f"person {number}", f"p{number}@council.example")
    slack.fail("users.list", kind, when=lambda args: "cursor" in args)
    with pytest.raises(DirectoryUnread, match="list of people") as raised:
        await people.directory()
    assert len(raised.value.entries) == 199


async def test_a_long_pause_that_slack_asks_for_is_not_waited_for_here(
    slack: FakeSlack, people: People, waits: list[float]
) -> None:
    slack.fail("users.list", "429", retry_after=900)
    with pytest.raises(DirectoryUnread) as raised:
        await people.directory()
    assert (raised.value.seconds, waits) == (900.0, [])


async def test_one_person_is_looked_up_by_address(slack: FakeSlack, people: People) -> None:
    slack.workspace.add_user("U3", "guest", "guest@elsewhere.example", guest=True)
    assert [each.external_id for each in await people.find("PRIYA@council.example")] == ["U1"]
    assert [(each.email, each.active) for each in await people.find("guest@elsewhere.example")] == [(None, False)]
    assert await people.find("nobody@council.example") == []
    slack.fail("users.lookupByEmail", "429", retry_after=12)
    with pytest.raises(DirectoryUnread) as raised:
        await people.find("priya@council.example")
    assert raised.value.seconds == 12.0
    slack.fail("users.lookupByEmail", "500")
    with pytest.raises(DirectoryUnread):
        await people.find("priya@council.example")


async def test_bots_and_other_workspaces_are_left_out(slack: FakeSlack, people: People) -> None:
    slack.workspace.add_user("U2", "bot", is_bot=True)
    slack.workspace.add_user("U3", "stranger", "s@elsewhere.example", team="T0ELSEWHERE")
    slack.workspace.add_user("USLACKBOT", "slackbot")
    assert [entry.external_id for entry in await people.directory()] == ["U1"]


async def test_who_has_left_or_is_a_guest_is_there_and_not_active(slack: FakeSlack, people: People) -> None:
    slack.workspace.add_user("U2", "left", "left@council.example", deleted=True)
    slack.workspace.add_user("U3", "guest", "guest@elsewhere.example", guest=True)
    found = {entry.external_id: entry for entry in await people.directory()}
    assert (found["U1"].active, found["U2"].active, found["U3"].active) == (True, False, False)
    assert found["U3"].email is None


async def test_an_address_that_was_never_confirmed_links_nobody(slack: FakeSlack, people: People) -> None:
    slack.workspace.add_user("U2", "new", "head@council.example", confirmed=False)
    assert (await people.who("U2")).email is None


async def test_a_colleague_in_another_workspace_of_the_same_organisation_is_trusted(
    slack: FakeSlack, people: People
) -> None:
    slack.workspace.add_user("U2", "colleague", "c@council.example", team="T0OTHER")
    slack.workspace.users["U2"]["enterprise_user"] = {"teams": [TEAM, "T0OTHER"]}
    assert (await people.who("U2", team="T0OTHER")).trusted


async def test_what_is_known_is_not_asked_again(slack: FakeSlack, people: People) -> None:
    await people.directory()
    assert (await people.who("U1")).email == "priya@council.example"
    assert slack.calls("users.info") == []
    assert slack.calls("users.lookupByEmail") == []
