"""A duty that makes new work, on Slack, on Teams and in the web inbox: who does it is asked, shown and, at last, said.

The council is Riverside (data/riverside.yaml), with one more duty.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.framework import lint, load
from qabot.models import Audit
from tests.acceptance.test_duties_on_three_platforms import NAMES, ROLES, SCREENS, copies, in_slack, submitted
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named

AGAIN = """extends: {path}
duties:
  again:
    rule: RIV-DDL-2
    title: Another look
    when: [case-look.submitted]
    if: {{grade: [firm]}}
    owes: [area-lead, assistant-director]
    due: submitted + 28 days
    makes: case-look
    button: "Say how {{about}} stands"
"""


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    path = tmp_path / "again.yaml"
    path.write_text(AGAIN.format(path=Path(__file__).parent / "data" / "riverside.yaml"), "utf-8")
    framework = load(path, [])
    assert lint(framework) == []
    async with mixed_council(tmp_path, framework, ROLES) as found:
        yield found


@pytest.mark.parametrize("person", [IN_SLACK, IN_TEAMS, IN_WEB])
async def test_whom_new_work_goes_to_is_asked_shown_and_said_when_it_is_done(
    council: MixedCouncil, person: str
) -> None:
    audit, ids = await submitted(council, "firm"), council.world.ids
    title = f"Another look: {audit.reference}"
    screen = SCREENS[person](council, audit)
    assert "Who does the new Case Look?" in await screen.open()
    back = await screen.send({"goes-to": str(ids["sofia"])})
    assert "This is about the work of Sofia Brandt. Choose somebody else." in back
    assert len(council.world.all(Audit)) == 1
    await screen.send({"goes-to": str(ids["dinah"])})
    _, new = council.world.all(Audit)
    assert (new.auditor_id, new.case_reference) == (ids["dinah"], audit.case_reference)
    for copy in await copies(council, title):
        assert f"Handed to Dinah Cole ({new.reference})." in copy
        assert "Say how" not in copy
    assert "answer" not in named(in_slack(council, title).blocks)
    programme = (await council.page("rowan", "/programme")).words
    assert f"handed to Dinah Cole ({new.reference})" in programme
    await council.forward("1 working day")
    inbox = await council.page("dinah", "/inbox")
    assert f"New work for you: {new.reference}" in inbox.words
    assert f"{NAMES[person]} has asked you to do this" in inbox.words
    await council.world.submit(new, "firm", actions=False)
    await council.forward()
    record = (await council.page("quinn", f"/audits/{audit.reference}")).words
    for copy in (in_slack(council, title).words(), council.clients.see(council.mina), record):
        assert f"Submitted as {new.reference} by Dinah Cole" in copy
    assert f"Another look Handed to Dinah Cole: {new.reference}. Final" in record
