"""Pictures as files of the workspace: up before the message, once for all readers, and never in its way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qabot.adapter import Address, Outcome, RetryAfter, Sent
from qabot.messaging.card import Card, Note, Paragraph, Picture, text
from qabot.models import Notice, NoticeState
from qabot_slack import blocks
from qabot_slack.api import Api
from qabot_slack.background import Background
from qabot_slack.files import AGAIN, READY_WITHIN, REMEMBERED, SOON, _image
from qabot_slack.send import UPLOADING, Sender
from qabot_slack.settings import read
from qabot_slack.validate import message_problems
from tests.contract.test_pictures_in_chats import closed, drawing, shown
from tests.support.slack import FakeSlack
from tests.support.slack.council import slack_council
from tests.support.slack.limits import block_errors
from tests.support.slack.platform import OnSlack
from tests.support.slack.records import Fault

PRIYA, TOM = "U1PRIYA", "U1TOM"
PNG = b"\x89PNG of a chart"
CARD = Card(
    "Results: Supervision",
    "The results of a survey can be read.",
    "news",
    blocks=(
        Paragraph(text("This survey has closed.")),
        Picture("Who has answered", "Safeguarding: 75%.", "<svg/>", PNG),
        Note(text("You get this because you read it.")),
    ),
)
UPLOADS = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


class Desk:
    """A sender, the clock that it reads, and the workspace before it, whose time goes with it."""

    def __init__(self, slack: FakeSlack, api: Api) -> None:
        self.slack, self.seconds, self.background = slack, 1000.0, Background()
        self.sender = Sender(api, lambda: self.seconds, self.background)

    async def send(self, user: str = PRIYA, card: Card = CARD) -> Outcome:
        outcome = await self.sender.send(Address(1, user), card)
        await self.background.finish()
        return outcome

    def later(self, seconds: float) -> None:
        self.seconds += seconds
        self.slack.workspace.now += seconds

    def called(self) -> list[str]:
        return [call.method for call in self.slack.server.calls]

    def kinds(self, user: str = PRIYA) -> list[str]:
        return [each["type"] for each in self.slack.last(user).blocks]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with FakeSlack() as slack:
        slack.workspace.add_user(PRIYA, "priya shah", "priya@council.example")
        slack.workspace.add_user(TOM, "tom reed", "tom@council.example")
        api = Api(read(slack.environ))
        yield Desk(slack, api)
        await api.close()


async def test_it_goes_up_first_and_is_posted_then_for_all_who_get_it(desk: Desk) -> None:
    assert await desk.send() == RetryAfter(SOON, UPLOADING)
    assert desk.called() == UPLOADS
    assert desk.slack.workspace.messages == []
    for user in (PRIYA, TOM):
        assert isinstance(await desk.send(user), Sent)
        assert desk.kinds(user) == ["header", "section", "image", "context"]
    assert desk.called() == [*UPLOADS, "chat.postMessage", "chat.postMessage"]
    [file] = desk.slack.workspace.files.values()
    assert (file.data, file.title, file.alt) == (PNG, "Who has answered", "Safeguarding: 75%.")
    image = desk.slack.last(PRIYA).blocks[2]
    assert image["alt_text"] == "Safeguarding: 75%."
    assert image["title"]["text"] == "Who has answered"


async def test_a_file_that_is_not_ready_is_waited_for_and_nothing_is_posted_meanwhile(desk: Desk) -> None:
    desk.slack.workspace.ready_after = 20.0
    for _ in range(7):
        assert isinstance(await desk.send(), RetryAfter)
        desk.later(SOON)
    assert desk.slack.workspace.messages == []
    desk.later(SOON)
    assert isinstance(await desk.send(), Sent)
    assert "image" in desk.kinds()
    assert len(desk.slack.workspace.messages) == 1


async def test_a_file_that_is_never_ready_keeps_no_words_back(desk: Desk) -> None:
    desk.slack.workspace.ready_after = 10_000.0
    await desk.send()
    desk.later(READY_WITHIN)
    for user in (PRIYA, TOM):
        assert isinstance(await desk.send(user), Sent)
        assert desk.kinds(user) == ["header", "section", "context"]
    assert len([each for each in desk.slack.calls("chat.postMessage") if not each.ok]) == 1, "it is not tried again"


@pytest.mark.parametrize("method", UPLOADS)
@pytest.mark.parametrize("kind", ["500", "reset_before", "html", "429"])
async def test_an_upload_that_fails_keeps_no_words_back(desk: Desk, method: str, kind: str) -> None:
    desk.slack.server.faults.append(Fault(method, kind))
    assert isinstance(await desk.send(), RetryAfter)
    assert isinstance(await desk.send(), Sent)
    assert desk.kinds() == ["header", "section", "context"]
    desk.later(AGAIN)
    assert isinstance(await desk.send(TOM), RetryAfter)
    assert isinstance(await desk.send(TOM), Sent)
    assert "image" in desk.kinds(TOM)


async def test_an_app_that_may_not_upload_sends_words_and_says_so_once(desk: Desk) -> None:
    desk.slack.server.scopes.remove("files:write")
    with capture_logs() as logs:
        for _ in range(3):
            await desk.send()
    assert [each["error"] for each in logs if each["action"] == "slack-picture-failed"] == ["missing_scope"]
    assert len(desk.slack.workspace.messages) == 2
    assert "image" not in desk.kinds()


async def test_a_card_is_redrawn_with_its_picture_also_after_a_restart(desk: Desk) -> None:
    await desk.send()
    sent = await desk.send()
    assert isinstance(sent, Sent)
    desk.sender = Sender(desk.sender._api, lambda: desk.seconds, desk.background)
    where = Address(1, PRIYA, conversation=sent.conversation)
    assert isinstance(await desk.sender.update(where, sent.message_id, CARD), RetryAfter)
    await desk.background.finish()
    assert isinstance(await desk.sender.update(where, sent.message_id, CARD), Sent)
    assert "image" in desk.kinds()
    assert len(desk.slack.workspace.messages) == 1


async def test_a_picture_that_was_not_made_is_left_out_at_once(desk: Desk) -> None:
    blank = Card("Results", "There is something.", blocks=(Picture("Chart", "Figures", "<svg/>"),))
    assert isinstance(await desk.send(card=blank), Sent)
    assert desk.called() == ["chat.postMessage"]


async def test_what_was_uploaded_is_not_remembered_without_end(desk: Desk) -> None:
    for number in range(REMEMBERED + 5):
        card = Card("R", "There is something.", blocks=(Picture("Chart", "Figures", "", f"{number}".encode()),))
        await desk.send(card=card)
    assert len(desk.sender._files._known) == REMEMBERED


def test_long_figures_in_words_are_cut_to_what_slack_takes() -> None:
    picture = Picture("A long title " * 40, "Statement: 1, 2, 3. " * 400, "", PNG)
    payload = blocks.message(Card("R", "There is something.", blocks=(picture,)), {id(picture): []})
    payload["blocks"].append(_image(picture, "F0FILE00001"))
    assert block_errors(payload["blocks"]) == []
    assert message_problems(payload) == []


@drawing
async def test_a_process_that_dies_while_it_uploads_leaves_nothing_in_doubt(tmp_path: Path) -> None:
    async with slack_council(tmp_path) as council:
        closed(OnSlack(council))
        slow = Fault("upload", "500", times=99, delay=3600.0)
        council.slack.server.faults.append(slow)
        await council.world.advance("2026-11-24 09:25")
        while not (held := [each for each in council.world.events("held") if each.why == UPLOADING]):
            council.world.clock.set(council.world.later("1 minute"))
            await council.world.tick()
        digests = {each.notice_id for each in held}
        waiting = [each.state for each in council.world.all(Notice) if each.id in digests]
        assert set(waiting) == {NoticeState.planned}, "nothing of it has begun"
        slow.times = 0
        await council.restart()
        for _ in range(3):
            await council.forward("10 minutes")
        for person in ("quinn", "rowan"):
            council.expect(person, "Results: Evaluation of supervision", "how many have answered")
            assert len(shown(OnSlack(council), person)) == 2
        assert [each for each in council.world.all(Notice) if each.state == NoticeState.ambiguous] == []
        council.take()
