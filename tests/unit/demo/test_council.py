"""The invented council: the same every time, every role held, nobody real."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from qabot.demo import newham_council

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
    assert (len(council.services), len(council.teams)) == (26, 80)


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
    with pytest.raises(ValueError, match="at least 30 people"):
        newham_council(29)
