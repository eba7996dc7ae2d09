"""Lists, records, the log and their files speak English: no name of the file or the code, whatever is in them."""

import ast
from pathlib import Path

from qabot.framework.spoken_reasons import spoken_reason
from qabot.models import Event
from qabot.web.details import SAID, Details
from qabot.web.titles import Titles
from tests.support.world import newham, tools
from tests.unit.web.world import NOW

SOURCE = Path(__file__).parents[3] / "src"
COLUMNS = {"actor", "subject", "deadline", "notice", "rule", "why", "before", "after"}
ADDRESSES = {"subject_type", "subject_id"}
"""What a page's event says of its subject beside its details."""


def details_written() -> set[str]:
    """Every detail that the code gives an event."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            owner = ast.unparse(node.func.value)
            if (node.func.attr == "event" and owner.endswith(("unit", "self"))) or (
                node.func.attr == "record" and "site" in owner
            ):
                found |= {each.arg for each in node.keywords if each.arg}
    return found - COLUMNS - ADDRESSES


def test_every_detail_that_is_written_has_its_words() -> None:
    written = details_written()
    assert {"kind", "adapter", "notices", "deputy"} <= written
    assert written <= set(SAID), "give it words in qabot/web/details.py"


def said(**detail: object) -> str:
    people = {1: "Ade Oni", 2: "Bea Ray"}
    return Details(Titles(newham(), tools().catalogue.titles()), people).say(Event(at=NOW, what="x", detail=detail))


def test_a_detail_is_said_in_words_with_names_titles_and_days() -> None:
    assert said(kind="red-review", adapter="web") == "in the web inbox; Head of Service review"
    assert said(message="red-alert", recipient=1, adapter="slack") == "An alert to acknowledge; for Ade Oni; in Slack"
    assert said(before=1, after=2) == "from Ade Oni to Bea Ray"
    assert said(before="green", after="red") == "from GREEN (Good) to RED (Inadequate)"
    assert said(before="2026-12-04", after="2026-12-08") == "from 4 December 2026 to 8 December 2026"
    assert said(before="", after="2026-12-08T16:00:00+00:00") == "to 8 December 2026 at 4pm"
    assert said(people={"1": 2, "2": 1}) == "Ade Oni (2) and Bea Ray (1)"
    assert said(by_person={"1": {"oversight": 3}}) == "Ade Oni (cases which they oversee: 3)"
    assert said(notices=[4, 5, 6]) == "3 messages"
    assert said(days=["2026-12-29"], deadlines=2) == "1 day; 2 deadlines moved"
    assert said(something_old=["a-b", "c"]) == "something old a-b and c"
    assert said(grade=None, duty="") == ""


def test_a_reason_is_said_as_people_read_it_and_its_rule_stands_beside_it() -> None:
    def reason(text: str) -> str:
        return spoken_reason(newham(), text, text.partition(":")[0])

    assert reason("NEW-SEL-2: cycle-start - 14 days") == "14 days before the start of its cycle"
    assert reason("NEW-DDL-4: due + 1 working day") == "1 working day after its due date"
    away = "Ana Lim is away until 27 March 2026, no deputy"
    assert reason(f"NEW-DDL-4: opened ({away})") == f"when it opened ({away})"
    assert reason("NEW-ESC-1.1: T1") == "21 days after its second grade was in or it became final"
    assert reason("NEW-ESC-1.2: T1 + 14 days") == "35 days after its second grade was in or it became final"
    assert reason("OURS-ALT-3: last + 1 working day") == "1 working day after it was last said"
    again = "NEW-REM-1: asked to be reminded again (asked to be reminded again)"
    assert reason(again) == "asked to be reminded again"
    assert reason("NEW-REM-1: each month, 2026-05") == "the reminder of each month, May 2026"
    assert reason("NEW-RPT-2: Quarterly learning report") == "Quarterly learning report"
    assert reason("An audit came in") == "An audit came in"
    assert (
        spoken_reason(newham(), "overtaken by NEW-REM-1 (2026-05)", "X") == "overtaken by a later message (NEW-REM-1)"
    )
    assert spoken_reason(newham(), "NEW-ALT-1: opened", "NEW-ALT-2") == "NEW-ALT-1: when it opened"
