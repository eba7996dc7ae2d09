"""What programs read: whole lists page by page, by scope, with what is too small or somebody's secret left out."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from qabot.models import Audit, Case, Store
from qabot.web.ports import Parts
from qabot.workflows.programme import figures
from tests.unit.planning.test_grade_cells import GOOD, NORTH, SOUTH, table
from tests.unit.web.api.conftest import NewProgram, Program, places, wrong
from tests.unit.web.world import ADE, NOW, QUINN


@pytest.fixture
def more(store: Store) -> None:
    """Seven pieces of work, three of them with a grade; and one about Quinn's own work."""
    with store.transaction() as session:
        for number in range(1, 8):
            done = number < 4
            session.add(
                Audit(
                    reference=f"QA-{2000 + number}",
                    activity="practice-learning-review",
                    cycle_id=1,
                    case_reference=f"4{number:05}",
                    team_id=1,
                    auditor_id=ADE,
                    practitioner_id=QUINN if number == 1 else None,
                    due_on=date(2026, 12, 1),
                    allocated_at=NOW,
                    state="submitted" if done else "allocated",
                    submitted_at=NOW if done else None,
                    grade="red" if done else None,
                )
            )
            session.add(Case(reference=f"4{number:05}", team_id=1, open=number % 2 == 0))


