"""What a send comes to, whatever the connector does."""

import asyncio
from dataclasses import replace

import pytest

from qabot.adapter import (
    Address,
    Ambiguous,
    DirectoryUnread,
    Outcome,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
)
from qabot_teams import Teams
from qabot_teams.clouds import PUBLIC
from tests.support.teams import service as samples
from tests.support.teams.connector import Fault, Person
from tests.support.teams.world import World, connected, world
from tests.support.waiting import LONG


async def _send(teams: World, person: Person) -> Outcome:
    return await teams.adapter.send(teams.address(person), samples.alert_card())


async def _update(teams: World, person: Person) -> Outcome:
    sent = await _send(teams, person)
    assert isinstance(sent, Sent)
    return await teams.adapter.update(teams.address(person), sent.message_id, samples.alert_card("QA-1042", "Tom Reed"))


async def test_a_card_is_sent_and_redrawn_in_its_place(teams: World, priya: Person) -> None:
    outcome = await _update(teams, priya)
    assert isinstance(outcome, Sent)
    (message,) = teams.connector.of(priya)
    assert message["id"] == outcome.message_id
    assert "Acknowledged by Tom Reed" in teams.clients.see(priya)
    assert message["summary"] == "There is an alert for you in qabot."


async def test_a_command_sends_without_taking_calls(teams: World, priya: Person) -> None:
    beside = Teams(teams.service, teams.adapter.settings)
    assert isinstance(await beside.send(teams.address(priya), samples.alert_card()), Sent)
    assert len(teams.connector.of(priya)) == 1
    await beside.stop()


async def test_an_alert_is_marked_important_and_nothing_else_is(teams: World, priya: Person) -> None:
    await _send(teams, priya)
    quiet = replace(samples.alert_card(), lane="due")
    await teams.adapter.send(teams.address(priya), quiet)
    await teams.adapter.send(teams.address(priya), replace(samples.alert_card(), buttons=(), done=True))
    alert, *others = teams.connector.of(priya)
    assert alert["importance"] == "high"
    assert alert["channelData"] == {"notification": {"alert": True}}
    assert alert["summary"] == "There is an alert for you in qabot.", "why is not said on a locked screen"
    assert [each for each in others if "importance" in each or "channelData" in each] == []


FORBIDDEN = '{"error": {"code": "%s", "message": "no"}}'
LOGIN_PAGE = "<html>Sign in</html>"


@pytest.mark.parametrize(
    ("status", "body", "sending", "updating"),
    [
        (400, FORBIDDEN % "BadSyntax", RefusedForPerson, RefusedForPerson),
        (403, FORBIDDEN % "BotNotInConversationRoster", RefusedForPerson, RefusedForPerson),
        (403, FORBIDDEN % "ConversationBlockedByUser", RefusedForPerson, RefusedForPerson),
        (403, FORBIDDEN % "BotDisabledByAdmin", RefusedForPerson, RefusedForPerson),
        (403, FORBIDDEN % "ForbiddenOperationException", RefusedForPerson, RefusedForPerson),
        (404, "", RefusedForPerson, RefusedForPerson),
        (408, "", Ambiguous, RetryAfter),
        (412, "", RetryAfter, RetryAfter),
        (413, "", RefusedForPerson, RefusedForPerson),
        (429, "", RetryAfter, RetryAfter),
        (500, LOGIN_PAGE, Ambiguous, Ambiguous),
        (502, LOGIN_PAGE, Ambiguous, RetryAfter),
        (503, "", Ambiguous, RetryAfter),
        (504, "", Ambiguous, RetryAfter),
        (302, "", RefusedForAll, RefusedForAll),
        (307, LOGIN_PAGE, RefusedForAll, RefusedForAll),
        (400, LOGIN_PAGE, RefusedForAll, RefusedForAll),
        (403, LOGIN_PAGE, RefusedForAll, RefusedForAll),
        (404, LOGIN_PAGE, RefusedForAll, RefusedForAll),
    ],
)
async def test_each_answer_has_its_outcome_and_is_not_repeated_here(
    teams: World, priya: Person, status: int, body: str, sending: type[Outcome], updating: type[Outcome]
) -> None:
    for method, doing, expected in (("POST", _send, sending), ("PUT", _update, updating)):
        teams.connector.faults = [Fault(method, status, times=99, body=body)]
        asked = [each for each in teams.connector.calls if each[0] == method and "/activities" in each[1]]
        outcome = await doing(teams, priya)
        again = [each for each in teams.connector.calls if each[0] == method and "/activities" in each[1]]
        assert isinstance(outcome, expected), (method, outcome)
        assert len(again) == len(asked) + 1


