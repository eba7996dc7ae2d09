"""The adapter contract: what holds on every platform, whatever it looks like there (tests/contract/platforms.py)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.adapter import Adapter, Sent
from qabot.messaging.card import Block, Bullets, Button, Card, Facts, Heading, Note, Paragraph, Row, text
from qabot.messaging.samples import sample_buttons, show
from qabot.models import Alert, Audit, Nomination
from qabot.wiring import button_labels
from tests.contract.platforms import PLATFORMS, TRANSPORTS, Platform, opened
from tests.support import small_council
from tests.support.world import tools

VARIANTS = ("usual", "long", "forty", "odd")
MANAGERS = ("mina", "hanif")
LONG = "A long word and another one. " * 1500


@pytest.fixture(params=[*PLATFORMS, *TRANSPORTS])
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Platform]:
    async with opened(request.param, tmp_path) as found:
        yield found


async def a_red_review(platform: Platform) -> Audit:
    """Cyrus, of another service, finds a review of team Stratford RED and says that it is right.

    Its two managers are told at once.
    """
    audit, _ = await grades_to_confirm(platform)
    await platform.send("cyrus", {"sure": True})
    await platform.world.tick()
    return audit


async def grades_to_confirm(platform: Platform) -> tuple[Audit, str]:
    """A review that Cyrus grades RED, and what he is shown before it counts."""
    audit = await platform.world.audit("cyrus", team="stratford")
    token = platform.world.deadline("audit", audit).token
    said = await platform.submit("cyrus", "submit-grades", token, {"manager-overall": "red", "actions": "yes"})
    await platform.world.tick()
    return audit, said


def token(platform: Platform, person: str, audit: Audit) -> str:
    return platform.world.card_about(person, audit, "alert").token


async def test_it_keeps_the_protocol(platform: Platform) -> None:
    assert isinstance(platform.adapter, Adapter)
    assert platform.adapter.name == platform.name


async def test_a_card_is_shown_to_its_person_alone(platform: Platform) -> None:
    audit = await a_red_review(platform)
    for person in small_council.PEOPLE:
        about = [each for each in await platform.screen(person) if f"Alert: {audit.reference}" in each]
        assert len(about) == (1 if person in MANAGERS else 0)


async def test_a_press_redraws_every_copy(platform: Platform) -> None:
    audit = await a_red_review(platform)
    button = f"Acknowledge alert {audit.reference}"
    for person in MANAGERS:
        assert [each for each in await platform.screen(person) if button in each]
    await platform.press("hanif", "acknowledge", token(platform, "hanif", audit))
    await platform.world.tick()
    for person in MANAGERS:
        shown = await platform.screen(person)
        assert [each for each in shown if "Acknowledged by Hanif Bello on 23 November 2026" in each]
        assert not [each for each in shown if button in each.replace(f"Undo: {button}", "")]


async def test_a_press_is_done_once_however_often_it_comes(platform: Platform) -> None:
    audit = await a_red_review(platform)
    card = token(platform, "mina", audit)
    for _ in range(3):
        assert "Acknowledged by Mina Sharpe" in await platform.press("mina", "acknowledge", card) or await redrawn(
            platform, "mina", "Acknowledged by Mina Sharpe"
        )
    await platform.press("hanif", "acknowledge", token(platform, "hanif", audit))
    [alert] = platform.world.all(Alert)
    assert alert.acknowledged_by_id == platform.world.ids["mina"]
    assert len([each for each in platform.world.events("deadline-met") if each.why == "Acknowledged"]) == 1


async def redrawn(platform: Platform, person: str, words: str) -> bool:
    return any(words in each for each in await platform.screen(person))


async def test_presses_at_the_same_moment_are_one(platform: Platform) -> None:
    audit = await a_red_review(platform)
    cards = {person: token(platform, person, audit) for person in MANAGERS}
    await asyncio.gather(*(platform.press(person, "acknowledge", card) for person, card in cards.items()))
    assert len([each for each in platform.world.events("deadline-met") if each.why == "Acknowledged"]) == 1


async def test_somebody_else_s_card_does_nothing(platform: Platform) -> None:
    audit = await a_red_review(platform)
    said = await platform.press("sofia", "acknowledge", token(platform, "mina", audit))
    assert "for somebody else" in said
    assert platform.world.all(Alert)[0].acknowledged_at is None


@pytest.mark.parametrize(("action", "known"), [("long-gone", True), ("acknowledge", False)])
async def test_a_button_that_nobody_knows_any_more_gets_a_kind_answer(
    platform: Platform, action: str, known: bool
) -> None:
    audit = await a_red_review(platform)
    said = await platform.press("mina", action, token(platform, "mina", audit) if known else "no-such-token")
    assert "This button is from an older message and no longer does anything." in said
    assert platform.world.all(Alert)[0].acknowledged_at is None


async def test_a_form_with_a_missing_answer_comes_back_with_the_others_kept(platform: Platform) -> None:
    answers = {"what": "Listened with patience.", "difference": "Trust grew."}
    said = await platform.submit("ben", "nominate", "", answers)
    assert "Choose" in said or "Give a date" in said
    assert platform.kept("what") == answers["what"]
    assert platform.kept("difference") == answers["difference"]
    assert platform.world.all(Nomination) == []


async def test_what_raises_an_alert_is_shown_once_more_with_the_answers_kept(platform: Platform) -> None:
    audit, said = await grades_to_confirm(platform)
    assert "This is not sent yet." in said
    assert platform.kept("manager-overall") == "red"
    assert platform.world.all(Alert) == []
    assert not [each for each in await platform.screen("mina") if f"Alert: {audit.reference}" in each]
    await platform.send("cyrus", {"sure": True})
    assert [each.audit_id for each in platform.world.all(Alert)] == [audit.id]


async def test_what_may_name_a_child_is_stopped_and_not_kept(platform: Platform) -> None:
    said = await platform.submit("ben", "nominate", "", {"what": "Saw 943 476 5919 at home.", "difference": "Much."})
    assert "NHS number" in said
    assert platform.world.all(Nomination) == []
    assert "943 476 5919" not in str([each.detail for each in platform.world.events("text-blocked")])


async def test_what_only_looks_like_an_identifier_is_kept_once_somebody_says_what_it_is(platform: Platform) -> None:
    nomination: dict[str, str | bool] = {
        "nominee": str(platform.world.ids["sofia"]),
        "difference": "Everybody came.",
        "no_child": True,
    }
    answers: dict[str, str | bool] = nomination | {
        "what": "Found the family room B12 3DE.",
        "seen_in": "Meeting",
        "seen_on": "2026-11-20",
    }
    said = await platform.submit("ben", "nominate", "", answers)
    assert "This looks as if it holds a postcode" in said
    assert "what is it?" in said
    assert platform.kept("what") == answers["what"]
    assert platform.world.all(Nomination) == []
    await platform.send("ben", {"look-alike": "place"})
    assert [each.what for each in platform.world.all(Nomination)] == [answers["what"]]
    [kept] = platform.world.events("look-alike-kept")
    assert (kept.actor_id, kept.why) == (platform.world.ids["ben"], "A room, a floor, a building or a work address")
    assert "B12" not in str(kept.detail)


async def test_no_reason_lets_an_nhs_number_in(platform: Platform) -> None:
    answers = {"what": "Room B12 3DE, and 9\u0664\u200b3-476\n5919", "difference": "Much."}
    said = await platform.submit("ben", "nominate", "", answers)
    assert "NHS number" in said
    said = await platform.send("ben", {"look-alike": "place"})
    assert "NHS number" in said
    assert "a postcode" not in said
    assert platform.world.all(Nomination) == []


async def test_a_stranger_changes_nothing(platform: Platform) -> None:
    audit = await a_red_review(platform)
    said = await platform.stranger("nobody@elsewhere.example", "acknowledge", token(platform, "mina", audit))
    assert "do not know this account yet" in said or "personal link" in said
    assert platform.world.all(Alert)[0].acknowledged_at is None


async def test_a_colleague_whose_account_is_new_is_offered_to_link(platform: Platform) -> None:
    audit = await a_red_review(platform)
    said = await platform.stranger("mina@council.example", "acknowledge", token(platform, "mina", audit))
    offered = "Is this you, Mina Sharpe?" in said or "Your account is not linked" in said
    assert offered == platform.links
    assert platform.world.all(Alert)[0].acknowledged_at is None


def far_too_long() -> Card:
    buttons = tuple(Button("acknowledge", f"Acknowledge alert {number} {LONG[:200]}", "a") for number in range(60))
    facts = Facts(tuple((f"Fact {number}", text(LONG[:900])) for number in range(40)))
    blocks: list[Block] = [Heading(LONG), Paragraph(text(LONG)), facts, Bullets((text(LONG),) * 30)]
    blocks += [Row(text(f"Line {number}. {LONG[:400]}"), buttons[:2]) for number in range(120)]
    blocks.append(Note(text("Phone first.")))
    return Card(LONG, LONG, "alert", tuple(blocks), buttons, more_url="https://qabot.council.example/n/abc")


async def test_what_is_too_long_is_cut_and_not_refused(platform: Platform) -> None:
    sent = await platform.adapter.send(platform.address("mina"), far_too_long())
    assert isinstance(sent, Sent), sent
    again = await platform.adapter.update(platform.address("mina"), sent.message_id, far_too_long())
    assert isinstance(again, Sent), again


async def test_an_empty_card_can_be_shown(platform: Platform) -> None:
    assert isinstance(await platform.adapter.send(platform.address("mina"), Card("Title", "Summary.")), Sent)


# How a card is drawn is no affair of the SDK that carries it, and this is the dearest of these tests.
@pytest.mark.parametrize("platform", list(PLATFORMS), indirect=True)
async def test_every_message_with_every_sample_is_one_that_the_platform_takes(platform: Platform) -> None:
    shared = tools()
    buttons = sample_buttons(button_labels(shared.registry))
    for name in shared.catalogue.names():
        for variant in VARIANTS:
            card = show(shared.catalogue, name, buttons, variant=variant)
            assert platform.adapter.check(card) == [], f"{name} ({variant})"
            assert isinstance(await platform.adapter.send(platform.address("della"), card), Sent)
