"""The page of people says whom a platform does not reach, why, and what to do: in each platform's own words."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qabot.adapter import Adapter
from qabot.models import Account, AccountClash, Store
from qabot_slack import create as create_slack
from qabot_teams import create as create_teams
from tests.support.teams.service import MemoryService
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, BEA, QUINN

IDS = {f"QABOT_TEAMS_{name}": "22222222-2222-4222-8222-222222222222" for name in ("APP_ID", "TENANT_ID")}
TEAMS = {**IDS, "QABOT_TEAMS_SECRET": "s"}
SLACK = {"QABOT_SLACK_BOT_TOKEN": "xoxb-1", "QABOT_SLACK_APP_TOKEN": "xapp-1"}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Page = Callable[..., str]


def teams(**more: str) -> Adapter:
    return create_teams(MemoryService(), TEAMS | more)


def link(store: Store, person: int, adapter: str = "teams", **values: Any) -> None:
    with store.transaction() as session:
        session.add(Account(person_id=person, adapter=adapter, external_id=f"{adapter}-{person}", **values))


async def page(new_browser: Callable[..., Browser], store: Store, query: str, *adapters: Adapter) -> str:
    parts = world.parts(store, adapters=adapters)
    browser = new_browser(parts)
    await browser.sign_in(parts, QUINN)
    return (await browser.open(f"/programme/people{query}")).text


async def test_who_has_not_added_the_app_is_listed_with_what_to_do(
    new_browser: Callable[..., Browser], store: Store
) -> None:
    link(store, ADE, conversation="chat")
    text = await page(new_browser, store, "", teams())
    assert "2 people are not reached in Teams" in text
    assert "Of 3 in all." in text
    assert "Teams admin centre, Teams apps, Setup policies" in text
    assert "under Apps, Built for your org" in text
    assert text.count("Teams: not reachable. They have not added the app.") == 2
    only = await page(new_browser, store, "?missing=teams", teams())
    assert "2 people<" in only
    assert "Bea Cole" in only
    assert ">Ade Bello</a>" not in only
    assert "Gil Gone" not in only


async def test_who_has_removed_or_blocked_it_stands_there_with_the_reason(
    new_browser: Callable[..., Browser], store: Store
) -> None:
    for person in (ADE, QUINN):
        link(store, person, conversation="chat")
    link(store, BEA, reachable=False, reason="This person has blocked the app (403 ConversationBlockedByUser).")
    text = await page(new_browser, store, "?missing=teams", teams())
    assert "1 person is not reached in Teams" in text
    assert "Teams: not reachable. This person has blocked the app (403 ConversationBlockedByUser)." in text


async def test_with_the_staff_list_an_account_alone_is_not_called_reached(
    new_browser: Callable[..., Browser], store: Store
) -> None:
    for person in (ADE, BEA, QUINN):
        link(store, person)
    text = await page(new_browser, store, "", teams(QABOT_TEAMS_DIRECTORY="graph"))
    assert "3 people are not reached in Teams" in text
    assert "not known whether they have the app" in text
    assert "opens the chat itself once the app is there" in text


async def test_each_platform_speaks_for_itself(new_browser: Callable[..., Browser], store: Store) -> None:
    link(store, ADE, "slack")
    text = await page(new_browser, store, "", create_slack(MemoryService(), SLACK), teams())
    assert "2 people are not reached in Slack" in text
    assert "3 people are not reached in Teams" in text
    assert "Guests are not written to." in text
    assert "Slack<br>Teams: not reachable. They have not added the app." in text
    assert (
        "Web inbox<br>Slack: not reachable. Slack has no full member with this person&#39;s e-mail address.<br>" in text
    )


@pytest.mark.parametrize("adapters", [(), (teams(),)], ids=["the web inbox alone", "Teams"])
async def test_nothing_is_asked_where_nobody_is_missing(
    new_browser: Callable[..., Browser], store: Store, adapters: tuple[Adapter, ...]
) -> None:
    for person in (ADE, BEA, QUINN):
        link(store, person, conversation="chat")
    text = await page(new_browser, store, "", *adapters)
    assert "not reached in Teams</h2>" not in text
    assert "What to do" not in text
    assert ("Not reached in Teams" in text) == bool(adapters)
    assert "Everybody is reached there." in await page(new_browser, store, "?missing=teams", teams())


async def test_what_is_asked_about_accounts_stands_there_with_each_answer(
    new_browser: Callable[..., Browser], store: Store
) -> None:
    link(store, ADE, conversation="chat")
    with store.transaction() as session:
        for adapter, settled in (("teams", None), ("slack", None), ("teams", NOON)):
            session.add(
                AccountClash(
                    person_id=ADE if settled is None else BEA,
                    adapter=adapter,
                    external_id=f"{adapter}-other",
                    name="<b>Ade</b>",
                    why="It has this address too.",
                    since=NOON,
                    settled_at=settled,
                )
            )
    text = await page(new_browser, store, "", teams())
    assert "1 account needs a decision" in text
    assert "Ade Bello, Teams: teams-other (&lt;b&gt;Ade&lt;/b&gt;). It has this address too." in text
    for answer in (f"teams-{ADE}", "teams-other"):
        assert re.search(f"<code>qabot people account [a-z.]+@[a-z.]+ teams {answer}</code>", text)
    assert "slack-other" not in text, "that chat is not one of this service's"