@pytest.mark.parametrize("status", [400, 413])
async def test_a_card_that_teams_does_not_take_says_nothing_of_the_person(
    teams: World, priya: Person, status: int
) -> None:
    teams.connector.faults = [Fault("POST", status)]
    outcome = await _send(teams, priya)
    assert isinstance(outcome, RefusedForPerson)
    assert outcome.of_card


async def test_a_web_filter_in_between_makes_nobody_unreachable(teams: World, priya: Person) -> None:
    teams.connector.faults = [Fault("POST", 403, times=99, body=LOGIN_PAGE)]
    teams.connector.calls.clear()
    outcome = await _send(teams, priya)
    assert outcome == RefusedForAll("Something between qabot and Teams, such as a web filter, answered 403 (between).")
    posted = [path for method, path, _ in teams.connector.calls if method == "POST" and "conversations" in path]
    assert len(posted) == 1, "and no chat is made anew for it"


async def test_a_reason_is_a_sentence_for_the_administrator(teams: World, priya: Person) -> None:
    priya.installed = False
    outcome = await _send(teams, priya)
    assert outcome == RefusedForPerson(
        "The app is not installed for this person, or not any more (403 BotNotInConversationRoster)."
    )


@pytest.mark.parametrize(("told", "waited"), [("7", 7.0), ("0", 1.0), ("99999", 3600.0), ("soon", 5.0)])
async def test_throttling_says_how_long_to_wait(teams: World, priya: Person, told: str, waited: float) -> None:
    teams.connector.faults = [Fault("POST", 429, headers={"Retry-After": told})]
    outcome = await _send(teams, priya)
    assert isinstance(outcome, RetryAfter)
    assert outcome.seconds == waited


@pytest.mark.parametrize("fault", [Fault("POST", 504, after=True), Fault("POST", reset=True, after=True)])
async def test_an_accepted_message_whose_answer_is_lost_is_ambiguous(teams: World, priya: Person, fault: Fault) -> None:
    teams.connector.faults = [replace(fault)]
    assert isinstance(await _send(teams, priya), Ambiguous)
    assert len(teams.connector.of(priya)) == 1


async def test_a_reset_before_anything_was_read_is_ambiguous_too(teams: World, priya: Person) -> None:
    teams.connector.faults = [Fault("POST", reset=True)]
    assert isinstance(await _send(teams, priya), Ambiguous)


