"""What a change of people or a file would do, for administrators: nothing that only a file or a table says."""

import re
from datetime import date, time
from pathlib import Path

import pytest

from qabot.framework.describe import describe
from qabot.framework.describe_words import Naming, said_pattern
from qabot.framework.loader import load
from qabot.imports.changes import Change
from qabot.web.administration.spoken_changes import spoken_change, spoken_problem
from tests.support.world import newham, tools

ANA = "Ana Costa (ana@council.example)"
LEAD = ("ana@council.example", "practice-lead", "North", "")
HELD = "practice-lead of Ana Costa for North"
A_WORD = "thank-you"
"""What is a name in a file, and an English word."""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("person", ("ana",), ANA, True, {"work_days": (None, "12345")}), f"Add {ANA}"),
        (Change("person", ("ana",), ANA, False, {"active": (True, False)}), f"{ANA} has left"),
        (Change("person", ("ana",), ANA, False, {"active": (False, True)}), f"{ANA} works here again"),
        (
            Change("person", ("ana",), ANA, False, {"administrator": (False, True), "team": ("North", "South")}),
            f"{ANA} becomes an administrator; {ANA}: team from North to South",
        ),
        (
            Change(
                "person", ("ana",), ANA, False, {"work_days": ("12345", "125"), "hours_to": (time(16), time(16, 30))}
            ),
            f"{ANA}: working days from Monday to Friday to Monday, Tuesday and Friday, "
            "end of the working hours from 4pm to 4:30pm",
        ),
        (
            Change("person", ("ana",), ANA, False, {"employee_id": ("", "77"), "deputy": ("bo@council.example", "")}),
            f"{ANA}: employee number becomes 77, deputy no longer bo@council.example",
        ),
        (
            Change("role", LEAD, "practice-lead of Ana Costa for North", True),
            "Ana Costa becomes Practice Lead for North",
        ),
        (
            Change("role", LEAD, HELD, False, {"to_on": (None, date(2026, 11, 22))}),
            "Ana Costa is no longer Practice Lead for North",
        ),
        (
            Change("role", LEAD, HELD, False, {"to_on": (date(2026, 11, 22), None)}),
            "Ana Costa is Practice Lead for North again",
        ),
        (Change("case", ("1",), "1234567", False, {"open": (True, False)}), "Case 1234567 is closed"),
        (
            Change("audit", ("x",), "QA-1 of case 2", False, {"answers": ((), ("manager-overall green",))}),
            "QA-1 of case 2: answers becomes Overall Grade (Manager) GREEN (Good)",
        ),
        (
            Change("absence", ("ana",), "of Ana Costa", False, {"to_on": (date(2026, 12, 1), None)}),
            "Take out the absence of Ana Costa",
        ),
        (
            Change("absence", ("ana",), "of Ana Costa", False, {"from_on": (date(2026, 12, 1), date(2026, 12, 3))}),
            "The absence of Ana Costa: first day from 1 December 2026 to 3 December 2026",
        ),
    ],
)
def test_a_change_is_a_sentence(change: Change, said: str) -> None:
    assert spoken_change(change, newham()) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("nobody holds the role practice-lead for South", "nobody holds the role of Practice Lead for South"),
        (
            "nobody in the whole council holds the role data-and-impact (Data and Impact Team)",
            "nobody in the whole council holds the role of Data and Impact Team",
        ),
        (
            "people.csv: practice-lead for North is held by A and B: is that so?",
            "people.csv: Practice Lead for North is held by A and B: is that so?",
        ),
        ("service-manager is held for a service: expected", "Service Manager is held for a service: expected"),
    ],
)
def test_a_warning_has_the_titles_of_roles(written: str, said: str) -> None:
    assert spoken_problem(written, newham()) == said


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[0-9]{6,8}", "6 to 8 digits"),
        (r"\d{7}", "7 digits"),
        ("CS-[0-9]{4}", "“CS-”, then 4 digits"),
        ("[A-Z]{2}[0-9]", "2 letters, then 1 digit"),
        ("(a|b)", "what the pattern (a|b) takes"),
    ],
)
def test_a_pattern_of_references_is_said_in_words(pattern: str, said: str) -> None:
    assert said_pattern(pattern) == said


@pytest.mark.parametrize("name", ["newham", "newham-whole", "qpi-board", "northamptonshire", "herefordshire"])
def test_the_rules_for_people_have_no_name_of_a_file_and_each_of_its_titles(name: str) -> None:
    framework = load(Path(f"frameworks/{name}.yaml"), [Path("frameworks")])
    titles = tools().catalogue.titles()
    sections = describe(framework, Naming(titles))
    said = [*(each.title for each in sections), *(item.text for each in sections for item in each.items)]
    things = [*framework.roles, *framework.duties, *framework.ladders, *framework.questions, *titles]
    leaks = [
        (each, text)
        for each in things
        for text in said
        if "-" in each and each != A_WORD and re.search(rf"(\(|['’ ]){re.escape(each)}([)' .,:]|$)", text)
    ]
    assert leaks == []
    assert [each for each in said if re.search(r"\bT\d\b|\[0-9|->", each)] == []
    assert {role.title for role in framework.roles.values()} <= set(re.findall(r"^([^:]+):", "\n".join(said), re.M))
