"""The invented council: the same every time, every role held, nobody real."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from qabot.demo import invented_council
from qabot.demo.posts import casework_roles, pools
from qabot.demo.references import references
from qabot.errors import SetupError
from qabot.imports import apply_cases, apply_people, plan_cases, plan_people, read_cases, read_people
from qabot.models import Case, Store
from qabot.models.migrate import upgrade
from tests.support.invented import COUNCILS, NEWHAM, framework_of, newham_council

ANY = pytest.mark.parametrize("file", [NEWHAM, *COUNCILS], ids=lambda file: file.stem)

ROLES = {
    "practice-lead",
    "service-manager",
    "head-of-service",
    "director-of-operations",
    "slt",
    "quality-assurance",
    "practice-learning-reviewer",
    "data-and-impact",
}


def test_sixty_people_work_in_four_services_and_twelve_teams() -> None:
    council = newham_council()
    assert (len(council.people), len(council.services), len(council.teams)) == (60, 4, 12)
    assert {role for person in council.people for role in person.roles} == ROLES


def test_the_same_seed_gives_the_same_council_and_another_seed_another() -> None:
    assert newham_council(seed=3) == newham_council(seed=3)
    assert newham_council(seed=3) != newham_council(seed=4)


@pytest.mark.parametrize("people", [30, 60, 400, 1500])
def test_every_team_has_one_lead_and_every_service_its_managers(people: int) -> None:
    council = newham_council(people)
    led = Counter(person.team for person in council.people if "practice-lead" in person.roles)
    assert led == Counter(team.name for team in council.teams)
    for role in ("service-manager", "head-of-service"):
        held = Counter(person.service for person in council.people if role in person.roles)
        assert held == Counter(council.services)
    assert len(council.people) == len({person.email for person in council.people}) == people


def test_roles_grow_in_proportion() -> None:
    council = newham_council(400)
    assert (len(council.services), len(council.teams)) == (10, 60)
    council = newham_council(2000)
    assert (len(council.services), len(council.teams)) == (20, 289)


@pytest.mark.parametrize("people", [30, 60, 400])
def test_colleagues_who_are_named_exist_and_reporting_ends_at_the_top(people: int) -> None:
    council = newham_council(people)
    by_email = {person.email: person for person in council.people}
    for person in council.people:
        assert {person.deputy, person.away_deputy, person.line_manager} - {""} <= by_email.keys() - {person.email}
        line, current = [person.email], person
        while current.line_manager:
            current = by_email[current.line_manager]
            assert current.email not in line
            line.append(current.email)
        assert "slt" in current.roles


def test_some_work_part_time_and_one_is_away_with_a_deputy() -> None:
    people = newham_council().people
    assert {"123", "1245"} & {person.work_days for person in people}
    away = [person for person in people if person.away_from]
    assert len(away) == 1
    assert away[0].away_deputy
    assert [person.roles[0] for person in people if person.administrator] == ["quality-assurance"]


def test_cases_have_seven_digits_a_practitioner_of_the_team_and_people_involved() -> None:
    council = newham_council()
    team_of = {person.email: person.team for person in council.people}
    assert set(Counter(case.team for case in council.cases).values()) == {10}
    assert len({case.reference for case in council.cases}) == 120
    assert any(case.involved for case in council.cases)
    for case in council.cases:
        assert re.fullmatch("[1-9][0-9]{6}", case.reference)
        assert team_of[case.practitioner] == case.team
        assert case.practitioner not in case.involved


def test_everybody_has_an_address_that_cannot_exist() -> None:
    assert all(
        re.fullmatch(r"[a-z][a-z.-]+[0-9]*@council\.example", person.email) for person in newham_council(1500).people
    )


def test_files_hold_everybody_and_every_case(tmp_path: Path) -> None:
    council = newham_council()
    people, cases = council.as_files(tmp_path / "new")
    rows = list(csv.DictReader(people.open(encoding="utf-8", newline="")))
    assert [row["email"] for row in rows] == [person.email for person in council.people]
    assert rows[0]["roles"] == "director-of-operations;slt"
    assert [row["administrator"] for row in rows].count("yes") == 1
    assert len(list(csv.DictReader(cases.open(encoding="utf-8", newline="")))) == 120


def test_a_council_too_small_for_its_roles_is_refused() -> None:
    with pytest.raises(SetupError, match="at least 30 people"):
        newham_council(29)


@ANY
@pytest.mark.parametrize("people", [30, 60, 2000])
def test_every_role_of_any_file_is_held_and_every_team_has_its_own(file: Path, people: int) -> None:
    framework = framework_of(file)
    council = invented_council(framework, people)
    assert len(council.people) == len({each.email for each in council.people}) == people
    teams, services = {each.name for each in council.teams}, set(council.services)
    for name, role in framework.roles.items():
        holders = [each for each in council.people if name in each.roles]
        assert holders, name
        if name in casework_roles(framework):
            assert {each.team for each in holders} == teams
        elif role.of == "team":
            assert Counter(each.team for each in holders) == Counter(teams)
        elif role.of == "service":
            assert Counter(each.service for each in holders) == Counter(services)
    beside = {*casework_roles(framework), *pools(framework)}
    plain = [each for each in council.people if not set(each.roles) - beside]
    assert len(plain) >= people * 0.3, "enough of them do the casework"
    assert any(each.away_from for each in council.people)
    assert next(each for each in council.people if each.administrator).roles


@ANY
@pytest.mark.parametrize("people", [30, 400])
def test_reporting_follows_the_files_roles(file: Path, people: int) -> None:
    framework = framework_of(file)
    council = invented_council(framework, people)
    by_email = {each.email: each for each in council.people}
    for person in council.people:
        assert {person.deputy, person.away_deputy, person.line_manager} - {""} <= by_email.keys() - {person.email}
        line, current = [person.email], person
        while current.line_manager:
            current = by_email[current.line_manager]
            assert current.email not in line
            line.append(current.email)
        assert set(current.roles) & {name for name, role in framework.roles.items() if role.of == "council"} or (
            file.stem == "bare"
        )


@ANY
def test_cases_are_in_the_councils_own_pattern(file: Path) -> None:
    framework = framework_of(file)
    council = invented_council(framework, 400)
    references = [each.reference for each in council.cases]
    assert len(set(references)) == len(references) >= 100
    assert all(re.fullmatch(framework.council.case_reference, each) for each in references)
    assert {each.team for each in council.cases} == {each.name for each in council.teams}


@ANY
def test_any_files_council_can_be_imported(file: Path, tmp_path: Path) -> None:
    framework = framework_of(file)
    staff, work = invented_council(framework).as_files(tmp_path)
    store = Store("sqlite://", inline=True)
    upgrade(store)
    with store.transaction() as session:
        changes = plan_people(session, read_people(staff), framework, datetime(2026, 11, 23, tzinfo=UTC))
        apply_people(session, changes)
        apply_cases(session, plan_cases(session, read_cases(work), framework))
        assert len(session.exec(select(Case)).all()) >= 60


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{6,8}",
        "[A-Z]{3}[0-9]+",
        "(?!0)[0-9]{5}/[a-z]+",
        "(AB|CD)-\\d{2}(-X)?",
        "[^=]{4}",
        "^L[0-9]{4}$",
        "[0-9]{4}[A-Z]?",
    ],
)
def test_references_are_made_up_for_a_pattern(pattern: str) -> None:
    made = references(pattern, 50, Random(1))
    assert len(set(made)) == len(made) == 50
    assert all(re.fullmatch(pattern, each) and len(each) <= 12 for each in made)
    assert made == references(pattern, 50, Random(1))


def test_a_pattern_with_few_references_gives_those_there_are() -> None:
    assert sorted(references("[AB][12]", 50, Random(1))) == ["A1", "A2", "B1", "B2"]


def test_a_pattern_without_any_reference_is_said() -> None:
    with pytest.raises(SetupError, match="No case reference could be made up"):
        references("(?!a)a", 3, Random(1))


def test_one_person_holds_a_role_of_the_whole_council_that_does_a_number_for_itself() -> None:
    council = invented_council(framework_of(Path("frameworks/qpi-board.yaml")), 60)
    for role in ("director", "corporate-director", "principal-social-worker"):
        assert sum(role in each.roles for each in council.people) == 1, role


@pytest.mark.parametrize("people", [30, 60, 400])
def test_a_number_that_is_shared_has_people_enough(people: int) -> None:
    framework = framework_of(COUNCILS[0].with_name("all-kinds.yaml"))
    council = invented_council(framework, people)
    pool = [each for each in council.people if "peer-pool" in each.roles]
    assert len(pool) >= 16 * 1.2, "sixteen pieces for one person each, and somebody is always away"
    assert len(pool) < people