async def test_an_answer_that_does_not_come_is_ambiguous(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    import aiohttp

    monkeypatch.setattr(teams.adapter._open.session, "_timeout", aiohttp.ClientTimeout(sock_read=0.05))  # type: ignore[union-attr]
    teams.connector.faults = [Fault("POST", delay=LONG)]
    assert isinstance(await _send(teams, priya), Ambiguous)


async def test_a_page_in_place_of_an_answer_is_ambiguous(teams: World, priya: Person) -> None:
    teams.connector.faults = [Fault("POST", 200, body=LOGIN_PAGE)]
    assert isinstance(await _send(teams, priya), Ambiguous)


async def test_a_connection_that_was_never_made_may_be_tried_again(teams: World, priya: Person) -> None:
    nowhere = Address(1, priya.account, priya.conversation, {"service_url": "http://127.0.0.1:9"})
    assert isinstance(await teams.adapter.send(nowhere, samples.alert_card()), RetryAfter)


@pytest.mark.parametrize(
    "kept",
    [
        "http://192.0.2.1",
        "https://192.0.2.1",
        "https://smba.trafficmanager.net@192.0.2.1",
        "http://smba.example",
        "https://[x",
    ],
)
async def test_a_kept_service_url_that_is_not_teams_gets_no_token(teams: World, priya: Person, kept: str) -> None:
    elsewhere = Address(1, priya.account, priya.conversation, {"service_url": kept})
    outcome = await teams.adapter.send(elsewhere, samples.alert_card())
    assert isinstance(outcome, RefusedForPerson)
    assert "not Teams' in this cloud" in outcome.reason


def _age_token(teams: World, seconds: float) -> None:
    """Let the kept token have been fetched so much earlier."""
    held = teams.adapter._open.credential.tokens.held  # type: ignore[union-attr]
    token = held[PUBLIC.scope]
    held[PUBLIC.scope] = replace(token, fetched=token.fetched - seconds, ends=token.ends - seconds)


async def test_a_withdrawn_token_is_replaced_and_a_refused_one_stops_everything(teams: World, priya: Person) -> None:
    teams.connector.faults = [Fault("POST", 401, times=2)]
    assert isinstance(await _send(teams, priya), RefusedForAll), "the token is new: another would not help"
    _age_token(teams, 120)
    assert isinstance(await _send(teams, priya), RetryAfter)
    assert isinstance(await _send(teams, priya), Sent)
    assert teams.connector.tokens_given == 2


async def test_tokens_are_replaced_before_they_end_and_kept_through_an_outage(teams: World, priya: Person) -> None:
    for more, given in ((3000, 1), (400, 2)):
        _age_token(teams, more)
        assert isinstance(await _send(teams, priya), Sent)
        assert teams.connector.tokens_given == given
    teams.connector.faults = [Fault("token", 503, times=99)]
    _age_token(teams, 3590)
    assert isinstance(await _send(teams, priya), Sent), "the old token is still good"
    _age_token(teams, 60)
    assert isinstance(await _send(teams, priya), RetryAfter)


async def test_a_secret_that_is_refused_later_stops_the_adapter_with_a_reason(teams: World, priya: Person) -> None:
    teams.connector.secret = "changed"
    _age_token(teams, 7200)
    outcome = await _send(teams, priya)
    assert isinstance(outcome, RefusedForAll)
    assert "AADSTS7000215: Invalid client secret provided" in outcome.reason


async def test_a_managed_identity_needs_no_secret() -> None:
    async with world({"QABOT_TEAMS_SECRET": "", "QABOT_TEAMS_MANAGED_IDENTITY": "yes"}) as teams:
        person = teams.connector.add("Priya Raman")
        await teams.clients.install(person)
        assert "What you can write to me" in teams.clients.see(person)
        assert teams.connector.tokens_given == 1


async def test_somebody_who_never_wrote_is_reached_by_creating_the_chat(teams: World) -> None:
    person = teams.connector.add("Tom Reed")
    outcome = await teams.adapter.send(Address(2, person.account), samples.reminder_card())
    assert isinstance(outcome, Sent)
    assert outcome.conversation == person.conversation
    person.installed = False
    outcome = await teams.adapter.send(Address(2, person.account), samples.reminder_card())
    assert isinstance(outcome, RefusedForPerson)
    assert "not installed" in outcome.reason


async def test_a_message_whose_place_is_unknown_cannot_be_redrawn(teams: World) -> None:
    for address, message in ((Address(2, "x"), "message-1"), (Address(2, "x", "a:chat"), "")):
        assert isinstance(await teams.adapter.update(address, message, samples.alert_card()), RefusedForPerson)


async def test_five_hundred_sends_take_one_token_few_connections_and_never_block() -> None:
    service = samples.MemoryService()
    async with connected(service) as (connector, adapter, _clients):
        connector.token_delay, connector.tokens_given, connector.validate = 0.05, 0, False
        adapter._open.credential.tokens.held.clear()  # type: ignore[union-attr]
        people = [connector.add(f"Person{number} Example") for number in range(50)]
        connector.connections.clear()
        turns: list[None] = []
        watching = asyncio.create_task(_watch(turns))
        at_once = asyncio.Semaphore(50)  # as many as the delivery has under way

        async def send(person: Person) -> Outcome:
            async with at_once:
                return await adapter.send(Address(1, person.account, person.conversation), samples.alert_card())

        outcomes = await asyncio.gather(*(send(person) for person in people * 10))
        watching.cancel()
        assert all(isinstance(each, Sent) for each in outcomes)
        assert connector.tokens_given == 1
        assert len(connector.connections) <= 10
        # A client that blocks would send them all before anybody else had a turn.
        assert len(turns) > 20


async def _watch(turns: list[None]) -> None:
    """Take a turn whenever there is one to be had, however fast the machine is."""
    while True:
        await asyncio.sleep(0)
        turns.append(None)


async def test_the_staff_list_comes_from_graph_page_by_page_and_without_guests() -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        for name in ("Ann One", "Ben Two", "Cal Three", "Dee Four", "Eli Five"):
            teams.connector.add(name, role="guest" if name == "Dee Four" else "user")
        entries = await teams.adapter.directory()
        assert [each.external_id for each in entries if each.active] == ["oid-ann", "oid-ben", "oid-cal", "oid-eli"]
        assert entries[0].email == "ann@council.example"
        assert [(each.external_id, each.email) for each in entries if not each.active] == [("oid-dee", None)]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(Fault("/v1.0/users", 403), None, id="not granted"),
        pytest.param(Fault("/v1.0/users", 429, headers={"Retry-After": "17"}), 17.0, id="throttled"),
        pytest.param(Fault("/v1.0/users", 503, headers={"Retry-After": "5"}), 5.0, id="away"),
        pytest.param(Fault("/v1.0/users", reset=True), None, id="reset"),
        pytest.param(Fault("/v1.0/users", 200, body="<html>Sign in</html>"), None, id="a page"),
        pytest.param(Fault("/v1.0/users", 200, body='{"value": 7}'), None, id="no list"),
        pytest.param(
            Fault("/v1.0/users", 200, body='{"value": [], "@odata.nextLink": "https://elsewhere.example/users"}'),
            None,
            id="a rest elsewhere",
        ),
    ],
)
async def test_a_staff_list_that_breaks_off_gives_what_was_read_and_says_so(
    fault: Fault, seconds: float | None
) -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        for name in ("Ann One", "Ben Two", "Cal Three"):
            teams.connector.add(name)
        teams.connector.faults = [Fault("/v1.0/users", after=True), replace(fault, times=9)]
        with pytest.raises(DirectoryUnread) as raised:
            await teams.adapter.directory()
        assert [each.external_id for each in raised.value.entries] == ["oid-ann", "oid-ben"]
        assert raised.value.seconds == seconds


