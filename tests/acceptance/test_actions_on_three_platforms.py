"""The actions of a plan, one for somebody on each platform: each says what it is and by when, and is done by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import Framework, lint, load
from qabot.models import Audit, Deadline
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.three_screens import press, seen

DATA = Path(__file__).parent / "data"
ROLES = {
    "practice-lead": "senior-practitioner",
    "service-manager": "area-lead",
    "head-of-service": "assistant-director",
    "quality-assurance": "quality-team",
}
ACTIONS = {
    IN_SLACK: ("Ask the school", "2026-12-01", "Tuesday 1 December 2026"),
    IN_TEAMS: ("Write the chronology", "2026-12-02", "Wednesday 2 December 2026"),
    IN_WEB: ("Look at it in supervision", "2026-12-03", "Thursday 3 December 2026"),
}
"""What somebody is to do, by when, and how the card says that day."""
NUMBERS = {person: number for number, person in enumerate(ACTIONS, start=1)}


@pytest.fixture
def riverside() -> Framework:
    framework = load(DATA / "riverside-actions.yaml", [DATA])
    assert lint(framework) == []
    return framework


@pytest.fixture
async def council(tmp_path: Path, riverside: Framework) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path, riverside, ROLES) as found:
        yield found


@pytest.fixture
async def planned(council: MixedCouncil) -> Audit:
    """A case look with a plan of three actions; everybody has been told of theirs."""
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "firm", actions=False)
    values: dict[str, str] = {}
    for person, (what, date, _) in ACTIONS.items():
        row = f"plan.{NUMBERS[person]}"
        values |= {f"{row}.what": what, f"{row}.led-by": str(council.world.ids[person]), f"{row}.date": date}
    await council.world.send_form("ade", "answer", council.world.deadline("plan-it", audit).token, **values)
    await council.forward("1 working day")
    return audit


def still_open(council: MixedCouncil) -> list[str]:
    """Whose actions are open."""
    found = council.world.all(Deadline, col(Deadline.kind) == "act", col(Deadline.state) == "open")
    return [council.world.name(each.owner_id) for each in found]


@pytest.mark.parametrize("person", [IN_SLACK, IN_TEAMS, IN_WEB])
async def test_each_reads_their_own_action_and_says_that_it_is_done(
    council: MixedCouncil, planned: Audit, person: str
) -> None:
    what, _, day = ACTIONS[person]
    said = await seen(council, person)
    for words in ("An action", planned.reference, what, day):
        assert words in said
    others = [each for whose, (each, _, _) in ACTIONS.items() if whose != person]
    assert [each for each in others if each in said] == []
    await press(council, person, "answer", f"Done: {planned.reference} ({NUMBERS[person]})")
    assert still_open(council) == [each for each in ACTIONS if each != person]
    assert "Acted on" in await seen(council, person)


async def test_the_record_and_the_programme_show_each_action(council: MixedCouncil, planned: Audit) -> None:
    record = await council.page("quinn", f"/audits/{planned.reference}")
    programme = await council.page("quinn", "/programme")
    for person in ACTIONS:
        for words in (record.words, programme.words):
            assert f"Action {NUMBERS[person]} of {planned.reference}" in words
    assert "Ask the school" in record.words, "the answer stands there whole"
    assert "An action" in record.words


async def test_whoever_has_an_action_reads_the_record_without_the_grade(council: MixedCouncil) -> None:
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "weak", actions=False)
    values = {
        "recorded": "yes",
        "visit": "none",
        "meeting": "2026-12-02",
        "chair": str(council.world.ids["harriet"]),
        "seen": "3",
        "strength": "one",
        "plan.1.what": "Ask the school",
        "plan.1.date": "2026-12-10",
        "plan.1.led-by": str(council.world.ids["wanda"]),
    }
    token = council.world.deadline("oversight", audit).token
    theirs = await council.world.send_form(
        "mina",
        "answer",
        token,
        **{
            **values,
            "plan.1.led-by": str(council.world.ids["sofia"]),
        },
    )
    assert "who hears of it from a person first" in str(theirs)
    await council.world.send_form("mina", "answer", token, **values)
    await council.forward("1 working day")
    record = await council.page("wanda", f"/audits/{audit.reference}")
    assert "An action" in record.words
    assert [each for each in ("Weak", "worry", "Management oversight", "Needs work") if each in record.words] == []
    practitioner = await council.page("sofia", f"/audits/{audit.reference}")
    assert "An action" not in practitioner.words
