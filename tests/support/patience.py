"""The pauses of what is tried again, without their time."""

import asyncio

import pytest

from qabot.adapter_kit import persistence


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Answers are tried again at once; the list of the seconds that they would have waited."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(persistence, "sleep", sleep)
    return pauses
