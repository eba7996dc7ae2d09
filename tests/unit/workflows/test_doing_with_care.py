"""Whoever raises an alert has raised it, although something that follows beside it breaks."""

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from qabot.adapter import Say
from qabot.models import Audit, AuditState, Deadline, Event
from qabot.workflows.cards import draw
from qabot.workflows.core import moments
from qabot.workflows.core.unit import Unit
from tests.support.councils import Start, answer, council, kinds

PAPERS = """
duties:
  papers: {rule: ABC-DDL-1, title: Papers, when: [practice-learning-review.submitted], owes: [practice-lead],
           due: submitted + 5 working days, ask: []}
  filing: {rule: ABC-DDL-2, title: Filing, when: [practice-learning-review.submitted], owes: [service-manager],
           due: none, ask: []}
"""
WHY = "ZeroDivisionError: of an odd framework"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return council(tmp_path)


def breaking(monkeypatch: pytest.MonkeyPatch, duty: str) -> None:
    """Half of what opens this duty is done before it breaks."""
    consider = moments.consider

    def breaks(unit: Unit, name: str, *rest: Any, **more: Any) -> list[Deadline]:
        opened = consider(unit, name, *rest, **more)
        if name == duty:
            raise ZeroDivisionError("of an odd framework")
        return opened

    monkeypatch.setattr(moments, "consider", breaks)


async def test_an_alert_is_raised_although_a_duty_beside_it_cannot_be_opened(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await start(PAPERS)
    breaking(monkeypatch, "papers")
    audit = await world.graded("red")
    assert {"alert", "filing"} <= set(kinds(world))
    assert "papers" not in kinds(world), "half of it was kept"
    assert world.messages("mina")[-1] == "red-alert"
    (event,) = world.events("duty-failed")
    assert (event.why, event.detail, event.subject_id) == (WHY, {"duty": "papers"}, audit.id)


async def test_what_was_answered_counts_although_what_follows_cannot_be_opened(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await start(
        f"{PAPERS}  chase: {{rule: ABC-DDL-3, title: Chase, when: [papers.done], owes: [service-manager], due: none}}\n"
    )
    audit = await world.graded("green", actions=False)
    await world.forward("1 working day")
    breaking(monkeypatch, "chase")
    await answer(world, "ade", "papers", audit)
    assert world.deadline("papers", audit, state="met").closed_at is not None
    assert [each.detail["duty"] for each in world.events("duty-failed")] == ["chase"]


async def test_nothing_is_kept_where_the_alert_itself_cannot_be_raised(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent the grade is told at once, and sends it again."""
    world = await start(PAPERS)
    breaking(monkeypatch, "alert")
    audit = await world.audit("cyrus")
    before = len(world.all(Event))
    with capture_logs() as lines:
        reply = await world.submit(audit, "red")
    assert isinstance(reply, Say)
    assert reply.failed
    assert "nothing was changed" in reply.text
    assert [each["action"] for each in lines if "answer" in each["action"]] == ["answer-repeated", "answer-failed"]
    assert [each.state for each in world.all(Audit) if each.id == audit.id] == [AuditState.allocated]
    assert len(world.all(Event)) == before


async def test_an_alert_that_follows_from_another_duty_is_not_left_out_with_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The duty by itself is sound: what breaks is the alert that opens as it opens."""
    world = await start(
        f"{PAPERS}  siren: {{rule: ABC-DDL-3, title: Siren, when: [papers.opened], owes: [service-manager], due: none,"
        " ask: [acknowledged], ladder: red-alert}\n"
    )
    breaking(monkeypatch, "siren")
    audit = await world.audit("cyrus")
    reply = await world.submit(audit, "green")
    assert isinstance(reply, Say)
    assert reply.failed
    assert [each.state for each in world.all(Audit) if each.id == audit.id] == [AuditState.allocated]


async def test_an_acknowledgement_counts_although_its_card_cannot_be_drawn(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await start(PAPERS)
    audit = await world.graded("red")

    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("of an odd message")

    monkeypatch.setattr(draw, "cards", breaks)
    with capture_logs() as lines:
        reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, Say)
    assert not reply.failed
    assert reply.text
    assert world.deadline("alert", audit, state="met").closed_at is not None
    assert {each["action"] for each in lines if "answer" in each["action"]} == {"answer-repeated", "answer-card-failed"}
