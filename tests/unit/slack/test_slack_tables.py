"""Long lists as data tables: within Slack's limits, in today's form where a workspace has none, and never twice."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from qabot.adapter import Address, RefusedForPerson, Sent
from qabot.messaging.card import Block, Button, Card, Note, Paragraph, Row, Run, Table, Text, text
from qabot_slack import blocks, tables
from qabot_slack.api import Api
from qabot_slack.send import TABLES_AGAIN, Sender
from qabot_slack.settings import read
from qabot_slack.validate import message_problems
from tests.support.slack import FakeSlack
from tests.support.slack.limits import block_errors
from tests.support.slack.records import Json

USER = "U1"
LINK = "https://qabot.council.example/n/t"


def long_card(count: int = 25, *, width: int = 3, letters: int = 10) -> Card:
    """Twenty rows of a list, one of them to press; the rest behind a link, and all of them as a table."""
    shown: list[Block] = [Row(text(f"QA-{number}, Maple")) for number in range(20)]
    shown[3] = Row(text("QA-3, Maple"), (Button("not-yet", "Not yet: QA-3", "token"),))
    more = Paragraph((Run("And 5 more."), Run(f"See all {count}", href=LINK)))
    rows: list[tuple[Text, ...]] = [
        ((Run(f"QA-{number}", href=LINK),), *(text("x" * letters) for _ in range(width - 1))) for number in range(count)
    ]
    table = Table(
        "Work still to come in",
        tuple(f"Column {number}" for number in range(width)),
        tuple(rows),
        tuple([each for at, each in enumerate([*shown, more]) if at != 3]),
    )
    return Card(
        "Work still to come in",
        "A list of work is ready to see.",
        blocks=(Paragraph(text("Is there a way you can help?")), *shown, more, Note(text("You get this."))),
        more_url=LINK,
        tables=(table,),
    )


def kinds(payload: Json) -> list[str]:
    return [each["type"] for each in payload["blocks"]]


def test_the_whole_list_is_one_table_and_what_can_be_pressed_stays_beside_it() -> None:
    payload = tables.message(long_card())
    assert payload is not None
    assert kinds(payload) == ["header", "section", "section", "data_table", "context"]
    assert payload["blocks"][2]["accessory"]["text"]["text"] == "Not yet: QA-3"
    table = payload["blocks"][3]
    assert (len(table["rows"]), table["caption"], table["page_size"]) == (26, "Work still to come in", 10)
    assert [tables.words(cell) for cell in table["rows"][1]] == ["QA-0", "x" * 10, "x" * 10]
    assert table["rows"][1][0]["elements"][0]["elements"][0]["url"] == LINK
    assert "See all" not in str(payload)
    assert payload["text"] == "A list of work is ready to see."
    assert block_errors(payload["blocks"]) == []
    assert message_problems(payload) == []


def test_a_mention_that_somebody_wrote_stays_text_and_an_empty_cell_is_no_error() -> None:
    odd = replace(long_card(2), tables=())
    table = Table("", ("What", ""), ((text("<!channel> <@U1> *x*"), ()),), odd.blocks[1:3])
    payload = tables.message(replace(odd, tables=(table,)))
    assert payload is not None
    [drawn] = [each for each in payload["blocks"] if each["type"] == "data_table"]
    assert drawn["rows"][1] == [{"type": "raw_text", "text": "<!channel> <@U1> *x*"}, {"type": "raw_text", "text": "-"}]
    assert block_errors(payload["blocks"]) == []


@pytest.mark.parametrize(
    ("count", "width", "letters", "drawn"),
    [(200, 3, 10, True), (201, 3, 10, False), (25, 20, 10, True), (25, 21, 10, False), (190, 3, 60, False)],
)
def test_what_slack_would_not_take_as_a_table_is_drawn_as_before(
    count: int, width: int, letters: int, drawn: bool
) -> None:
    card = long_card(count, width=width, letters=letters)
    payload = tables.message(card)
    assert (payload is not None) == drawn
    assert block_errors(blocks.message(card)["blocks"] if payload is None else payload["blocks"]) == []


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.workspace.add_user(USER, "priya shah", "priya@council.example")
        yield fake


@pytest.fixture
async def sender(slack: FakeSlack, clock: Clock) -> AsyncIterator[Sender]:
    api = Api(read(slack.environ))
    yield Sender(api, clock)
    await api.close()


async def test_a_workspace_that_has_tables_gets_one_and_keeps_it_when_the_card_is_redrawn(
    slack: FakeSlack, sender: Sender
) -> None:
    sent = await sender.send(Address(1, USER), long_card())
    assert isinstance(sent, Sent)
    assert "data_table" in kinds({"blocks": slack.last(USER).blocks})
    where = Address(1, USER, conversation=sent.conversation)
    assert isinstance(await sender.update(where, sent.message_id, long_card(26)), Sent)
    [table] = [each for each in slack.last(USER).blocks if each["type"] == "data_table"]
    assert len(table["rows"]) == 27


async def test_a_workspace_without_tables_gets_todays_form_once_and_is_not_asked_again_for_a_day(
    slack: FakeSlack, sender: Sender, clock: Clock
) -> None:
    slack.workspace.has_tables = False

    async def send() -> list[bool]:
        before = len(slack.calls("chat.postMessage"))
        assert isinstance(await sender.send(Address(1, USER), long_card()), Sent)
        return [call.ok for call in slack.calls("chat.postMessage")[before:]]

    assert await send() == [False, True]
    assert len(slack.workspace.messages) == 1
    assert {"type": "mrkdwn"}.items() <= slack.last(USER).blocks[2]["text"].items()
    assert "See all 25" in str(slack.last(USER).blocks)
    assert await send() == [True]
    clock.seconds += TABLES_AGAIN
    slack.workspace.has_tables = True
    assert await send() == [True]
    assert "data_table" in kinds({"blocks": slack.last(USER).blocks})


async def test_another_refusal_says_nothing_of_tables(slack: FakeSlack, sender: Sender) -> None:
    slack.workspace.users[USER]["deleted"] = True
    assert isinstance(await sender.send(Address(1, USER), long_card()), RefusedForPerson)
    assert len(slack.calls("chat.postMessage")) == 1
    slack.workspace.users[USER]["deleted"] = False
    await sender.send(Address(1, USER), long_card())
    assert "data_table" in kinds({"blocks": slack.last(USER).blocks})
