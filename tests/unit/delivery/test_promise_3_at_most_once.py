"""Promise 3: a notice is sent at most once, unless the platform's answer was lost; then once more, and it says so."""

import asyncio
from collections import Counter
from functools import partial

import pytest

from qabot.delivery.outbox import claim
from qabot.delivery.processes import SILENT_LOOKS, beat
from qabot.messaging.card import plain_card
from qabot.models import Notice
from qabot.scheduler.tick import tick
from tests.support.faulty import Copy, Fault
from tests.support.world import World


def alerts(world: World) -> list[Copy]:
    return [each for each in world.chat.copies.values() if each.first.message == "red-alert"]


async def red(world: World, *faults: Fault) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(*faults)


@pytest.mark.parametrize("fault", [Fault.lost_after, Fault.lost_before, Fault.broken])
async def test_an_alert_whose_answer_was_lost_is_repeated_once_and_says_so(world: World, fault: Fault) -> None:
    await red(world, fault, fault)
    await world.tick()
    assert {each.possible_repeat for each in world.notices(message="red-alert")} == {True}
    await world.forward("90 minutes")
    copies = Counter(each.token for each in alerts(world))
    assert set(copies.values()) == {2 if fault is Fault.lost_after else 1}
    assert all("This may be a repeat" in plain_card(each.card) for each in alerts(world)[-2:])


async def test_an_alert_whose_repeat_is_lost_too_is_not_sent_a_third_time(world: World) -> None:
    await red(world, *[Fault.lost_after] * 4)
    await world.forward("3 working hours")
    assert [each.state for each in world.notices(message="red-alert")] == ["ambiguous"] * 2
    assert len(alerts(world)) == 4


async def test_a_digest_whose_answer_was_lost_is_repeated_once_and_says_so(world: World) -> None:
    await world.audit("cyrus")
    world.fail(Fault.lost_after)
    await world.advance("2026-11-27 17:00")
    (notice,) = world.notices("cyrus", message="review-allocated")
    assert notice.state == "sent"
    copies = [each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]
    assert len(copies) == 2
    assert "This may be a repeat" in plain_card(copies[1].first)
    assert "This may be a repeat" not in plain_card(copies[0].first)


async def test_a_digest_whose_repeat_is_lost_too_is_ambiguous_with_all_that_it_carried(world: World) -> None:
    await world.audit("cyrus")
    world.fail(Fault.lost_after, Fault.lost_after)
    await world.advance("2026-11-27 17:00")
    (notice,) = world.notices("cyrus", message="review-allocated")
    assert (notice.state, notice.reason, notice.sent_at) == ("ambiguous", "no answer within 10 seconds", None)
    assert len([each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]) == 2


async def test_a_platform_that_is_busy_gets_it_later_and_once(world: World) -> None:
    await red(world, *[Fault.busy] * 6)
    await world.forward("1 working hour")
    assert Counter(each.token for each in alerts(world)).most_common(1)[0][1] == 1
    assert [each.state for each in world.notices(message="red-alert")] == ["sent"] * 2


async def test_whoever_cannot_be_reached_in_the_chat_gets_it_in_the_web_inbox(world: World) -> None:
    await red(world, Fault.refused, Fault.refused)
    await world.tick()
    assert [each.adapter for each in world.notices(message="red-alert")] == ["web", "web"]
    assert len(world.events("refused")) == 2


async def test_a_card_that_the_platform_does_not_take_leaves_the_person_reachable(world: World) -> None:
    await red(world, Fault.card_refused, Fault.card_refused)
    await world.tick()
    assert [each.adapter for each in world.notices(message="red-alert")] == ["web", "web"]
    await red(world)
    await world.tick()
    assert [each.adapter for each in world.notices(message="red-alert")] == ["web", "web", "chat", "chat"]
    assert not world.events("account-lost")


