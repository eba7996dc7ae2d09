"""A secret that was renewed in its file is taken without a restart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.adapter import Address, RefusedForAll, Sent
from qabot.errors import ChatRefused
from qabot.messaging.card import Card, Paragraph, text
from qabot_slack import SlackAdapter, create
from tests.support.slack import FakeSlack
from tests.support.slack.fake import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.support.slack.running import MANAGER, connected, populate
from tests.support.slack.service import MemoryService

CARD = Card("A review is due", "A review is due in qabot.", blocks=(Paragraph(text("Audit QA-1")),))
VALUES = {"BOT_TOKEN": BOT_TOKEN, "APP_TOKEN": APP_TOKEN, "SIGNING_SECRET": SIGNING_SECRET}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack("http") as fake:
        populate(fake)
        yield fake


def with_files(slack: FakeSlack, folder: Path) -> dict[str, str]:
    """The settings, each secret in a file."""
    environ = dict(slack.environ)
    for name, value in VALUES.items():
        (folder / name).write_text(value)
        del environ[f"QABOT_SLACK_{name}"]
        environ[f"QABOT_SLACK_{name}_FILE"] = str(folder / name)
    return environ


async def send(adapter: SlackAdapter) -> object:
    return await adapter.send(Address(1, MANAGER), CARD)


async def test_a_renewed_token_is_taken_by_the_very_send_that_the_old_one_fails(
    slack: FakeSlack, tmp_path: Path
) -> None:
    adapter = create(MemoryService(), with_files(slack, tmp_path))
    await adapter.start()
    slack.server.tokens["bot"] = "xoxb-renewed"
    assert isinstance(await send(adapter), RefusedForAll)
    assert not adapter.renewed()
    (tmp_path / "BOT_TOKEN").write_text("xoxb-renewed\n")
    assert adapter.renewed()
    assert isinstance(await send(adapter), Sent)
    assert not adapter.renewed()
    await adapter.stop()


@pytest.mark.parametrize("written", ["", "xoxp-another-kind", "xoxb-wrong"])
async def test_what_is_no_token_leaves_the_last_one_in_use(slack: FakeSlack, tmp_path: Path, written: str) -> None:
    adapter = create(MemoryService(), with_files(slack, tmp_path))
    await adapter.start()
    (tmp_path / "BOT_TOKEN").write_text(written)
    assert isinstance(await send(adapter), Sent)
    slack.server.tokens["bot"] = "xoxb-renewed"
    with pytest.raises(ChatRefused):
        await adapter.start()
    (tmp_path / "BOT_TOKEN").write_text("xoxb-renewed")
    await adapter.start()
    assert isinstance(await send(adapter), Sent)
    await adapter.stop()


async def test_a_renewed_app_token_opens_socket_mode(tmp_path: Path) -> None:
    async with FakeSlack("socket") as slack:
        adapter = create(MemoryService(), with_files(slack, tmp_path))
        slack.server.tokens["app"] = "xapp-renewed"
        (tmp_path / "APP_TOKEN").write_text("xapp-renewed")
        await adapter.start()
        await slack.until(lambda: len(slack.server.sockets) == 2)
        await adapter.stop()


async def test_a_renewed_signing_secret_is_believed_and_the_old_one_no_longer(slack: FakeSlack, tmp_path: Path) -> None:
    service = MemoryService(linked={MANAGER: 1})
    environ = with_files(slack, tmp_path)
    async with connected(slack, service, environ):
        (tmp_path / "SIGNING_SECRET").write_text("renewed-signing-secret")
        slack.wire._secret = "renewed-signing-secret"
        assert (await slack.slash(MANAGER, "mine")).acked
        slack.wire._secret = SIGNING_SECRET
        assert (await slack.slash(MANAGER, "mine")).status == 401
