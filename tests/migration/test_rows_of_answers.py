"""A version before rows takes a database with open actions, and the version after takes it back: they go on."""

from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from qabot.framework import load
from qabot.models import AnswerRow, Deadline, Moment, Notice
from qabot.models.migrate import downgrade, upgrade
from tests.support.world import World

BEFORE = "0009"
COUNCIL = """
extends: newham
questions:
  steps: {label: Action, rows: {what: text, owner: person, date: date}}
duties:
  plan: {rule: NEW-ALT-3, title: The plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: none, ask: [steps]}
  action: {rule: NEW-ESC-1.1, title: Action, when: [steps.row], owes: [owner], due: date}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/qabot.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


async def test_open_actions_go_on_through_a_version_that_knew_no_rows(url: str, tmp_path: Path) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(COUNCIL, "utf-8")
    world = await World.start(url=url, framework=load(path, [Path("frameworks")]))
    audit = await world.graded("green", actions=False)
    values: dict[str, str] = {}
    for number, (owner, day) in enumerate((("sofia", "2026-12-03"), ("hanif", "2026-12-10")), start=1):
        given = {"what": "Write it", "owner": str(world.ids[owner]), "date": day}
        values |= {f"steps.{number}.{column}": value for column, value in given.items()}
    await world.send_form("ade", "answer", world.deadline("plan", audit).token, **values)
    await world.forward("1 working day")
    store, theirs = world.nodes[0].store, col(Deadline.kind) == "action"
    downgrade(store, BEFORE, lose=True)
    # Columns by name: that version has not all that the models have now.
    with Session(store.engine) as session:
        query = select(Deadline.state, Deadline.subject_type, Deadline.subject_id).where(theirs)
        assert list(session.exec(query)) == [("open", "audit", audit.id)] * 2
        for table in (Moment, Notice):
            assert list(session.exec(select(table.id).where(col(table.subject_type) == "row"))) == []
    upgrade(store)
    assert world.all(AnswerRow) == []
    await world.press_token("sofia", "answer", world.notices("sofia", message="duty")[0].token)
    assert [each.state for each in world.all(Deadline, theirs)] == ["met", "open"]
    await world.advance("2026-12-11 12:00")
    assert "duty-late" in world.messages("hanif")
    world.close()