async def test_credentials_that_are_wrong_keep_every_row_until_they_are_right(world: World) -> None:
    await world.audit("cyrus")
    world.fail(*[Fault.locked_out] * 3)
    await world.advance("2026-11-24 09:35")
    assert world.messages("cyrus", state="planned") == ["review-allocated"]
    await world.forward("15 minutes")
    assert world.messages("cyrus") == ["review-allocated"]
    assert {each.adapter for each in world.all(Notice) if each.message == "digest"} == {"chat"}


async def test_two_nodes_never_send_the_same_row(two_nodes: World) -> None:
    world = two_nodes
    await red(world)
    world.chat.hold()
    first = asyncio.create_task(world.tick(0))
    assert await world.chat.until_stuck(first)
    await world.tick(1)
    world.chat.release()
    await first
    assert len(alerts(world)) == 2


async def silent(world: World, number: int) -> None:
    """A process looks at the others for as long as it takes to count them as dead; nobody else beats meanwhile."""
    node = world.nodes[number]
    for _ in range(SILENT_LOOKS + 1):
        await node.desk.run(lambda unit: beat(unit, node.engine.outlets.holder))


@pytest.mark.parametrize("fault", [None, Fault.busy, Fault.lost_after, Fault.refused, Fault.locked_out])
async def test_an_answer_that_comes_after_another_took_over_changes_nothing(
    two_nodes: World, fault: Fault | None
) -> None:
    """One node hangs, the other takes its rows over and repeats them; then the first one's answers come after all."""
    world = two_nodes
    await red(world, *([fault] * 2 if fault else []))
    slow_gate = world.chat.hold()
    slow = asyncio.create_task(world.tick(0))
    assert await world.chat.until_stuck(slow)
    await silent(world, 1)
    again_gate = world.chat.hold()
    again = asyncio.create_task(world.tick(1))
    assert await world.chat.until_stuck(again)
    slow_gate.set()
    await slow
    assert [each.state for each in world.notices(message="red-alert")] == ["begun"] * 2
    again_gate.set()
    await again
    await world.forward("30 minutes")
    assert [each.state for each in world.notices(message="red-alert")] == ["sent"] * 2
    assert max(Counter(each.token for each in alerts(world)).values()) <= 2
    assert len(world.events("late-answer")) == 2


async def test_a_process_that_beats_is_not_taken_for_dead_however_the_clock_jumps(two_nodes: World) -> None:
    world = two_nodes
    await red(world)
    world.chat.hold()
    first = asyncio.create_task(world.tick(0))
    assert await world.chat.until_stuck(first)
    for _ in range(3 * SILENT_LOOKS):
        world.clock.set(world.later("7 days"))
        for node in world.nodes:
            assert await node.desk.run(partial(beat, me=node.engine.outlets.holder)) == 0
    world.chat.release()
    await first


async def test_what_was_only_claimed_goes_unmarked_once_its_process_is_dead(two_nodes: World) -> None:
    world = two_nodes
    await red(world)
    node = world.nodes[0]
    await tick(node.store, node.engine.ticker, node.desk.unit)
    claimed = await node.desk.run(
        lambda unit: claim(unit, node.engine.outlets.adapters, ["chat"], 100, node.engine.outlets.holder)
    )
    assert claimed
    assert {each.state for each in world.notices(message="red-alert")} == {"claimed"}
    await silent(world, 1)
    await world.tick(1)
    rows = world.notices(message="red-alert")
    assert {(each.state, each.possible_repeat) for each in rows} == {("sent", False)}
    assert set(Counter(each.token for each in alerts(world)).values()) == {1}


async def test_what_a_lost_digest_carried_says_so_in_the_next_days_digest_too(world: World) -> None:
    await world.audit("cyrus")
    world.fail(Fault.lost_after)
    await world.advance("2026-11-24 09:30")
    await world.jump("2026-11-25 10:00")
    first, second = [each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]
    assert first.token != second.token
    assert "This may be a repeat" in plain_card(second.first)
