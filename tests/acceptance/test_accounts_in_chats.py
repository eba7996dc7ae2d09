"""Alerts find their person: accounts made anew, people imported meanwhile, chats that are gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.models import Account, AccountClash, Audit, Person
from qabot.scheduler.directories import synchronise
from qabot.workflows.core.situation import people_changed
from tests.support.slack.council import SlackCouncil, slack_council, user
from tests.support.slack.records import Json
from tests.support.teams.connector import Fault
from tests.support.teams.connector import Person as Colleague
from tests.support.teams.council import TeamsCouncil, teams_council
from tests.support.world import World

GRAPH = {"QABOT_TEAMS_DIRECTORY": "graph"}
OTHERS = ("hanif",)
"""Who is alerted besides Mina."""


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCouncil]:
    async with slack_council(tmp_path) as council:
        yield council


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[TeamsCouncil]:
    async with teams_council(tmp_path, environ=GRAPH) as council:
        yield council


def account(world: World, adapter: str, person: str = "mina") -> Account | None:
    rows = world.all(Account, col(Account.person_id) == world.ids[person], Account.adapter == adapter)
    return rows[0] if rows else None


async def red(council: SlackCouncil | TeamsCouncil) -> Audit:
    """A review is RED, and its managers are told."""
    await council.forward()
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "red")
    await council.forward()
    for manager in OTHERS:
        council.expect(manager, f"Alert: {audit.reference}")
    return audit


def alerts(council: SlackCouncil, who: str) -> list[str]:
    """The alerts in somebody's direct messages, all expected."""
    seen = [each for each in council.slack.to(who) if "Alert" in each.words()]
    council._expected |= {(each.channel, each.ts) for each in seen}
    return [each.words() for each in seen]


def hire(world: World, person: str) -> None:
    """Somebody whom the directory has come to know is no longer linked: as if imported only now."""
    with world.nodes[0].store.transaction() as session:
        session.delete(session.get_one(Account, (account(world, "slack") or account(world, "teams")).id))  # type: ignore[union-attr]
        people_changed(session)


async def member(council: SlackCouncil, kind: str, who: Json) -> None:
    await council.slack.wire.event({"type": kind, "user": who})
    await council.settle()


@pytest.mark.parametrize("old_first", [True, False])
@pytest.mark.parametrize("by", ["events", "readings"])
async def test_a_slack_account_made_anew_gets_the_alerts(slack: SlackCouncil, by: str, old_first: bool) -> None:
    await red(slack)
    assert len(alerts(slack, user("mina"))) == 1
    people, adapter = slack.slack.workspace, slack.world.adapter
    assert adapter is not None

    async def end() -> None:
        people.users[user("mina")]["deleted"] = True
        if by == "events":
            await member(slack, "user_change", people.users[user("mina")])
        else:
            await synchronise(slack.world.nodes[0].desk, [adapter])

    async def begin() -> None:
        people.add_user("UAGAIN", "mina sharpe", "Mina@council.example")
        if by == "events":
            await member(slack, "team_join", people.users["UAGAIN"])
        else:
            await synchronise(slack.world.nodes[0].desk, [adapter])

    for step in (end, begin) if old_first else (begin, end):
        await step()
    audit = await red(slack)
    assert len(alerts(slack, user("mina"))) == 1, "nothing more is written to the old account"
    (said,) = alerts(slack, "UAGAIN")
    assert audit.reference in said
    press = slack.slack.last("UAGAIN")
    await slack.slack.click("UAGAIN", "acknowledge", message=press)
    await slack.forward()
    assert "Acknowledged by Mina Sharpe" in press.words()
    slack.take()


async def test_a_command_typed_between_two_colleagues_moves_nobodys_chat(slack: SlackCouncil) -> None:
    await red(slack)
    alerts(slack, user("mina"))
    slack.slack.workspace.add_channel("D0OTHERS", "directmessage", [user("mina"), user("hanif")])
    await slack.slack.slash(user("mina"), "mine", channel="D0OTHERS")
    await slack.settle()
    slack.take()
    kept = account(slack.world, "slack")
    assert kept is not None
    assert kept.conversation == slack.slack.workspace.direct(user("mina"))


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived"])
async def test_a_conversation_that_slack_has_closed_is_opened_anew(slack: SlackCouncil, error: str) -> None:
    await red(slack)
    alerts(slack, user("mina"))
    with slack.world.nodes[0].store.transaction() as session:
        row = session.get_one(Account, account(slack.world, "slack").id)  # type: ignore[union-attr]
        row.conversation = "D0GONE"
        session.add(row)
    slack.slack.fail("chat.postMessage", "error", error=error, when=lambda args: args["channel"] == "D0GONE")
    await red(slack)
    assert len(alerts(slack, user("mina"))) == 2
    kept = account(slack.world, "slack")
    assert kept is not None
    assert (kept.reachable, kept.conversation) == (True, slack.slack.workspace.direct(user("mina")))


