"""The app is installed through Graph for whoever has never had it, where the council grants that."""

from collections.abc import AsyncIterator

import pytest

from qabot.adapter import Address, RefusedForPerson, Sent
from qabot.errors import SetupError
from qabot_teams.settings import read
from tests.support.teams import service as samples
from tests.support.teams.connector import Fault
from tests.support.teams.world import World, world

APP = "44444444-4444-4444-8444-444444444444"
CARD = samples.reminder_card()


@pytest.fixture
async def granted() -> AsyncIterator[World]:
    async with world({"QABOT_TEAMS_INSTALL_APP": APP.upper()}) as made:
        made.connector.catalogue = {APP}
        yield made


def asked(teams: World) -> list[int]:
    return [status for _, path, status in teams.connector.calls if path.endswith("/teamwork/installedApps")]


async def test_whoever_has_never_had_the_app_is_given_it_and_written_to(granted: World) -> None:
    tom = granted.connector.add("Tom Reed", installed=False)
    told = await granted.adapter.send(Address(2, tom.account), CARD)
    assert isinstance(told, Sent)
    assert len(granted.connector.of(tom)) == 1
    assert asked(granted) == [201]
    assert isinstance(await granted.adapter.send(Address(2, tom.account, told.conversation), CARD), Sent)
    assert asked(granted) == [201], "and it is not asked for again"


async def test_whoever_removed_the_app_is_not_given_it_again(granted: World) -> None:
    priya = granted.connector.add("Priya Raman")
    await granted.clients.install(priya)
    address = granted.address(priya)
    await granted.clients.uninstall(priya)
    priya.installed = False
    assert isinstance(
        await granted.adapter.send(Address(1, priya.account, None, address.details), CARD), RefusedForPerson
    )
    assert asked(granted) == []


async def test_a_refusal_leaves_the_person_out_of_reach_as_before(granted: World) -> None:
    tom = granted.connector.add("Tom Reed", installed=False)
    granted.connector.catalogue = set()
    told = await granted.adapter.send(Address(2, tom.account), CARD)
    assert isinstance(told, RefusedForPerson)
    assert ("not installed" in told.reason, told.of_card) == (True, False)
    assert asked(granted) == [403]


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"reset": True}])
async def test_whatever_graph_does_says_nothing_of_the_card(granted: World, fault: dict[str, int]) -> None:
    tom = granted.connector.add("Tom Reed", installed=False)
    granted.connector.faults = [Fault(f"/v1.0/users/{tom.account}/teamwork/installedApps", **fault)]  # type: ignore[arg-type]
    assert isinstance(await granted.adapter.send(Address(2, tom.account), CARD), RefusedForPerson)
    assert granted.connector.of(tom) == []


async def test_without_the_setting_graph_is_not_asked(teams: World) -> None:
    tom = teams.connector.add("Tom Reed", installed=False)
    assert isinstance(await teams.adapter.send(Address(2, tom.account), CARD), RefusedForPerson)
    assert asked(teams) == []


def test_an_id_that_is_none_is_said_at_the_start() -> None:
    with pytest.raises(SetupError, match="QABOT_TEAMS_INSTALL_APP must be the id"):
        read(
            {
                "QABOT_TEAMS_APP_ID": APP,
                "QABOT_TEAMS_TENANT_ID": APP,
                "QABOT_TEAMS_SECRET": "x",
                "QABOT_TEAMS_INSTALL_APP": "qabot",
            }
        )
