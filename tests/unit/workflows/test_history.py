"""What was over before qabot came is taken in silence."""

from pathlib import Path

import pytest

from qabot.imports.applying import apply_audits
from qabot.imports.audit_rows import read_audits
from qabot.imports.audits import plan_audits
from qabot.models import Alert, Audit, AuditState, Deadline
from qabot.workflows.core.unit import Unit
from tests.support.world import ACTIVITY, World

HEADINGS = "case_reference,activity,cycle,auditor,practitioner,team,due,submitted_on,manager-overall\n"
ROW = f"9000001,{ACTIVITY},2026-10-01,cyrus@council.example,sofia@council.example,Stratford,,2026-10-20,red\n"


@pytest.mark.parametrize("history", [True, False])
async def test_with_history_a_red_audit_raises_no_alert_and_tells_nobody(
    world: World, tmp_path: Path, history: bool
) -> None:
    path = tmp_path / "audits.csv"
    path.write_text(HEADINGS + ROW, "utf-8")

    def work(unit: Unit) -> None:
        rows = plan_audits(unit.session, read_audits(path, unit.framework), unit.framework).rows
        apply_audits(unit, rows, history=history)

    await world.run(work)
    await world.advance("2026-12-01 12:00")
    (audit,) = world.all(Audit)
    assert audit.grade == "red"
    assert bool(world.all(Alert)) is not history
    about_it = [each for each in world.notices() if each.subject_type in ("audit", "moderation")]
    assert bool(about_it) is not history
    if history:
        assert audit.state == AuditState.finalised
        assert {each.state for each in world.all(Deadline) if each.subject_type == "audit"} <= {"met"}
