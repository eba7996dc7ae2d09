"""A duty of another council in Slack and Teams: asked, answered wrongly and rightly, with every type of question."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.framework import Framework, lint, load
from qabot.models import Answer, Audit, Deadline
from tests.support.slack import named
from tests.support.slack.council import slack_council
from tests.support.teams.council import teams_council

COUNCIL = """
extends: newham
rules:
  RIV-DDL-1: {text: A manager says how it stands., source: invented}
  RIV-DDL-2: {text: A visit follows., source: invented}
scales:
  stars: {version: riverside-stars-1, labels: {one: Needs work, two: Sound, three: Strong}}
questions:
  recorded: {label: Is your oversight recorded on the file?, type: tick}
  visit: {label: Does somebody need to visit?, choice: {soon: Within a week, later: Later, none: No visit}}
  meeting: {label: Day of the meeting, type: date, days: working, earliest: opened}
  chair: {label: Who chairs?, type: person, never: [practitioner], present-on: meeting}
  seen: {label: How many files did you see?, type: number, least: 1, greatest: 9}
  strength: {label: How strong is it?, scale: stars}
  learned: {label: What did you learn?, type: text, optional: true}
duties:
  oversight:
    rule: RIV-DDL-1
    title: Management oversight
    when: [practice-learning-review.submitted]
    if: {grade: [green, amber]}
    owes: [service-manager]
    due: submitted + 5 working days
    ask: [recorded, visit, meeting, chair, seen, strength, learned]
    button: "Say how {about} stands"
    done: "Oversight recorded, meeting on {meeting}"
    thanks: "The meeting is noted for {meeting}."
  visit-it:
    rule: RIV-DDL-2
    title: A visit
    when: [oversight.done]
    if: {answer: {visit: [soon]}}
    owes: [practice-lead]
    due: oversight.done + 1 week
    button: "{about} was visited"
"""


@pytest.fixture
def riverside(tmp_path: Path) -> Framework:
    path = tmp_path / "riverside.yaml"
    path.write_text(COUNCIL, "utf-8")
    framework = load(path, [Path("frameworks")])
    assert lint(framework) == []
    return framework


def values(ids: dict[str, int], **other: Any) -> dict[str, Any]:
    right = {
        "recorded": "yes",
        "visit": "soon",
        "meeting": "2026-12-02",
        "chair": str(ids["hanif"]),
        "seen": "3",
        "strength": "two",
        "learned": "Listening helps.",
    }
    return {**right, **other}


def answered(world: Any, audit: Audit) -> dict[str, Any]:
    of_duties = (col(Answer.subject_id) == audit.id, col(Answer.deadline_id).is_not(None))
    return {each.question: each.value for each in world.all(Answer, *of_duties)}


def is_right(found: dict[str, Any], ids: dict[str, int]) -> bool:
    return found == {
        "recorded": "yes",
        "visit": "soon",
        "meeting": "2026-12-02",
        "chair": ids["hanif"],
        "seen": 3,
        "strength": "two",
        "learned": "Listening helps.",
    }


async def test_in_slack(tmp_path: Path, riverside: Framework) -> None:
    async with slack_council(tmp_path, "http", framework=riverside) as council:
        audit = await council.world.audit("cyrus", team="stratford")
        await council.world.submit(audit, "green", actions=False)
        await council.forward("1 working day")
        card = council.expect("mina", f"Management oversight: {audit.reference}", "30 November 2026")
        council.take()
        await council.press("mina", "answer", card)
        modal = council.modal("mina")
        for words in ("Is your oversight recorded on the file?", "Day of the meeting", "How strong is it?", "Sound"):
            assert words in modal
        wrong = await council.submit("mina", **values(council.world.ids, meeting="2026-11-29"))
        assert wrong.errors == {"meeting": "Sunday 29 November 2026 is not a working day. Give another date."}
        assert answered(council.world, audit) == {}
        wrong = await council.submit("mina", **values(council.world.ids, learned="NHS number 943 476 5919"))
        assert "NHS number" in wrong.errors["learned"]
        assert answered(council.world, audit) == {}, "an identifier is stored nowhere"
        await council.submit("mina", **values(council.world.ids))
        council.expect("mina", "The meeting is noted for 2 December 2026.")
        assert "Oversight recorded, meeting on 2 December 2026" in card.words()
        assert "answer" not in named(card.blocks)
        assert is_right(answered(council.world, audit), council.world.ids)
        await council.forward("1 working day")
        visit = council.expect("ade", f"A visit: {audit.reference}")
        await council.press("ade", "answer", visit)
        council.expect("ade", "This is noted")
        assert council.world.all(Deadline, col(Deadline.kind) == "visit-it")[0].state == "met"
        council.take()


async def test_in_teams(tmp_path: Path, riverside: Framework) -> None:
    async with teams_council(tmp_path, framework=riverside) as council:
        audit = await council.world.audit("cyrus", team="stratford")
        await council.forward()
        await council.world.submit(audit, "green", actions=False)
        await council.forward("1 working day")
        council.expect("mina", f"Management oversight: {audit.reference}", "30 November 2026")
        council.take(*council.people)
        opened = str(await council.press("mina", f"Say how {audit.reference} stands"))
        for words in ("Is your oversight recorded on the file?", "Day of the meeting", "How strong is it?", "Sound"):
            assert words in opened
        deadline = council.world.deadline("oversight", audit)
        wrong = await council.world.send_form(
            "mina", "answer", deadline.token, **values(council.world.ids, meeting="2026-11-29")
        )
        assert "is not a working day" in str(wrong)
        await council.world.send_form("mina", "answer", deadline.token, **values(council.world.ids))
        await council.forward("1 working day")
        council.sees("mina", "Oversight recorded, meeting on 2 December 2026")
        assert is_right(answered(council.world, audit), council.world.ids)
        council.expect("ade", f"A visit: {audit.reference}")
        body = await council.press("ade", f"{audit.reference} was visited")
        assert "This is noted" in str(body["value"])
        council.take(*council.people)
