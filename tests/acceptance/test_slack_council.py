"""A council on Slack, over both transports: the whole service, with people at their screens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from qabot.models import Account, Alert, Audit, Deadline, Nomination
from tests.support.script import PARTS
from tests.support.slack import named
from tests.support.slack.council import SlackCouncil, slack_council, user

MANAGERS = ("mina", "hanif")
GOOD: dict[str, Any] = {
    "seen_on": "2026-11-20",
    "seen_in": "Meeting",
    "what": "Listened.",
    "difference": "Trust grew.",
    "no_child": "yes",
}


@pytest.fixture(params=["socket", "http"])
async def council(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SlackCouncil]:
    async with slack_council(tmp_path, request.param) as found:
        yield found


@pytest.fixture
async def on_http(tmp_path: Path) -> AsyncIterator[SlackCouncil]:
    async with slack_council(tmp_path, "http") as found:
        yield found


@pytest.fixture
async def on_sockets(tmp_path: Path) -> AsyncIterator[SlackCouncil]:
    async with slack_council(tmp_path, "socket") as found:
        yield found


async def a_red_review(council: SlackCouncil) -> Audit:
    """Cyrus finds a review RED, and the round after it has not passed yet."""
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "red")
    return audit


async def test_whoever_is_linked_is_welcomed_once(on_http: SlackCouncil) -> None:
    world = on_http.world
    world.change("mina", welcomed_at=None)
    with world.nodes[0].store.transaction() as session:
        for account in session.exec(select(Account).where(Account.person_id == world.ids["mina"])):
            session.delete(account)
    for _ in range(2):
        await on_http.connect()
        await on_http.forward()
    assert on_http.expect("mina", "Welcome to qabot", "alerts alone").text == (
        "Here is what qabot is, and what it will send you."
    )


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_digest_gathers_what_is_owed_and_grades_are_sent_from_it(tmp_path: Path, mode: str) -> None:
    async with slack_council(tmp_path, mode, at="2026-10-14 10:00") as council:
        audit = await council.world.audit("cyrus", team="stratford")
        await council.world.advance("2026-10-15 10:00")
        digest = council.expect("cyrus", "Your QA tasks for 15 October 2026", "1 Practice Learning Review still to do")
        assert digest.text == "Your quality-assurance tasks for today are ready to see."
        await council.press("cyrus", "submit-grades", digest)
        await council.submit("cyrus", 0, actions="no", **dict.fromkeys(PARTS, "green"))
        council.expect("cyrus", "The grades are in")
        assert "submit-grades" not in named(digest.blocks)
        await council.world.advance("2026-10-16 10:00")
        for person in ("quinn", "rowan"):
            council.expect(person, "has come in", audit.reference)
        for person in ("ade", "sofia"):
            council.expect(person, "is final", audit.reference)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_grades_that_raise_an_alert_are_shown_once_more_and_sent(tmp_path: Path, mode: str) -> None:
    async with slack_council(tmp_path, mode, at="2026-10-14 10:00") as council:
        audit = await council.world.audit("cyrus", team="stratford")
        await council.world.advance("2026-10-15 10:00")
        digest = council.expect("cyrus", "1 Practice Learning Review still to do")
        await council.press("cyrus", "submit-grades", digest)
        await council.submit("cyrus", 0, actions="no", **dict.fromkeys(PARTS, "red"))
        shown = council.modal("cyrus")
        assert f"It raises an alert about {audit.reference}, which goes to Mina Sharpe and Hanif Bello now." in shown
        assert "Yes, this is right" in shown
        assert council.world.all(Alert) == []
        await council.submit("cyrus", sure="yes")
        council.expect("cyrus", "The grades are in")
        for person in MANAGERS:
            council.expect(person, f"Alert: {audit.reference} needs your support")
        assert len(council.world.all(Alert)) == 1


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_reminder_is_put_off_from_its_own_button_and_says_who_did(tmp_path: Path, mode: str) -> None:
    async with slack_council(tmp_path, mode, at="2026-10-12 10:00") as council:
        audits = [await council.world.audit("cyrus", team="stratford") for _ in range(2)]
        await council.world.advance("2026-10-15 10:00")
        council.expect("cyrus", "Your Practice Learning Reviews for October to December 2026")
        digest = council.expect("cyrus", "2 Practice Learning Reviews still to do", "Remind me later")
        await council.press("cyrus", "snooze", digest)
        assert "They stay due on 31 December 2026." in council.modal("cyrus")
        await council.submit("cyrus", until="next working day")
        council.expect("cyrus", "We will remind you on 16 October 2026 at 9:30am.")
        words = digest.words()
        assert words.count("Put off by Cyrus Patel until 16 October 2026 at 9:30am.") == len(audits)
        await council.world.advance("2026-10-16 10:00")
        assert "Put off" not in council.expect("cyrus", "2 Practice Learning Reviews still to do").words()


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_data_of_which_nobody_has_heard_is_in_the_hands_of_the_qa_service(tmp_path: Path, mode: str) -> None:
    async with slack_council(tmp_path, mode, at="2026-09-28 10:00") as council:
        await council.world.advance("2026-10-01 12:00")
        asked = council.expect("della", "Data for October to December 2026")
        council.take()
        await council.world.advance("2026-10-02 10:00")
        council.expect("della", "1 thing past its date")
        await council.world.advance("2026-10-05 10:00")
        quinn, rowan = (council.expect(person, "No word yet about the data") for person in ("quinn", "rowan"))
        assert quinn.text == "Data for a round of work may still be on its way."
        await council.press("quinn", "answer", quinn)
        council.expect("quinn", "The data is marked as sent")
        for message in (quinn, rowan, asked):
            assert "Data sent by Quinn Marsh on 5 October 2026" in message.words()
            assert "answer" not in named(message.blocks)


async def test_a_red_alert_acknowledged_by_one_manager_is_seen_by_the_other(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    mina, hanif = (council.expect(person, "Alert", "RED (Inadequate)") for person in MANAGERS)
    assert mina.text == "You have a quality-assurance alert to acknowledge."
    await council.press("mina", "acknowledge", mina)
    council.expect("mina", "Thank you for taking this on.")
    for message in (mina, hanif):
        assert "Acknowledged by Mina Sharpe on 23 November 2026" in message.words()
        assert "acknowledge" not in named(message.blocks)
    await council.forward("4 working hours")


async def test_an_alert_that_nobody_acknowledges_climbs(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    first = [council.expect(person, "Alert") for person in MANAGERS]
    assert all("acknowledge" in named(message.blocks) for message in first)
    await council.forward("4 working hours")
    again = [council.expect(person, "is still waiting") for person in (*MANAGERS, "ade")]
    assert all("acknowledge" in named(message.blocks) for message in again)
    # In the thread of the first message, for whoever has one, and shown in the conversation as well.
    assert [message.thread_ts for message in again] == [first[0].ts, first[1].ts, ""]
    assert [message.broadcast for message in again] == [True, True, False]
    assert all("use the newest message" in message.words() and not named(message.blocks) for message in first)


async def test_an_acknowledgement_that_slack_repeats_three_times_is_one(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    mina, _ = (council.expect(person, "Alert") for person in MANAGERS)
    await council.press("mina", "acknowledge", mina, again=3)
    council.expect("mina", "Thank you for taking this on.")
    closed = [each for each in council.world.all(Deadline) if each.kind == "alert"]
    assert [(each.state, each.closed_why) for each in closed] == [("met", "Acknowledged")]
    assert len(council.slack.calls("response_url")) == 1


async def test_pressing_again_is_success_for_the_other_manager_too(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    mina, hanif = (council.expect(person, "Alert") for person in MANAGERS)
    await council.slack.click(user("mina"), "acknowledge", message=mina)
    await council.slack.click(user("hanif"), "acknowledge", message=hanif)
    await council.forward()
    council.expect("mina", "Thank you for taking this on.")
    assert "Acknowledged by Mina Sharpe" in hanif.words()
    alert = council.world.all(Alert)[0]
    assert alert.acknowledged_by_id == council.world.ids["mina"]


async def test_whoever_is_not_the_right_person_hands_the_alert_on(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    mina, _ = (council.expect(person, "Alert") for person in MANAGERS)
    await council.press("mina", "not-me", mina)
    council.expect("mina", "passed this on to Ade Lawal")
    assert "This has been passed on to Ade Lawal." in mina.words()
    ade = council.expect("ade", "handed on to you", "Mina Sharpe")
    await council.press("ade", "not-me", ade)
    council.expect("ade", "passed this on to Dara Okafor, Quinn Marsh and Rowan Vale")
    for person in ("dara", "quinn", "rowan"):
        council.expect(person, "handed on to you", "Ade Lawal")


async def test_a_nomination_is_written_corrected_and_received(council: SlackCouncil) -> None:
    await council.slack.shortcut(user("ade"), "nominate")
    await council.settle()
    wrong = await council.submit("ade", nominee=str(council.world.ids["sofia"]), **GOOD | {"what": "NHS 943 476 5919"})
    assert set(wrong.errors) == {"what"}
    assert "NHS number" in wrong.errors["what"]
    assert council.world.all(Nomination) == []
    await council.submit("ade", what="Listened to everybody.", again=2)
    assert len(council.world.all(Nomination)) == 1
    council.expect("sofia", "Ade Lawal saw good practice in your work", "Listened to everybody.")
    council.expect("quinn", "Good practice: Sofia Brandt")
    await rest_of(council, "rowan", "ade")


async def rest_of(council: SlackCouncil, *people: str) -> None:
    """What else the messages of the day bring to these people."""
    await council.world.advance("2026-11-24 10:00")
    for person in people:
        while council.new(person):
            council.expect(person)


JOINER = "\u2060"
"""Nobody sees it; it parts what Slack could take for a mention."""
HOSTILE = "<!channel> <!here|now> <@UMINA> <#C0QA|qa> *bold* & `code`"


async def test_what_a_nominator_writes_does_nothing_on_anybodys_screen(council: SlackCouncil) -> None:
    await council.slack.slash(user("ade"), "nominate")
    await council.settle()
    values = GOOD | {"what": HOSTILE, "difference": HOSTILE}
    sent = await council.submit("ade", nominee=str(council.world.ids["sofia"]), **values)
    assert sent.errors == {}
    received = council.expect("sofia", "saw good practice in your work")
    assert HOSTILE in received.words().replace(JOINER, "")
    await rest_of(council, "quinn", "rowan", "ade")
    assert council.slack.shouted() == []


async def test_a_direct_message_and_every_word_is_answered(council: SlackCouncil) -> None:
    await council.slack.write(user("ade"), "what do I owe, <!channel>?")
    await council.forward()
    council.expect("ade", "How qabot can help you")
    for word in council.world.nodes[0].desk.words():
        modals = len(council.slack.calls("views.open"))
        delivery = await council.slack.slash(user("ade"), word.word)
        await council.settle()
        assert delivery.acked
        opened = len(council.slack.calls("views.open")) > modals
        assert opened or council.expect("ade"), word


async def test_the_home_tab_follows_what_happens(council: SlackCouncil) -> None:
    audit = await a_red_review(council)
    await council.forward()
    mina, _ = (council.expect(person, "Alert") for person in MANAGERS)
    await council.slack.open_home(user("mina"))
    await council.settle()
    assert audit.reference in str(council.home("mina")["blocks"])
    assert "acknowledge" in named(council.home("mina")["blocks"])
    await council.press("mina", "acknowledge", mina)
    council.expect("mina", "Thank you for taking this on.")
    assert "acknowledge" not in named(council.home("mina")["blocks"])


async def test_settings_are_kept_within_the_councils_bounds(council: SlackCouncil) -> None:
    await council.slack.open_home(user("ade"))
    await council.settle()
    await council.slack.click(user("ade"), "settings", view=council.home("ade"))
    await council.settle()
    assert "Your settings" in council.slack.modal(user("ade"))["title"]["text"]
    news = [block for block in council.slack.modal(user("ade"))["blocks"] if block.get("block_id") == "news"]
    assert news[0]["element"]["type"] in ("checkboxes", "radio_buttons")


async def test_somebody_whose_account_is_not_linked_links_it_and_it_is_done(council: SlackCouncil) -> None:
    council.slack.workspace.add_user("U0SECOND", "mina sharpe", "mina@council.example")
    await a_red_review(council)
    await council.forward()
    mina, _ = (council.expect(person, "Alert") for person in MANAGERS)
    council.slack.workspace.channels[mina.channel]["members"].add("U0SECOND")
    await council.slack.click("U0SECOND", "acknowledge", message=mina)
    await council.settle()
    offer = council.slack.last("U0SECOND")
    assert "Is this you, Mina Sharpe?" in offer.words()
    await council.slack.click("U0SECOND", "link", message=offer)
    await council.forward()
    assert "Acknowledged by Mina Sharpe" in mina.words()


@pytest.mark.parametrize("outsider", ["guest", "stranger"])
async def test_outsiders_are_refused_and_it_is_noted(council: SlackCouncil, outsider: str) -> None:
    team = "T0ELSEWHERE" if outsider == "stranger" else "T0COUNCIL"
    council.slack.workspace.add_user("U0OUT", outsider, "mina@council.example", guest=outsider == "guest", team=team)
    delivery = await council.slack.slash("U0OUT", "mine")
    await council.settle()
    assert delivery.acked
    assert "only for members" in council.slack.last("U0OUT").words()
    assert len(council.world.events("stranger-refused")) == 1


async def test_somebody_who_leaves_slack_is_reached_in_the_web_inbox(council: SlackCouncil) -> None:
    member = council.slack.workspace.users[user("mina")]
    member["deleted"] = True
    await council.slack.wire.event({"type": "user_change", "user": member})
    await council.settle()
    await a_red_review(council)
    await council.forward()
    council.expect("hanif", "Alert")
    account = [each for each in council.world.all(Account) if each.external_id == user("mina")]
    assert not account[0].reachable
    assert [notice.adapter for notice in council.world.notices("mina", message="red-alert")] == ["web"]


async def test_a_lost_answer_is_repeated_once_and_says_so(council: SlackCouncil) -> None:
    council.slack.fail("chat.postMessage", "reset_after", when=lambda args: args["channel"] in _of(council, "mina"))
    await a_red_review(council)
    await council.forward()
    council.expect("hanif", "Alert")
    council.expect("mina", "Alert")
    await council.forward("2 minutes")
    council.expect("mina", "This may be a repeat", "Alert")
    await council.forward("30 minutes")
    council.expect_nothing(*MANAGERS)


def _of(council: SlackCouncil, person: str) -> tuple[str, str]:
    return user(person), council.slack.workspace.direct(user(person))


async def test_being_asked_to_wait_delays_and_sends_once(council: SlackCouncil) -> None:
    council.slack.fail("chat.postMessage", "429", times=2, retry_after=40)
    await a_red_review(council)
    await council.world.tick()
    council.expect_nothing(*MANAGERS)
    waiting = [each.not_before for each in council.world.notices(state="planned")]
    assert min(waiting) >= council.world.later("0 minutes")
    await council.forward("2 minutes")
    for person in MANAGERS:
        council.expect(person, "Alert")


async def test_a_restart_in_mid_send_is_an_answer_that_was_lost(on_sockets: SlackCouncil) -> None:
    council = on_sockets
    council.slack.fail("chat.postMessage", "slow", times=2, delay=1.0)
    await a_red_review(council)
    sending = asyncio.ensure_future(council.world.tick())
    await council.slack.until(lambda: len(council.slack.calls("chat.postMessage")) == 2)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await council.restart()
    await council.slack.until(lambda: all(council.new(person) for person in MANAGERS))
    for person in MANAGERS:
        council.expect(person, "Alert")
    await council.forward("10 minutes")
    for person in MANAGERS:
        council.expect(person, "This may be a repeat", "Alert")
    await council.forward("30 minutes")
    council.expect_nothing(*MANAGERS)


async def test_a_card_from_before_a_restart_still_works(council: SlackCouncil) -> None:
    await a_red_review(council)
    await council.forward()
    mina, hanif = (council.expect(person, "Alert") for person in MANAGERS)
    await council.restart()
    await council.press("hanif", "acknowledge", hanif)
    council.expect("hanif", "Thank you for taking this on.")
    assert "Acknowledged by Hanif Bello" in mina.words()


@pytest.mark.parametrize("tamper", ["bad_signature", "stale", "unsigned"])
async def test_a_press_that_slack_did_not_sign_changes_nothing(on_http: SlackCouncil, tamper: str) -> None:
    await a_red_review(on_http)
    await on_http.forward()
    mina, _ = (on_http.expect(person, "Alert") for person in MANAGERS)
    delivery = await on_http.press("mina", "acknowledge", mina, tamper=tamper)
    assert delivery.status == 401
    assert on_http.world.all(Alert)[0].acknowledged_at is None
