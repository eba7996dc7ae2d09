"""Scenario files: what they hold, what is wrong with them and where, and that the documentation tells all of it."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from qabot.errors import BadFile
from qabot.framework import Framework
from qabot.framework.loader import load
from qabot.simulation.scenario import (
    ImportAudit,
    Scenario,
    check_days,
    check_people,
    load_scenario,
    scenario_json_schema,
)
from qabot.simulation.scenario_file import HAPPENINGS
from qabot.simulation.scenario_parts import AuditChoice, Away, Reassign, Submit

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGE = (DOCS / "scenarios.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"### `(\w+)`\n.*?```yaml\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture(scope="module")
def newham() -> Framework:
    return load("newham", [ROOT / "frameworks"])


@pytest.fixture
def read(tmp_path: Path, newham: Framework) -> Any:
    def reads(text: str) -> Scenario:
        path = tmp_path / "scenario.yaml"
        path.write_text(dedent(text), "utf-8")
        return load_scenario(path, newham)

    return reads


def wrong(read: Any, text: str) -> list[tuple[int, int, str, str]]:
    with pytest.raises(BadFile) as caught:
        read(text)
    return [(each.line, each.column, each.where, each.what) for each in caught.value.problems]


def one(example: str) -> str:
    return "happenings:\n  -\n" + indent(example, "    ")


def test_happenings_come_in_order_of_time_with_local_time_as_utc(read: Any) -> None:
    scenario = read(
        """\
        happenings:
          - at: 2026-11-24
            finalise: {audit: {reference: QA-0001}}
          - at: "2026-07-01 10:30"
            data_sent:
          - at: 2026-11-23 09:00:00
            back: {person: Ana@Council.example}
        """
    )
    assert [(each.at, each.name, each.line) for each in scenario.happenings] == [
        (datetime(2026, 7, 1, 9, 30, tzinfo=UTC), "data_sent", 4),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "back", 6),
        (datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "finalise", 2),
    ]
    assert scenario.happenings[1].does.person == "ana@council.example"


def test_people_and_cases_come_from_files_beside_it_or_from_the_file_itself(read: Any, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,email\nAna Costa,ana@council.example\n")
    scenario = read(
        """\
        people: people.csv
        cases:
          - reference: 1234567
            team: North
            involved: [ana@council.example, bo@council.example]
        """
    )
    assert [row.name for row in scenario.people.rows] == ["Ana Costa"]
    (case,) = scenario.cases.rows
    assert (case.reference, case.involved) == ("1234567", ("ana@council.example", "bo@council.example"))


def test_people_written_inline_are_read_as_the_csv_is(read: Any) -> None:
    (ana,) = read(
        """\
        people:
          - {name: Ana Costa, email: ANA@council.example, roles: [slt, practice-lead@North], work_days: 123,
             away_from: 2026-12-01, away_to: 2026-12-11, administrator: true}
        """
    ).people.rows
    assert (ana.email, ana.roles, ana.work_days) == ("ana@council.example", ("slt", "practice-lead@North"), "123")
    assert (ana.away_to, ana.administrator) == (date(2026, 12, 11), True)


def test_an_audit_is_chosen_by_auditor_reference_or_case(read: Any) -> None:
    def chosen(audit: str) -> AuditChoice:
        choice = read(one(f"at: 2026-11-24\nfinalise: {{audit: {audit}}}\n")).happenings[0].does.audit
        assert isinstance(choice, AuditChoice)
        return choice

    assert chosen("{auditor: Bo@council.example}") == AuditChoice(auditor="bo@council.example", nth=1)
    assert chosen("{auditor: bo@council.example, nth: 3}").nth == 3
    assert chosen("{case: 1234567}").case == "1234567"
    assert chosen("{reference: QA-0001}").reference == "QA-0001"


def test_an_imported_audit_is_a_row_for_the_plan(read: Any) -> None:
    does = read(one(EXAMPLES["import_audit"])).happenings[0].does
    assert isinstance(does, ImportAudit)
    assert does.rows.rows[0].answers == {"manager-overall": "green"}


def test_people_whom_nobody_knows_are_told_with_their_place(read: Any) -> None:
    scenario = read(
        """\
        happenings:
          - at: 2026-11-24
            reassign: {audit: {auditor: bo@council.example}, to: Ana@council.example}
        """
    )
    check_people(scenario, {"ana@council.example", "bo@council.example"})
    with pytest.raises(BadFile) as caught:
        check_people(scenario, {"bo@council.example"})
    assert [str(each).rpartition("scenario.yaml:")[2] for each in caught.value.problems] == [
        "3:54: happenings[1].reassign.to: nobody with the e-mail ana@council.example works here"
    ]


def on(example: str) -> str:
    return one(f"at: 2026-11-24\n{example}")


NOMINATE = "nominate: {by: a@b.example, nominee: b@b.example, what: x"
IMPORT = "import_audit: {case_reference: '1234567', activity: practice-learning-review, auditor: a@b.example"
WRONG = [
    ("hapenings: []", 1, 1, "hapenings", "there is no such key: did you mean 'happenings'?"),
    (on("submitt: {}\n"), 4, 5, "happenings[1].submitt", "there is no such key: did you mean 'submit'?"),
    (on(""), 3, 5, "happenings[1]", "expected exactly one happening beside at, found none; there are "),
    (
        on("back: {person: a@b.example}\ndata_sent: {}\n"),
        3,
        5,
        "happenings[1]",
        "expected exactly one happening beside at, found back and data_sent; there are ",
    ),
    (one("data_sent:\n"), 3, 5, "happenings[1].at", "this key is missing"),
    (
        one('at: "tomorrow"\ndata_sent:\n'),
        3,
        5,
        "happenings[1].at",
        'expected local time such as "2026-11-23 10:00", or a day such as 2026-11-23 (which means 10:00)',
    ),
    (one('at: "2026-02-30 10:00"\ndata_sent:\n'), 3, 5, "happenings[1].at", "expected local time such as"),
    (
        on("finalise: {audit: {}}\n"),
        4,
        16,
        "happenings[1].finalise.audit",
        "expected exactly one of auditor (with nth), reference or case",
    ),
    (
        on("finalise: {audit: {case: '1234567', nth: 2}}\n"),
        4,
        16,
        "happenings[1].finalise.audit",
        "nth goes with auditor only",
    ),
    (
        on("finalise: {audit: {auditor: bo@council.example, nth: 0}}\n"),
        4,
        53,
        "happenings[1].finalise.audit.nth",
        "expected 1 or more, found 0",
    ),
    (
        on("finalise: {audit: {case: 943 476 5919}}\n"),
        4,
        24,
        "happenings[1].finalise.audit.case",
        "looks like an NHS number",
    ),
    (
        on("finalise: {audit: {auditr: bo@council.example, case: '1234567'}}\n"),
        4,
        24,
        "happenings[1].finalise.audit.auditr",
        "there is no such key: did you mean 'auditor'?",
    ),
    (
        on("back: {person: Ana}\n"),
        4,
        12,
        "happenings[1].back.person",
        "expected an e-mail such as name@council.example, found 'Ana'",
    ),
    (
        on("submit: {audit: {case: '1234567'}, answers: {manager-overal: red}}\n"),
        4,
        50,
        "happenings[1].submit.answers.manager-overal",
        "no activity of newham asks this: did you mean 'manager-overall'?",
    ),
    (
        on("submit: {audit: {case: '1234567'}, answers: {manager-overall: pink}}\n"),
        4,
        50,
        "happenings[1].submit.answers.manager-overall",
        "'pink' is not a grade: expected one of blue, green, amber, red",
    ),
    (
        on("submit: {audit: {case: '1234567'}, answers: {manager-overall: 2026-01-01}}\n"),
        4,
        50,
        "happenings[1].submit.answers.manager-overall",
        "2026-01-01 is not a grade: expected one of blue, green, amber, red",
    ),
    (
        on("data_sent: {when: now}\n"),
        4,
        17,
        "happenings[1].data_sent.when",
        "there is no such key: nothing is said here",
    ),
    (
        on("pick: {cases: [[1]]}\n"),
        4,
        20,
        "happenings[1].pick.cases[1]",
        "expected a text (in quotes if it looks like a number), found a list",
    ),
    (
        on("nominate: {by: a@b.example, nominee: c@b.example, what: '', difference: x}\n"),
        4,
        55,
        "happenings[1].nominate.what",
        "expected a text, and this one is empty",
    ),
    (
        "people:\n  - {name: A, email: {a: b}}\n",
        2,
        15,
        "email",
        "expected one value, or a list of values, as in a cell of the file",
    ),
    (
        on("moderate: {audit: {case: '1234567'}, grade: good}\n"),
        4,
        42,
        "happenings[1].moderate.grade",
        "'good' is not a grade: expected one of blue, green, amber, red",
    ),
    (
        on("not_yet: {audit: {case: '1234567'}, by: a@b.example, new_date: soon}\n"),
        4,
        58,
        "happenings[1].not_yet.new_date",
        "expected a day such as 2026-11-23, found 'soon'",
    ),
    (
        on("away: {person: a@b.example, from: 2026-12-02, to: 2026-12-01}\n"),
        4,
        5,
        "happenings[1].away",
        "the last day away is before the first: expected 2026-12-02 or later",
    ),
    (
        on("away: {person: a@b.example, from: 2026-12-01, to: 2026-12-01, deputy: A@b.example}\n"),
        4,
        5,
        "happenings[1].away",
        "nobody is their own deputy: expected a colleague, or no deputy",
    ),
    (
        on("outage: {until: 2026-11-24}\n"),
        4,
        14,
        "happenings[1].outage.until",
        "is not after the happening itself: expected a later moment",
    ),
    (
        on("snooze: {audit: {reference: QA-1}, by: a@b.example, until: 2026-11-23}\n"),
        4,
        57,
        "happenings[1].snooze.until",
        "is not after the happening itself: expected a later moment",
    ),
    (
        on("nominate: {by: a@b.example, nominee: A@b.example, what: x, difference: y}\n"),
        4,
        5,
        "happenings[1].nominate",
        "nobody nominates themselves: expected a colleague as nominee",
    ),
    (
        on(f"{NOMINATE}, difference: born 1/2/2015}}\n"),
        4,
        64,
        "happenings[1].nominate.difference",
        "This looks as if it holds a date of birth",
    ),
    (
        on(f"{NOMINATE}, difference: y, tags: [Workin together]}}\n"),
        4,
        5,
        "happenings[1].nominate",
        "'Workin together' is not on the nomination form: did you mean 'Working together'?",
    ),
    (
        on(f"{IMPORT}, cycle: 2026-11-01}}\n"),
        4,
        105,
        "cycle",
        "is not the first day of a cycle of Practice Learning Review",
    ),
    ("people: 3\n", 1, 1, "people", "expected the path of a CSV file, or a list of entries"),
    ("people: none.csv\n", 0, 0, "", "there is no such file"),
    (
        "people:\n  - name: Ana Costa\n    emial: ana@b.example\n    email: a@b.example\n",
        3,
        5,
        "emial",
        "not known here: did you mean 'email'?",
    ),
    ("people:\n  - name: =1+1\n    email: ana@council.example\n", 2, 5, "name", "begins with '='"),
    (
        "people:\n  - {name: Ana Costa, email: a@council.example, child: x}\n",
        2,
        49,
        "child",
        "not known here: expected name, email",
    ),
    (
        "cases:\n  - {reference: '1234567', team: North, child: x}\n",
        2,
        41,
        "child",
        "qabot must hold nothing about",
    ),
    (
        "cases:\n  - {reference: '1234567', team: North, involved: Bo@x}\n",
        2,
        41,
        "involved",
        "'bo@x' is not an e-mail address",
    ),
]


@pytest.mark.parametrize(("text", "line", "column", "where", "what"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    read: Any, text: str, line: int, column: int, where: str, what: str
) -> None:
    ((*place, told),) = wrong(read, text)
    assert place == [line, column, where]
    assert told.startswith(what)


def test_every_problem_is_told_at_once_in_the_files_order(read: Any) -> None:
    text = """\
        people:
          - {name: Ana Costa, email: ana}
        happenings:
          - at: 2026-11-24
            moderate: {audit: {case: "1"}, grade: pink}
          - at: 2026-11-24
            outage: {until: 2026-11-23}
        """
    assert [each[:2] for each in wrong(read, text)] == [(2, 23), (5, 24), (5, 36), (7, 14)]


def test_every_happening_is_documented_with_an_example_and_no_other() -> None:
    assert tuple(EXAMPLES) == HAPPENINGS


@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_documented_example_loads_and_fits_the_schema(tmp_path: Path, name: str) -> None:
    text, path = one(EXAMPLES[name]), tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")
    # Newham as shipped has no work that anybody asks for.
    further = load(ROOT / "tests" / "unit" / "framework" / "data" / "newham-further.yaml", [ROOT / "frameworks"])
    assert [each.name for each in load_scenario(path, further).happenings] == [name]
    jsonschema.Draft202012Validator(scenario_json_schema()).validate(plain(text))


def test_the_documented_whole_file_loads(read: Any, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,email\nAna Costa,ana.costa@council.example\n")
    (text,) = re.findall(r"<!-- whole file -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    scenario = read(text)
    assert [each.name for each in scenario.happenings] == ["submit", "acknowledge"]
    jsonschema.Draft202012Validator(scenario_json_schema()).validate(plain(text))


@pytest.mark.parametrize(
    "happening",
    [{"at": "2026-11-24"}, {"data_sent": {}}, {"at": "2026-11-24", "data_sent": {}, "back": {"person": "a@b.example"}}],
)
def test_the_schema_refuses_what_the_loader_refuses(happening: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(scenario_json_schema())
    assert not validator.is_valid({"happenings": [happening]})


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = json.loads((DOCS / "scenario.schema.json").read_text("utf-8"))
    assert committed == scenario_json_schema(), "write scenario_json_schema() to docs/scenario.schema.json again"


def test_happenings_keep_what_the_file_says(read: Any) -> None:
    submit = read(one(EXAMPLES["submit"])).happenings[0].does
    assert isinstance(submit, Submit)
    assert submit.actions is not None
    assert (submit.actions[0].owner, submit.actions[0].due) == ("ana.costa@council.example", date(2026, 12, 14))
    away = read(one(EXAMPLES["away"])).happenings[0].does
    assert isinstance(away, Away)
    assert (away.from_on, away.to_on) == (date(2026, 12, 1), date(2026, 12, 11))
    assert isinstance(read(one(EXAMPLES["reassign"])).happenings[0].does, Reassign)


def plain(text: str) -> Any:
    """YAML as JSON has it: days as text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def test_a_happening_years_before_what_is_played_is_a_slip(newham: Framework, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("happenings:\n  - {at: 2024-11-30, data_sent: }\n  - {at: 2024-12-01, data_sent: }\n", "utf-8")
    scenario = load_scenario(path, newham)
    with pytest.raises(BadFile) as caught:
        check_days(scenario, date(2026, 12, 1))
    assert str(caught.value) == (
        f"{path}:2:1: data_sent: this is more than two years before 2026-12-01, from when on it is to be played"
    )
    check_days(scenario, date(2026, 11, 30))
