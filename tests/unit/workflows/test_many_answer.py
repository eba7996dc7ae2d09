"""Thirty people answer at random for three weeks while processes die; tests/faults/answering.py plays 400."""

from pathlib import Path

from tests.faults.answering import faults, play


async def test_nothing_is_lost_nobody_is_asked_twice_and_nobody_can_be_traced(tmp_path: Path) -> None:
    world, ledger = await play(tmp_path, 30, seed=7, share=0.13)
    assert faults(world, ledger) == []
    assert ledger.deaths > 0
    assert 5 <= len(ledger.sent) < 30
