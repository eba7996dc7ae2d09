"""Long lists: cut in a chat, whole on their own page."""

from qabot.adapter import Command, OpenForm, ShowCard
from qabot.messaging.card import Block, Button, Card, Heading, Paragraph, Row, plain, plain_card, text
from qabot.messaging.files import FEW
from qabot.workflows.cards.lists import cut, long_list
from qabot.workflows.verbs.home import MOST_SHOWN
from qabot_slack import tables
from tests.support.slack.limits import block_errors
from tests.support.world import BASE_URL, World


def rows(card: Card) -> int:
    return sum(isinstance(block, Row) for block in card.blocks)


async def test_a_long_list_is_cut_in_the_inbox_and_whole_on_its_own_page(world: World) -> None:
    for _ in range(FEW + 5):
        await world.audit("cyrus")
    await world.advance("2027-01-11 10:00")
    desk, sian = world.nodes[0].desk, world.ids["sian"]
    (entry,) = [each for each in await desk.inbox(sian) if rows(each.card) >= FEW]
    assert rows(entry.card) == FEW
    assert rows(await desk.card(entry.token, sian)) == FEW + 5
    # The same words are read in a chat and in the web inbox: they name no place, they are a link to it.
    [sent] = [each.card for each in world.chat.copies.values() if each.person_id == sian and rows(each.card)]
    for card in (entry.card, sent):
        [more] = [each for each in card.blocks if isinstance(each, Paragraph) and "more" in plain(each.text)[:12]]
        assert plain(more.text) == f"And 5 more. See all {FEW + 5}"
        assert [run.href for run in more.text if run.href] == [f"{BASE_URL}/n/{entry.token}"]
    # A chat that has tables shows all of it.
    [table] = sent.tables
    assert table.columns == ("What", "Team", "With", "Due", "So far", "Service")
    assert len(table.rows) == FEW + 5
    assert set(map(id, table.instead)) == {id(each) for each in sent.blocks if isinstance(each, Row | Heading)} | {
        id(more)
    }
    what, *said = table.rows[0]
    assert what[0].href == sent.blocks[2].buttons[0].url  # type: ignore[union-attr]
    assert [plain(each) for each in said] == [
        "Stratford",
        "Cyrus Patel",
        "31 December 2026",
        "No answer yet",
        "Safeguarding",
    ]
    assert sent.without_buttons().tables == ()
    drawn = tables.message(sent)
    assert drawn is not None
    assert [each["type"] for each in drawn["blocks"]] == ["header", "section", "data_table", "section", "context"]
    assert block_errors(drawn["blocks"]) == []


async def test_what_can_be_pressed_stays_beside_the_table_and_so_does_the_link_to_what_is_not_shown(
    world: World,
) -> None:
    press, link = (
        Button("not-yet", "Not yet", "t"),
        Button("open-item", "Open", url="https://qabot.council.example/n/t"),
    )

    def lines(*pressed: int) -> list[Block]:
        cells = (("What", text("QA")),)
        return [Row(text("QA"), ((press,) if at in pressed else (link,)), cells) for at in range(FEW + 2)]

    for blocks, kept in ((lines(3), {3}), (lines(3, FEW + 1), {3, FEW})):
        shown = cut(blocks, "https://qabot.council.example/n/t")
        table = long_list("List", blocks, shown)
        assert table is not None
        assert {at for at, each in enumerate(shown) if id(each) not in map(id, table.instead)} == kept
        assert table.rows[0][0][0].href == link.url
    assert long_list("List", lines()[:FEW], lines()[:FEW]) is None
    grouped = [Paragraph(text("Hello.")), Heading("Maple"), *lines()[:3], Heading("Elm"), *lines()[3:]]
    table = long_list("List", grouped, cut(grouped, None))
    assert table is not None
    assert [plain(row[1]) for row in table.rows] == ["Maple"] * 3 + ["Elm"] * (FEW - 1)
    assert {id(grouped[1]), id(grouped[5])} <= set(map(id, table.instead))


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
    assert "in your area is due on Thursday 31 December 2026." in before[-1]
    await world.advance("2027-01-20 10:00")
    assert [plain_card(each.card) for each in await desk.inbox(marcus)][: len(before)] == before


async def test_words_that_nothing_has_do_not_say_that_nothing_waits(world: World) -> None:
    """“mine second” said "Nothing is waiting for you today" to somebody for whom much was."""
    await world.audit("cyrus")
    desk = world.nodes[0].desk
    reply = await desk.command(Command(world.who("cyrus"), "mine", "second"))
    assert isinstance(reply, ShowCard)
    said = plain_card(reply.card)
    assert "Nothing is waiting" not in said
    assert "Nothing here has “second” in it; write “mine” for all of it." in said


async def test_a_typed_reference_may_lack_its_hyphen_and_stand_among_other_words(world: World) -> None:
    audit = await world.graded("red")
    await world.graded("red")
    plain_reference = audit.reference.replace("-", "")
    for typed in (plain_reference, f"the alert for {audit.reference.replace('-', ' ')}", f"alert {audit.reference}"):
        reply = await world.nodes[0].desk.command(Command(world.who("mina"), "ack", typed))
        assert "Thank you for taking this on." in str(reply), typed
        undone = await world.nodes[0].desk.command(Command(world.who("mina"), "undo", ""))
        assert "waits to be acknowledged again" in str(undone)
    assert "reason" not in str(await world.nodes[0].desk.command(Command(world.who("quinn"), "withdraw-alert", "qa 9")))
    form = await world.nodes[0].desk.command(Command(world.who("quinn"), "withdraw-alert", plain_reference.lower()))
    assert isinstance(form, OpenForm)
    assert form.form.token == audit.reference