async def test_each_address_of_an_account_is_known_and_a_private_one_is_not() -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        teams.connector.add("Ann One").graph = {
            "mail": "Ann.One@council.example",
            "userPrincipalName": "ao17@council.example",
            "proxyAddresses": ["SMTP:Ann.One@council.example", "smtp:ann@council.example", "X500:/o=council"],
            "otherMails": ["head@council.example"],
        }
        (entry,) = await teams.adapter.directory()
        assert entry.email == "ann.one@council.example"
        assert entry.aliases == ("ao17@council.example", "ann@council.example")
        for address in ("ANN.ONE@council.example", "ao17@council.example", "ann@council.example"):
            assert await teams.adapter.find(address) == [entry]
        for address in ("head@council.example", "o'neill@council.example", "' or true or mail eq 'x"):
            assert await teams.adapter.find(address) == []


async def test_nobody_is_looked_up_where_the_staff_list_may_not_be_read(teams: World, priya: Person) -> None:
    assert list(await teams.adapter.find("priya@council.example")) == []
    assert not [path for _, path, _ in teams.connector.calls if "users" in path]


async def test_an_account_that_was_disabled_or_is_a_guests_is_there_and_not_active() -> None:
    async with world({"QABOT_TEAMS_DIRECTORY": "graph"}) as teams:
        teams.connector.add("Ann One").graph = {"accountEnabled": False}
        teams.connector.add("Ben Two").graph = {"userPrincipalName": "ben_other.example#EXT#@council.example"}
        teams.connector.add("Cal Three").graph = {"userType": None}
        found = await teams.adapter.directory()
        assert [each.active for each in found] == [False, False, True]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat", 404, body=FORBIDDEN % "ConversationNotFound"),
        Fault("chat", 403, body=FORBIDDEN % "BotNotInConversationRoster"),
        Fault("chat", 403),
    ],
)
async def test_a_chat_that_is_refused_is_made_anew_once(teams: World, priya: Person, fault: Fault) -> None:
    fault = replace(fault, kind=f"/v3/conversations/{priya.conversation}/activities")
    teams.connector.faults = [fault]
    outcome = await _send(teams, priya)
    assert isinstance(outcome, Sent)
    assert outcome.conversation == priya.conversation
    assert len(teams.connector.of(priya)) == 1
    fault.times = 99
    assert isinstance(await _send(teams, priya), RefusedForPerson)
    assert 99 - fault.times == 2
    assert len(teams.connector.of(priya)) == 1


@pytest.mark.parametrize(
    ("creating", "expected"),
    [
        (Fault("/v3/conversations", 429, headers={"Retry-After": "9"}), RetryAfter),
        (Fault("/v3/conversations", 500), RetryAfter),
        (Fault("/v3/conversations", 400, body=FORBIDDEN % "BadArgument"), RefusedForPerson),
        (Fault("/v3/conversations", 401), RefusedForAll),
    ],
)
async def test_what_making_it_anew_comes_to(
    teams: World, priya: Person, creating: Fault, expected: type[Outcome]
) -> None:
    gone = Fault(f"/v3/conversations/{priya.conversation}/activities", 404, body=FORBIDDEN % "ConversationNotFound")
    teams.connector.faults = [gone, replace(creating)]
    outcome = await _send(teams, priya)
    assert isinstance(outcome, expected)
    assert not (isinstance(outcome, RefusedForPerson) and outcome.of_card)
    assert not teams.connector.of(priya)


async def test_without_leave_to_read_it_there_is_no_staff_list(teams: World, priya: Person) -> None:
    assert list(await teams.adapter.directory()) == []
    assert not [path for _, path, _ in teams.connector.calls if "users" in path]
