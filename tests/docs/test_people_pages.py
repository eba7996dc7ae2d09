"""A page for each person names the messages that the framework sends them, by the titles that these have."""

import re
from pathlib import Path

import pytest

from qabot.framework import Framework, load
from qabot.messaging.files import Catalogue

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "people"
LONGEST = 400
"""Words: two minutes."""
OWNERS = {"owner", "owes"}
READERS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "practitioner": (("practitioner",), {"practitioner"}),
    "practice-lead": (("practice-lead",), {"auditor"}),
    "service-manager": (("service-manager",), {"line-manager"}),
    "head-of-service": (("head-of-service",), set()),
    "senior-leader": (("slt", "director-of-operations"), set()),
    "qa-manager": (("quality-assurance",), {"quality-assurance", "qa-manager"}),
    "administrator": ((), {"everyone"}),
    "supervisee": ((), {"whoever is asked"}),
}
"""A page -> its reader's roles in the framework, and the audiences of what else it may tell of."""
PUT_TOGETHER = {"Submit grades"}
"""Labels that no line of the code holds whole: workflows/verbs/grades.py names what is graded."""
NO_MESSAGES = {"An e-mail from the watcher"}


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load("newham", [ROOT / "frameworks"])


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load([ROOT / "messages"])


def sent_to(framework: Framework, role: str) -> set[str]:
    """The messages that a role gets by the framework: told of a duty, named by a step, or owing what it is about."""
    found: set[str] = set()
    for duty in framework.duties.values():
        found |= {duty.send} if role in duty.tell else set()
        found |= {duty.put_off.send} if duty.put_off is not None and role in duty.put_off.tell else set()
    auditors = {quota.per for activity in framework.activities.values() for quota in activity.do}
    seconds = {each for sample in framework.samples.values() for each in sample.owes}
    for kind in framework.kinds():
        for terms in framework.terms(kind):
            owing = set[object](terms.owes) | (
                auditors if kind == "audit" else seconds if kind == "moderation" else set()
            )
            for step in framework.every_ladder[terms.ladder].steps if terms.ladder in framework.every_ladder else ():
                reached = role in step.to or (role in owing and OWNERS & set(step.to))
                found |= {step.send} if reached else set()
    return found


def test_there_is_a_page_for_each_and_no_other() -> None:
    assert {each.stem for each in FOLDER.glob("*.md")} == READERS.keys()


@pytest.mark.parametrize("page", READERS)
def test_each_names_what_the_framework_sends_by_its_title(
    page: str, framework: Framework, catalogue: Catalogue
) -> None:
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    body, _, last = text.rpartition("\nMessages: ")
    named = re.findall(r"`([\w-]+)`", last)
    roles, audiences = READERS[page]
    expected = set().union(*(sent_to(framework, role) for role in roles)) if roles else set()
    assert len(expected) >= len(roles)
    assert expected - set(named) == set()
    assert [each for each in set(named) - expected if not audiences & set(catalogue.get(each).audience)] == []
    section = body.split("## What you will get\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][1:]
    titles = {re.sub(r" \(.*\)$", "", each) for each in cells} - NO_MESSAGES
    assert titles == {catalogue.get(each).title for each in named}


@pytest.mark.parametrize("page", READERS)
def test_each_is_read_in_two_minutes(page: str) -> None:
    assert len(re.findall(r"[\w'’-]+", (FOLDER / f"{page}.md").read_text("utf-8"))) <= LONGEST


def test_what_is_to_be_written_is_a_word_that_qabot_knows() -> None:
    code = "".join(each.read_text("utf-8") for each in (ROOT / "src" / "qabot" / "workflows").rglob("*.py"))
    pages = "".join((FOLDER / f"{page}.md").read_text("utf-8") for page in READERS)
    written = set(re.findall(r"[Ww]rite `(\w+)`", pages))
    assert {"away", "help", "nominate"} <= written
    assert [each for each in sorted(written) if f'Word("{each}"' not in code] == []


def test_what_is_to_be_pressed_is_a_label_of_a_button() -> None:
    code = "".join(each.read_text("utf-8") for each in (ROOT / "src" / "qabot" / "workflows").rglob("*.py"))
    labels = code + (ROOT / "frameworks" / "newham.yaml").read_text("utf-8")
    wrong: list[str] = []
    for page in READERS:
        for line in (FOLDER / f"{page}.md").read_text("utf-8").splitlines():
            if line.startswith("| ") and line.count("|") == 4:
                pressed = re.findall(r"\*\*(.+?)\*\*", line.split("|")[3])
                wrong += [each for each in pressed if each not in labels and each not in PUT_TOGETHER]
    assert wrong == []