async def every(program: Program, path: str, **query: Any) -> list[dict[str, Any]]:
    """A list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await program.ask(path, limit=3, **query, **cursor)
        assert len(page["items"]) <= 3
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.usefixtures("more")
async def test_a_list_is_whole_page_by_page_and_each_thing_is_there_once(new_program: NewProgram, store: Store) -> None:
    program = new_program("audits:read", "cases:read")
    found = await every(program, "/audits")
    assert [each["reference"] for each in found] == ["QA-1042", *(f"QA-{number}" for number in range(2001, 2008))]
    assert [each["reference"] for each in await every(program, "/audits", state="submitted")] == [
        "QA-2001",
        "QA-2002",
        "QA-2003",
    ]
    assert [each["open"] for each in await every(program, "/cases", open=False)] == [False] * 4
    # What comes in meanwhile neither hides nor doubles anything.
    first = await program.ask("/cases", limit=4)
    with store.transaction() as session:
        session.add(Case(reference="499999", team_id=1))
    rest = await program.ask("/cases", cursor=first["next"])
    references = [each["reference"] for each in [*first["items"], *rest["items"]]]
    assert references == [*(f"4{number:05}" for number in range(1, 8)), "499999"]


@pytest.mark.usefixtures("more")
async def test_a_grade_needs_its_scope_and_is_never_that_of_ones_own_work(new_program: NewProgram) -> None:
    plain, graded = new_program("audits:read"), new_program("audits:read", "grades:read", name="graded")
    assert {each["grade"] for each in await every(plain, "/audits")} == {None}
    shown = {each["reference"]: (each["grade"], each["grade_shown"]) for each in await every(graded, "/audits")}
    assert shown["QA-2002"] == ("red", True)
    assert shown["QA-2001"] == (None, False)
    one = await graded.ask("/audits/QA-2003")
    assert (one["grade"], one["auditor"], one["team"]) == ("red", "ade@council.example", "Maple")
    assert one["submitted_at"] == "2026-11-23T09:30:00Z"
    wrong(await graded.get("/audits/QA-9999"), 404)


async def test_what_only_a_grade_opens_or_tells_needs_its_scope_too(new_program: NewProgram) -> None:
    plain = new_program("deadlines:read")
    graded = new_program("deadlines:read", "grades:read", name="graded")
    assert {each["kind"] for each in await every(plain, "/deadlines")} == {"audit"}
    assert {each["kind"] for each in await every(graded, "/deadlines")} == {"audit", "alert"}
    assert {each["message"] for each in await every(plain, "/notices")} == {"digest"}
    assert {each["message"] for each in await every(graded, "/notices")} == {"digest", "red-alert"}
    alert = next(each for each in await every(graded, "/deadlines") if each["kind"] == "alert")
    assert (alert["audit"], alert["owner"], alert["past"]) == ("QA-1042", "ade@council.example", True)


async def test_people_and_absences_are_those_of_the_list(new_program: NewProgram) -> None:
    program = new_program("people:read", "absences:read")
    people = {each["email"]: each for each in await every(program, "/people")}
    assert people["quinn@council.example"]["roles"] == ["quality-assurance"]
    assert people["quinn@council.example"]["service"] == "Assessment"
    assert not people["gil@council.example"]["active"]
    assert "gil@council.example" not in {each["email"] for each in await every(program, "/people", active=True)}
    [away] = await every(program, "/absences")
    assert (away["person"], away["deputy"]) == ("bea@council.example", "ade@council.example")
    assert "why" not in away


@pytest.mark.usefixtures("more")
async def test_figures_are_those_of_the_page_and_hide_the_same(new_program: NewProgram, parts: Parts) -> None:
    program, period = new_program("figures:read"), "quarter-2026-10"
    items = (await program.ask("/figures", period=period))["items"]
    assert items
    assert parts.figures is not None
    hidden = [each for each in items if each["hidden"]]
    assert hidden
    assert {each["value"] for each in hidden} == {None}
    rows = list(csv.DictReader(io.StringIO((await program.get("/figures.csv", params={"period": period})).text)))
    assert {each["measure"] for each in rows} == {each["measure"] for each in items}
    assert {each["number"] for each in rows if each["hidden"] == "yes" and each["what"] == "Grades"} <= {""}
    wrong(await program.get("/figures", params={"period": "quarter-2026-11"}), 404)


async def test_each_number_of_the_table_says_of_itself_whether_it_is_hidden(
    new_program: NewProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a service's grades some are hidden, and the share; how many there were is not."""
    world = {"North": NORTH, "South": SOUTH}
    monkeypatch.setattr(figures, "read", lambda *given: [table(GOOD, world)])
    answer = await new_program("figures:read").get("/figures.csv", params={"period": "quarter-2026-10"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    now = [each for each in rows if each["period"] == "October to December 2026"]
    assert all((each["hidden"] == "yes") == (each["number"] == "") for each in now)
    north = [(each["what"], each["number"], each["hidden"]) for each in rows if each["group"] == "North"][:6]
    assert north == [
        ("Graded", "28", "no"),
        ("Blue", "", "yes"),
        ("Green", "14", "no"),
        ("Amber", "6", "no"),
        ("Red", "", "yes"),
        ("Good", "", "yes"),
    ]


async def test_what_is_not_as_described_is_said_with_its_place(new_program: NewProgram) -> None:
    program = new_program("audits:read", "figures:read")
    for path, query, place in (
        ("/audits", {"limit": "0"}, "limit"),
        ("/audits", {"limit": "x"}, "limit"),
        ("/audits", {"cursor": "7"}, "cursor"),
        ("/audits", {"state": "open"}, "state"),
        ("/audits/x", {}, "reference"),
        ("/figures", {"period": "2026"}, "period"),
    ):
        problem = wrong(await program.get(path, params=query), 422)
        assert [each.rpartition(".")[2] for each in places(problem)] == [place]
    wrong(await program.get("/nowhere"), 404)
    wrong(found := await program.delete("/audits"), 405)
    assert found.headers["allow"] == "GET, POST"
    wrong(found := await program.get("/absences/1"), 405)
    assert found.headers["allow"] == "DELETE"


async def test_a_failure_of_ours_is_a_problem_too_and_says_nothing_of_itself(
    new_program: NewProgram, parts: Parts
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    object.__setattr__(parts, "figures", broken)
    program = new_program("figures:read")
    program._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    found = await program.get("/figures")
    wrong(found, 500)
    assert "secret" not in found.text


async def test_the_description_is_open_and_names_every_scope(new_program: NewProgram) -> None:
    program = new_program("figures:read")
    program.headers.pop("authorization")
    described = await program.ask("/openapi.json")
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert described["servers"] == [{"url": str(program.base_url).rstrip("/")}]
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["security"] == [{"token": []}]
            assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys()