async def test_somebody_without_an_account_is_looked_up_before_their_alert(slack: SlackCouncil) -> None:
    hire(slack.world, "mina")
    await red(slack)
    assert len(alerts(slack, user("mina"))) == 1
    assert [each.args["email"] for each in slack.slack.calls("users.lookupByEmail")] == ["mina@council.example"]


async def test_somebody_imported_meanwhile_is_linked_at_the_next_look(slack: SlackCouncil) -> None:
    directories = slack.world.nodes[0].engine.directories
    await directories.look()
    with slack.world.nodes[0].store.transaction() as session:
        session.add(Person(name="New Colleague", email="new.colleague@council.example"))
        people_changed(session)
    slack.slack.workspace.add_user("UNEW", "new colleague", "New.Colleague@council.example")
    await directories.look()
    assert slack.world.all(Account, Account.external_id == "UNEW")
    assert len(slack.slack.calls("users.list")) == 2, "at the start, by the test; and at the first look"


def made_anew(council: TeamsCouncil) -> Colleague:
    """Mina's account in Entra is there once more, with another id; she has the app."""
    again = Colleague("Mina Sharpe", "oid-again", "mina@council.example", installed=True)
    council.connector.people[again.account] = again
    return again


async def read(council: TeamsCouncil) -> None:
    assert council.world.adapter is not None
    await synchronise(council.world.nodes[0].desk, [council.world.adapter])


@pytest.mark.parametrize("how", ["deleted", "disabled"])
@pytest.mark.parametrize("old_first", [True, False])
async def test_an_entra_account_made_anew_gets_the_alerts(teams: TeamsCouncil, how: str, old_first: bool) -> None:
    await red(teams)
    teams.expect("mina", "Alert")
    old = teams.people["mina"]

    async def end() -> None:
        if how == "deleted":
            del teams.connector.people[old.account]
        else:
            old.graph = {"accountEnabled": False}
        await read(teams)

    async def begin() -> None:
        made_anew(teams)
        await read(teams)

    for step in (end, begin) if old_first else (begin, end):
        await step()
    audit = await red(teams)
    again = teams.connector.people["oid-again"]
    assert audit.reference in teams.clients.see(again)
    assert audit.reference not in teams.clients.see(old)
    kept = account(teams.world, "teams")
    assert kept is not None
    assert (kept.external_id, kept.conversation) == ("oid-again", again.conversation)
    await teams.clients.press(again, f"Acknowledge alert {audit.reference}")
    await teams.forward()
    assert "Acknowledged by Mina Sharpe" in teams.clients.see(again)
    teams.take(*OTHERS)


async def test_of_two_entra_accounts_with_one_address_the_one_in_use_is_kept(teams: TeamsCouncil) -> None:
    made_anew(teams)
    for _ in range(2):
        await read(teams)
    audit = await red(teams)
    teams.expect("mina", f"Alert: {audit.reference}")
    (asked,) = teams.world.all(AccountClash)
    assert asked.external_id == "oid-again"
    await teams.press("mina", f"Acknowledge alert {audit.reference}")
    teams.sees("mina", "Acknowledged by Mina Sharpe")
    teams.expect("mina", "Thank you for taking this on.")
    teams.take(*OTHERS)


async def test_one_answer_that_passes_takes_nobodys_chat_away(teams: TeamsCouncil) -> None:
    where = f"/v3/conversations/{teams.people['mina'].conversation}/activities"
    for body in ("ConversationNotFound", "BotNotInConversationRoster"):
        status = 404 if body == "ConversationNotFound" else 403
        teams.connector.faults = [Fault(where, status, body=f'{{"error": {{"code": "{body}", "message": "no"}}}}')]
        audit = await red(teams)
        teams.expect("mina", f"Alert: {audit.reference}")
        kept = account(teams.world, "teams")
        assert kept is not None
        assert kept.reachable


async def test_who_is_not_linked_in_teams_is_looked_up_before_their_alert(teams: TeamsCouncil) -> None:
    hire(teams.world, "mina")
    teams.people["mina"].graph = {"mail": None, "userPrincipalName": "MINA@council.example"}
    audit = await red(teams)
    teams.expect("mina", f"Alert: {audit.reference}")


async def test_whoever_has_installed_the_app_anew_gets_the_alert_that_the_old_account_refuses(tmp_path: Path) -> None:
    async with teams_council(tmp_path) as teams:
        again = made_anew(teams)
        await teams.clients.install(again)
        kept = account(teams.world, "teams")
        assert kept is not None
        assert kept.external_id == "oid-mina", "it is in use, and may go on being used"
        assert "Yes, I am Mina Sharpe" in str(teams.connector.of(again)), "so the person is asked"
        del teams.connector.people["oid-mina"]
        audit = await red(teams)
        assert f"Alert: {audit.reference}" in teams.clients.see(again)
