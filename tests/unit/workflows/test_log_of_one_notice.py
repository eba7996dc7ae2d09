"""What goes wrong with one notice, from its check to the press on it, is found in the log by its id."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qabot.delivery import recheck
from qabot.models import Notice
from tests.support.faulty import Fault
from tests.support.world import World


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("on purpose")


async def test_each_line_about_a_notice_holds_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await World.start(tmp_path)
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.chat.faults.extend([Fault.broken, Fault.card_refused, Fault.locked_out])
    with capture_logs() as lines:
        with monkeypatch.context() as patch:
            patch.setattr(recheck, "CHECKS", (_fail,))
            await world.tick()
        await world.forward("10 minutes")
        card = world.card_about("mina", audit, "alert")
        with monkeypatch.context() as patch:
            patch.setattr(world.nodes[0].desk, "_use", _fail)
            await world.press_once("mina", "acknowledge", card.token)
    known = {each.id for each in world.all(Notice)}
    by_action = {each["action"]: each.get("notice") for each in lines}
    assert {"check-failed", "send-failed", "card-refused", "adapter-paused", "answer-failed"} <= set(by_action)
    assert [each for each in lines if each.get("notice") not in known] == []
    assert by_action["answer-failed"] == card.id
    text = " ".join(str(value) for each in lines for name, value in each.items() if name != "exc_info")
    assert [
        name for name in ("Mina", "mina", audit.reference, audit.case_reference or "-", card.token) if name in text
    ] == []
    world.close()
