"""Whatever a platform answers, a send comes to one of the five outcomes, and a question to a sentence or an error."""

from collections.abc import Awaitable, Sequence

import orjson
import pytest

from qabot.adapter import (
    LONGEST_WAIT,
    Address,
    Ambiguous,
    DirectoryEntry,
    DirectoryUnread,
    Outcome,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
    storable,
)
from qabot.errors import ChatAway
from qabot.messaging.card import Card, Paragraph, text
from tests.support.odd import KINDS_OF_BODY, ODD_BODIES, ODD_DATES, ODD_MEMBERS, ODD_PAUSES, ODD_USERS
from tests.support.slack.running import MANAGER, running
from tests.support.teams.connector import Fault
from tests.support.teams.world import World, world
from tests.support.waiting import within

CARD = Card("A review is due", "A review is due in qabot.", blocks=(Paragraph(text("Audit QA-1")),))
STATUSES = (200, 201, 400, 429, 500)
PAUSES = ODD_PAUSES + ODD_DATES


def is_closed(outcome: Outcome) -> bool:
    """Whether it is one of the five, and its words can be kept."""
    return isinstance(outcome, Sent | RetryAfter | Ambiguous | RefusedForPerson | RefusedForAll)


async def test_slacks_answers_whatever_they_hold() -> None:
    async with running("http") as council:
        for body in ODD_BODIES:
            for status in STATUSES:
                for kind in KINDS_OF_BODY:
                    council.slack.server.faults = []
                    how = {"status": status, "body": body, "headers": {"Content-Type": kind}, "times": 3}
                    council.slack.fail("*", "as_is", **how)
                    sent = await within(council.adapter.send(Address(1, MANAGER), CARD))
                    assert is_closed(sent), (body[:40], status, kind)
                    assert not (isinstance(sent, Sent) and not sent.message_id and status >= 300)
                    redrawn = await within(council.adapter.update(Address(1, MANAGER), "1.0", CARD))
                    assert is_closed(redrawn), (body[:40], status, kind)


@pytest.mark.parametrize("pause", PAUSES)
async def test_slacks_pause_can_always_be_waited_for(pause: str) -> None:
    async with running("http") as council:
        for method in ("chat.postMessage", "chat.update"):
            council.slack.fail(
                method,
                "as_is",
                status=429,
                body=b'{"ok":false,"error":"ratelimited"}',
                headers={"Retry-After": pause, "Content-Type": "application/json"},
            )
        address = Address(1, MANAGER, council.slack.workspace.direct(MANAGER))
        for outcome in (
            await council.adapter.send(address, CARD),
            await council.adapter.update(address, "1.0", CARD),
        ):
            assert isinstance(outcome, RetryAfter)
            assert 1 <= outcome.seconds <= LONGEST_WAIT


async def test_teams_answers_whatever_they_hold() -> None:
    async with world() as teams:
        person = teams.connector.add("Priya Shah")
        for body in ODD_BODIES:
            for status in STATUSES:
                for kind in KINDS_OF_BODY:
                    for method in ("POST", "PUT"):
                        teams.connector.faults = [
                            Fault(method, status, times=9, body=body, headers={"Content-Type": kind})
                        ]
                        outcome = await within(_try(teams, method, person.id, person.conversation))
                        assert is_closed(outcome), (body[:40], status, kind)
                    teams.connector.faults = [Fault("POST", status, body=body, headers={"Content-Type": kind})]
                    outcome = await within(_try(teams, "POST", person.id, None))
                    assert is_closed(outcome), (body[:40], status, kind)


@pytest.mark.parametrize("pause", PAUSES)
async def test_teams_pause_can_always_be_waited_for(pause: str) -> None:
    async with world() as teams:
        person = teams.connector.add("Priya Shah")
        for method in ("POST", "PUT"):
            teams.connector.faults = [Fault(method, 429, headers={"Retry-After": pause})]
            outcome = await _try(teams, method, person.id, person.conversation)
            assert isinstance(outcome, RetryAfter)
            assert 1 <= outcome.seconds <= LONGEST_WAIT


def can_be_waited_for(seconds: float | None) -> bool:
    return seconds is None or 0 <= seconds <= LONGEST_WAIT


