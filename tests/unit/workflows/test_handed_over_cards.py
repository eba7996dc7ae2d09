"""After a review is handed over, what was sent about it before says who has it now."""

from pathlib import Path

from qabot.messaging.card import Card, plain_card
from qabot.models import Audit
from tests.support.world import World

DINAH = "Dinah Cole has this audit now."


async def hand_over(world: World, audit: Audit, to: str) -> None:
    await world.send_form("quinn", "reassign", audit.reference, to=str(world.ids[to]))
    await world.tick()


def cards(world: World, person: str) -> list[Card]:
    """Somebody's cards as the chat shows them now, oldest first."""
    return [copy.card for copy in world.chat.copies.values() if copy.person_id == world.ids[person]]


def pressable(card: Card) -> list[str]:
    return [each.action for each in card.all_buttons() if not each.url]


async def test_the_first_word_says_who_has_it_and_has_no_buttons(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    (before,) = cards(world, "cyrus")
    assert pressable(before) == ["submit-grades", "know-case", "more-time"]
    await hand_over(world, audit, "dinah")
    (after,) = cards(world, "cyrus")
    assert DINAH in plain_card(after)
    assert pressable(after) == []


async def test_in_a_list_only_its_own_line_says_so(world: World) -> None:
    audit, kept = await world.audit("cyrus"), await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    (card,) = cards(world, "cyrus")
    said = [line for line in plain_card(card).splitlines() if audit.reference in line or kept.reference in line]
    assert [DINAH in line for line in said] == [audit.reference in line for line in said]
    tokens = {each.action: each.token for each in card.all_buttons() if not each.url}
    assert set(tokens.values()) == {world.card_about("cyrus", kept, "audit").token}
    assert set(tokens) == {"submit-grades", "know-case", "more-time"}


async def test_nothing_else_is_left_of_a_card_whose_reviews_all_went(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    (card,) = cards(world, "cyrus")
    assert plain_card(card).splitlines()[1:] == [f"- {audit.reference}: {DINAH}"]
    (handed_over,) = world.all(Audit)
    await world.submit(handed_over)
    await world.tick()
    (card,) = cards(world, "cyrus")
    assert card.done
    assert f"{audit.reference}: Submitted by Dinah Cole on 24 November 2026" in plain_card(card)


async def test_what_is_left_of_a_list_counts_only_what_is_left(world: World) -> None:
    audit, kept = await world.audit("cyrus"), await world.audit("cyrus")
    await world.advance("2026-12-16 12:00")
    lists = [card for card in cards(world, "cyrus") if audit.reference in plain_card(card)]
    assert "2 Practice Learning Reviews" in plain_card(lists[0])
    await hand_over(world, audit, "dinah")
    lists = [card for card in cards(world, "cyrus") if audit.reference in plain_card(card)]
    for said in map(plain_card, lists):
        assert "2 Practice Learning Reviews" not in said
        assert "2 reviews" not in said
        assert f"{audit.reference}: {DINAH}" in said
        assert kept.reference in said


async def test_it_follows_when_it_is_handed_on_and_is_quiet_when_it_comes_back(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    await hand_over(world, audit, "marcus")
    assert "Marcus Reid has this audit now." in plain_card(cards(world, "cyrus")[0])
    await hand_over(world, audit, "cyrus")
    first = cards(world, "cyrus")[0]
    assert "has this audit now" not in plain_card(first)
    assert "know-case" in pressable(first)


async def test_the_next_person_too_reads_it_once_it_is_handed_on(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    await world.forward("1 working day")
    assert "has this audit now" not in plain_card(cards(world, "dinah")[0])
    await hand_over(world, audit, "cyrus")
    assert "Cyrus Patel has this audit now." in plain_card(cards(world, "dinah")[0])


async def test_while_the_next_person_is_away_it_is_still_not_pressed_on_the_old_card(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    await world.away("dinah", "2026-11-24", "2026-11-27")
    number = world.deadline("audit", audit).id
    await world.run(lambda unit: unit.redraw_deadlines([number]))
    await world.tick()
    assert pressable(cards(world, "cyrus")[0]) == []


async def test_who_was_only_told_as_a_manager_reads_nothing_new(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-12-24 12:00")
    lists = [card for card in cards(world, "marcus") if audit.reference in plain_card(card)]
    assert lists, "the list of what is outstanding"
    await hand_over(world, audit, "dinah")
    assert all("has this audit now" not in plain_card(card) for card in cards(world, "marcus"))


async def test_whoever_stood_in_for_the_one_before_reads_it_too(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-09 10:00")
    await world.away("cyrus", "2026-11-12", "2026-11-18", deputy="wanda")
    audit = await world.audit("cyrus")
    await world.advance("2026-11-16 12:00")
    assert [each.role for each in world.notices("wanda", message="review-reminder", state="sent")] == ["owner"]
    assert "stand in for Cyrus Patel" in plain_card(cards(world, "wanda")[-1])
    await hand_over(world, audit, "dinah")
    assert DINAH in plain_card(cards(world, "wanda")[-1])
    assert "Cyrus" not in plain_card(cards(world, "wanda")[-1])
    world.close()


async def test_whoever_was_told_that_they_cover_reads_it_too_or_never_hears(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-09 10:00")
    first, later = await world.audit("cyrus", due="2026-12-10"), await world.audit("cyrus", due="2026-12-11")
    await world.away("cyrus", "2026-12-07", "2026-12-18", deputy="wanda")
    await hand_over(world, later, "dinah")
    await world.advance("2026-11-10 12:00")
    (told,) = [each for each in world.notices("wanda", message="covering") if each.state == "sent"]
    assert world.is_about(told, first)
    assert "for Cyrus Patel" in plain_card(cards(world, "wanda")[0])
    await hand_over(world, first, "dinah")
    (card,) = cards(world, "wanda")
    assert plain_card(card).splitlines()[1:] == [f"- {first.reference}: {DINAH}"]
    assert pressable(card) == []
    world.close()
