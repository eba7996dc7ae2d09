"""The web inbox as an adapter."""

import asyncio
from dataclasses import replace

import pytest

from qabot.adapter import Adapter, Address, Sent
from qabot.messaging.card import Paragraph, text
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from tests.support.waiting import LONG
from tests.unit.web.world import ADE, alert

ADDRESS = Address(ADE, str(ADE))


def test_it_keeps_the_contract() -> None:
    assert isinstance(WebAdapter(Bell(), "http://127.0.0.1"), Adapter)


async def test_a_card_is_sent_updated_and_heard() -> None:
    bell = Bell()
    adapter = WebAdapter(bell, "http://127.0.0.1")
    heard = asyncio.create_task(bell.wait(ADE, LONG))
    await asyncio.sleep(0)
    sent = await adapter.send(ADDRESS, alert())
    assert isinstance(sent, Sent)
    assert await heard is True
    assert await adapter.update(ADDRESS, sent.message_id, alert()) == Sent(sent.message_id)
    again = await adapter.send(ADDRESS, alert())
    assert isinstance(again, Sent)
    assert again.message_id != sent.message_id


def test_it_takes_any_sensible_card_and_says_what_is_too_long() -> None:
    adapter = WebAdapter(Bell(), "http://127.0.0.1")
    assert adapter.check(alert()) == []
    assert len(adapter.check(replace(alert(), title="x" * 501, blocks=(Paragraph(text("x")),) * 501))) == 2


@pytest.mark.parametrize(
    ("address", "ok"),
    [
        ("https://qabot.council.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://qabot.example", False),
        ("", False),
    ],
)
async def test_the_doctor_looks_at_the_address(address: str, ok: bool) -> None:
    [finding] = [each async for each in WebAdapter(Bell(), address).doctor()]
    assert finding.ok is ok
    assert finding.advice