@pytest.mark.parametrize("pause", PAUSES)
async def test_the_pause_before_slacks_people_are_read_again_can_be_waited_for(
    pause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = list[float]()
    async with running("http") as council:

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        monkeypatch.setattr(council.adapter._people, "_sleep", sleep)
        how = {
            "status": 429,
            "body": b'{"ok":false,"error":"ratelimited"}',
            "headers": {"Retry-After": pause, "Content-Type": "application/json"},
            "times": 99,
        }
        for method in ("users.list", "users.lookupByEmail", "auth.test"):
            council.slack.fail(method, "as_is", **how)
        for ask in (council.adapter.directory(), council.adapter.find("priya@council.example")):
            with pytest.raises(DirectoryUnread) as unread:
                await within(ask)
            assert can_be_waited_for(unread.value.seconds)
        with pytest.raises(ChatAway) as away:
            await council.adapter.start()
        assert can_be_waited_for(away.value.seconds)
    assert all(can_be_waited_for(each) for each in waits)


@pytest.mark.parametrize("pause", PAUSES)
async def test_the_pause_before_teams_people_or_a_token_are_asked_for_again_can_be_waited_for(pause: str) -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        person = teams.connector.add("Priya Shah")
        for kind in ("/v1.0/users", "token"):
            teams.connector.faults = [Fault(kind, 429, headers={"Retry-After": pause}, times=99)]
            for ask in (teams.adapter.directory(), teams.adapter.find(person.email)):
                with pytest.raises(DirectoryUnread) as unread:
                    await within(ask)
                assert can_be_waited_for(unread.value.seconds)
            assert teams.adapter._open
            teams.adapter._open.credential.tokens.held.clear()
        outcome = await _try(teams, "POST", person.id, person.conversation)
        assert isinstance(outcome, RetryAfter)
        assert 1 <= outcome.seconds <= LONGEST_WAIT
        with pytest.raises(ChatAway) as away:
            await teams.adapter.start()
        assert can_be_waited_for(away.value.seconds)


async def is_read_or_said(ask: Awaitable[Sequence[DirectoryEntry]]) -> None:
    try:
        found = await within(ask)
    except DirectoryUnread as unread:
        found = unread.entries
    for each in found:
        for said in (each.external_id, each.email or "", *each.aliases):
            assert said == storable(said)


@pytest.mark.parametrize("body", ODD_BODIES + ODD_MEMBERS)
async def test_odd_people_of_slack_fail_no_others(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("http") as council:
        monkeypatch.setattr(council.adapter._people, "_pause", 0)
        for method in ("users.list", "users.lookupByEmail"):
            council.slack.fail(
                method, "as_is", status=200, body=body, headers={"Content-Type": "application/json"}, times=9
            )
        await is_read_or_said(council.adapter.directory())
        await is_read_or_said(council.adapter.find("priya@council.example"))


@pytest.mark.parametrize("body", ODD_BODIES + ODD_USERS)
async def test_odd_people_of_graph_fail_no_others(body: bytes) -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        teams.connector.faults = [Fault("/v1.0/users", 200, body=body, times=9)]
        await is_read_or_said(teams.adapter.directory())
        await is_read_or_said(teams.adapter.find("priya@council.example"))


async def test_a_staff_list_that_goes_round_in_a_circle_comes_to_an_end() -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        link = f"{teams.connector.url}/v1.0/users?page=2"
        page = orjson.dumps({"value": [{"id": "a"}], "@odata.nextLink": link})
        teams.connector.faults = [Fault("/v1.0/users", 200, body=page, times=99)]
        with pytest.raises(DirectoryUnread, match="circle") as unread:
            await within(teams.adapter.directory())
        assert {each.external_id for each in unread.value.entries} == {"a"}


@pytest.mark.parametrize("body", ODD_BODIES)
async def test_an_odd_answer_of_the_token_endpoint_fails_no_send(body: bytes) -> None:
    async with world() as teams:
        person = teams.connector.add("Priya Shah")
        for ends in (b"NaN", b'"soon"', b"-1", b"null", b"[]", b"9" * 400):
            for answer in (body, b'{"access_token": "x", "expires_in": ' + ends + b"}"):
                teams.connector.faults = [Fault("token", 200, body=answer, times=9)]
                assert teams.adapter._open
                teams.adapter._open.credential.tokens.held.clear()
                outcome = await within(_try(teams, "POST", person.id, person.conversation))
                assert is_closed(outcome), answer[:40]


async def _try(teams: World, method: str, account: str, conversation: str | None) -> Outcome:
    address = Address(1, account, conversation)
    return await (teams.adapter.send(address, CARD) if method == "POST" else teams.adapter.update(address, "m-1", CARD))
