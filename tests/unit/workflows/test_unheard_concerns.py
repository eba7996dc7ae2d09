"""Immediate concerns are asked for where somebody hears of them; elsewhere the form says whom to phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.adapter import OpenForm
from qabot.errors import BadRequest
from qabot.framework import load
from qabot.messaging.form import Form
from qabot.models import Audit, AuditState
from qabot.workflows.verbs import audits, grades
from tests.support.world import World

SHIPPED = Path(__file__).parents[3] / "frameworks"
DEAF = """
framework: deaf
title: A council in which nobody hears of immediate concerns
extends: newham
duties:
  alert: {if: [{any-grade: [red]}]}
"""
GREEN = {"manager-overall": "green"}
PHONE = "No manager is told at once of what you say here. If a child may be at risk now, phone"


@pytest.fixture
async def unheard(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "deaf.yaml").write_text(DEAF)
    found = await World.start(framework=load(tmp_path / "deaf.yaml", [SHIPPED]))
    yield found
    found.close()


async def opened(world: World, audit: Audit) -> Form:
    reply = await world.press_token("cyrus", "submit-grades", world.deadline("audit", audit).token)
    assert isinstance(reply, OpenForm)
    return reply.form


async def test_where_nobody_would_be_told_the_form_says_whom_to_phone_instead(unheard: World) -> None:
    audit = await unheard.audit("cyrus")
    form = await opened(unheard, audit)
    assert "immediate" not in [each.name for each in form.fields]
    assert f"{PHONE} {unheard.framework.council.duty_line}." in form.intro
    await unheard.send_form("cyrus", "submit-grades", form.token, **GREEN, actions="no")
    assert unheard.all(Audit)[0].state == AuditState.finalised
    reply = await unheard.press_token("quinn", "correct", audit.reference)
    assert isinstance(reply, OpenForm)
    assert "immediate" not in [each.name for each in reply.form.fields]
    assert PHONE in reply.form.intro


async def test_a_concern_that_nobody_would_hear_of_is_refused_and_not_swallowed(unheard: World) -> None:
    audit = await unheard.audit("cyrus")
    with unheard.nodes[0].store.transaction() as session:
        unit, row = unheard.nodes[0].desk.unit(session), session.get_one(Audit, audit.id)
        with pytest.raises(BadRequest, match="asks for no immediate concerns"):
            audits.submit(unit, row, GREEN, by=row.auditor_id, immediate=True)
        assert row.state == AuditState.allocated
        assert audits.submit(unit, row, GREEN, by=row.auditor_id)
        with pytest.raises(BadRequest, match="asks for no immediate concerns"):
            grades.correct(unit, row, GREEN, by=row.auditor_id or 0, has_actions=False, immediate=True, why="new")
