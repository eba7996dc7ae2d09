"""Slack, Teams and the web inbox in one council: whoever acknowledges, wherever, every copy says so in its place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.models import Audit
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named
from tests.support.slack.council import user
from tests.support.teams.cards import buttons

NAMES = {IN_TEAMS: "Mina Sharpe", IN_SLACK: "Hanif Bello", IN_WEB: "Sian Whitlock"}


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path) as found:
        yield found


async def a_red_review(council: MixedCouncil) -> Audit:
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "red")
    await council.forward()
    return audit


async def acknowledge(council: MixedCouncil, person: str, audit: Audit) -> None:
    """Somebody uses the button on their own screen, and what follows from it happens."""
    match person:
        case "mina":
            await council.clients.press(council.mina, f"Acknowledge alert {audit.reference}")
        case "hanif":
            await council.slack.click(user("hanif"), "acknowledge", message=council.in_slack())
        case _:
            token, _ = await council.in_web()
            await council.web.press(person, "acknowledge", token)
    await council.forward()


async def test_one_alert_goes_to_three_people_on_three_platforms(council: MixedCouncil) -> None:
    audit = await a_red_review(council)
    told = {council.world.name(each.recipient_id): each.adapter for each in council.world.notices(message="red-alert")}
    assert told == {IN_TEAMS: "teams", IN_SLACK: "slack", IN_WEB: "web"}
    said = [council.in_slack().words(), council.in_teams()[1], (await council.in_web())[1]]
    assert all(f"Alert: {audit.reference} needs your support" in each for each in said)
    assert not any("Acknowledged by" in each for each in said)


async def test_its_row_says_since_when_it_waits_on_each_platform(council: MixedCouncil) -> None:
    audit = await a_red_review(council)
    await council.clients.say(council.mina, "mine")
    before = len(council.slack.to(user(IN_SLACK)))
    await council.slack.write(user(IN_SLACK), "mine")
    await council.slack.until(lambda: len(council.slack.to(user(IN_SLACK))) > before)
    await council.clients.settled()
    row = f"Alert to acknowledge: {audit.reference} (case 7199999), waiting since 23 November 2026 at 10am"
    for said in (
        council.clients.see(council.mina),
        council.slack.last(user(IN_SLACK)).words(),
        (await council.page(IN_WEB, "/owe")).words,
    ):
        assert row in said


@pytest.mark.parametrize("person", [IN_TEAMS, IN_SLACK, IN_WEB])
async def test_acknowledged_anywhere_every_copy_is_redrawn_in_its_place(council: MixedCouncil, person: str) -> None:
    audit = await a_red_review(council)
    message, (activity, _), (card, _) = council.in_slack(), council.in_teams(), await council.in_web()
    await acknowledge(council, person, audit)
    line = f"Acknowledged by {NAMES[person]} on 23 November 2026"
    assert council.in_slack() is message
    assert line in message.words()
    assert "acknowledge" not in named(message.blocks)
    shown = next(each for each in council.connector.of(council.mina) if each["id"] == activity)
    assert line in str(shown["attachments"])
    assert f"Acknowledge alert {audit.reference}" not in buttons(shown["attachments"][0]["content"])
    assert (await council.in_web())[0] == card
    assert line in (await council.in_web())[1]
    page = await council.page(IN_WEB, f"/n/{card}")
    assert not [form for form in page.forms if form.button.startswith("Acknowledge")]
    await council.forward("2 working days")
    later = [each.message for each in council.world.notices() if each.message.startswith("red-alert-")]
    assert later == [], "nobody is told again"


async def test_the_copies_are_changed_by_each_platforms_own_call(council: MixedCouncil) -> None:
    audit = await a_red_review(council)
    message, (activity, _) = council.in_slack(), council.in_teams()
    await acknowledge(council, IN_WEB, audit)
    assert [(each.args["channel"], each.args["ts"]) for each in council.slack.calls("chat.update")] == [
        (message.channel, message.ts)
    ]
    puts = [path for method, path, status in council.connector.calls if method == "PUT" and status == 200]
    assert [path.rpartition("/")[2] for path in puts] == [activity]


async def test_the_page_of_people_says_whom_each_platform_does_not_reach(council: MixedCouncil) -> None:
    page = await council.page("quinn", "/programme/people")
    assert "16 people are not reached in Slack" in page.words
    assert "16 people are not reached in Teams" in page.words
    await council.clients.uninstall(council.mina)
    page = await council.page("quinn", "/programme/people?missing=teams&name=mina")
    assert "17 people are not reached in Teams" in page.words
    assert "Teams: not reachable. The app was removed in Teams." in page.words
    await a_red_review(council)
    (told,) = council.world.notices(IN_TEAMS, message="red-alert")
    assert (told.adapter, told.state) == ("web", "sent")
