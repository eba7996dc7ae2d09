"""Long lists: cut in a chat, whole on their own page."""

from qabot.messaging.card import Card, Paragraph, Row, plain, plain_card
from qabot.workflows.cards.draw import MOST_ROWS
from qabot.workflows.verbs.home import MOST_SHOWN
from tests.support.world import BASE_URL, World


def rows(card: Card) -> int:
    return sum(isinstance(block, Row) for block in card.blocks)


async def test_a_long_list_is_cut_in_the_inbox_and_whole_on_its_own_page(world: World) -> None:
    for _ in range(MOST_ROWS + 5):
        await world.audit("cyrus")
    await world.advance("2027-01-11 10:00")
    desk, sian = world.nodes[0].desk, world.ids["sian"]
    (entry,) = [each for each in await desk.inbox(sian) if rows(each.card) >= MOST_ROWS]
    assert rows(entry.card) == MOST_ROWS
    assert rows(await desk.card(entry.token, sian)) == MOST_ROWS + 5
    # The same words are read in a chat and in the web inbox: they name no place, they are a link to it.
    [sent] = [each.card for each in world.chat.copies.values() if each.person_id == sian and rows(each.card)]
    for card in (entry.card, sent):
        [more] = [each for each in card.blocks if isinstance(each, Paragraph) and "more" in plain(each.text)[:12]]
        assert plain(more.text) == f"And 5 more. See all {MOST_ROWS + 5}"
        assert [run.href for run in more.text if run.href] == [f"{BASE_URL}/n/{entry.token}"]


async def test_what_one_owes_is_cut_in_a_chat_and_whole_on_its_page(world: World) -> None:
    for _ in range(MOST_SHOWN + 3):
        await world.audit("cyrus")
    desk, cyrus = world.nodes[0].desk, world.who("cyrus")
    card = await desk.home(cyrus)
    assert rows(card) == MOST_SHOWN
    [more] = [each for each in card.blocks if isinstance(each, Paragraph) and "more" in plain(each.text)[:12]]
    assert plain(more.text) == f"And 3 more. Write “mine {MOST_SHOWN + 1}” for the next. See all {MOST_SHOWN + 3}"
    assert [run.href for run in more.text if run.href] == [f"{BASE_URL}/owe"]
    assert rows(await desk.home(cyrus, whole=True)) == MOST_SHOWN + 3


async def test_a_card_keeps_the_day_on_which_it_was_sent(world: World) -> None:
    await world.audit("cyrus")
    await world.advance("2026-12-24 10:00")
    desk, marcus = world.nodes[0].desk, world.ids["marcus"]
    before = [plain_card(each.card) for each in await desk.inbox(marcus)]
    assert "This review in your area is due in 7 days." in before[-1]
    await world.advance("2027-01-20 10:00")
    assert [plain_card(each.card) for each in await desk.inbox(marcus)][: len(before)] == before
