"""Who is told: vacancies climb, deputies stand in, two roles are one message, and somebody always hears (7.7)."""

from datetime import date
from itertools import product

import pytest

from qabot.framework import Framework
from qabot.planning.recipients import Parties, recipients
from tests.support.on_paper import Council
from tests.support.small_council import PEOPLE

DAY = date(2026, 11, 23)
MANAGERS = ("service-manager", "head-of-service")


def told(council: Council, framework: Framework, *to: str, deputies: bool = False, owner: str = "cyrus") -> list[str]:
    ids = council.ids
    parties = Parties(ids["stratford"], ids[owner], ids[owner], ids["sofia"])
    found = recipients(to, parties, council.directory, framework, DAY, deputies=deputies)
    return [council.name(each.person_id) for each in found]


def test_roles_are_those_of_the_cases_team_and_service(council: Council, framework: Framework) -> None:
    assert told(council, framework, "practice-lead", *MANAGERS) == ["ade", "mina", "hanif"]


def test_somebody_with_two_roles_is_told_once(council: Council, framework: Framework) -> None:
    both = council.also("mina", "head-of-service", "hanif")
    assert told(both, framework, *MANAGERS) == ["mina"]
    assert told(council, framework, "quality-assurance", "practice-learning-reviewer") == ["quinn", "rowan"]


@pytest.mark.parametrize(
    ("vacant", "heard"),
    [
        (["practice-lead"], ["mina"]),
        (["practice-lead", "service-manager"], ["hanif"]),
        (["practice-lead", "service-manager", "head-of-service"], ["dara"]),
        (["practice-lead", *MANAGERS, "director-of-operations"], ["dara", "sian"]),
        (["practice-lead", *MANAGERS, "director-of-operations", "slt"], ["quinn", "rowan"]),
    ],
)
def test_a_vacancy_climbs_step_by_step(
    council: Council, framework: Framework, vacant: list[str], heard: list[str]
) -> None:
    for role in vacant:
        council = council.vacant(role)
    assert told(council, framework, "practice-lead") == heard


def test_the_deputy_whom_the_absence_names_goes_before_the_standing_one(council: Council, framework: Framework) -> None:
    standing = council.away("mina", "2026-11-20", "2026-11-27")
    named = council.away("mina", "2026-11-20", "2026-11-27", "bea")
    assert told(standing, framework, "service-manager") == ["ade"]
    assert told(named, framework, "service-manager") == ["bea"]


def test_whom_an_absence_names_and_who_has_left_stands_in_for_nobody(council: Council, framework: Framework) -> None:
    named = council.away("mina", "2026-11-20", "2026-11-27", "bea").change("bea", active=False)
    assert told(named, framework, "service-manager") == ["ade"], "the standing deputy"


def test_why_a_deputy_is_told_is_said_with_the_day_as_people_write_it(council: Council, framework: Framework) -> None:
    away = council.away("mina", "2026-11-20", "2027-01-07", "bea")
    parties = Parties(council.ids["stratford"])
    [found] = recipients(("service-manager",), parties, away.directory, framework, DAY)
    assert found.why == "Mina Sharpe is away until 7 January 2027; deputy"


def test_a_deputy_who_is_away_has_a_deputy(council: Council, framework: Framework) -> None:
    both = council.away("mina", "2026-11-20", "2026-11-27", "bea").away("bea", "2026-11-23", "2026-11-23", "dinah")
    assert told(both, framework, "service-manager") == ["dinah"]


def test_deputies_who_stand_in_for_each_other_do_not_go_round_for_ever(council: Council, framework: Framework) -> None:
    circle = council.away("mina", "2026-11-20", "2026-11-27", "bea").away("bea", "2026-11-20", "2026-11-27", "mina")
    assert told(circle, framework, "service-manager") == ["hanif", "quinn", "rowan"]


def test_away_without_a_deputy_the_next_step_up_and_the_qa_service_are_told(
    council: Council, framework: Framework
) -> None:
    alone = council.change("mina", deputy_id=None).away("mina", "2026-11-20", "2026-11-27")
    assert told(alone, framework, "service-manager") == ["hanif", "quinn", "rowan"]


def test_an_owner_away_without_a_deputy_their_line_manager_and_the_qa_service_are_told(
    council: Council, framework: Framework
) -> None:
    away = council.away("cyrus", "2026-11-23", "2026-11-23")
    assert told(away, framework, "owner") == ["marcus", "quinn", "rowan"]


def test_the_day_before_and_the_day_after_are_not_away(council: Council, framework: Framework) -> None:
    for first, last in (("2026-11-24", "2026-11-27"), ("2026-11-16", "2026-11-22")):
        assert told(council.away("mina", first, last), framework, "service-manager") == ["mina"]


def test_deputies_are_told_too_where_a_step_says_so(council: Council, framework: Framework) -> None:
    assert told(council, framework, "service-manager", deputies=True) == ["mina", "ade"]


def test_somebody_who_left_is_never_told(council: Council, framework: Framework) -> None:
    assert told(council.change("mina", active=False), framework, "service-manager") == ["hanif"]


def test_nobody_is_told_only_when_nobody_is_there(council: Council, framework: Framework) -> None:
    gone = council
    for person in PEOPLE:
        gone = gone.away(person, "2026-11-23", "2026-11-23")
    assert told(gone, framework, *MANAGERS) == []
    assert told(gone.change("quinn", away=()), framework, *MANAGERS) == ["quinn"]


@pytest.mark.parametrize(("role", "away"), list(product(["practice-lead", *MANAGERS, "owner", "line-manager"], PEOPLE)))
def test_whoever_is_away_is_not_told_and_somebody_else_is(
    council: Council, framework: Framework, role: str, away: str
) -> None:
    heard = told(council.away(away, "2026-11-23", "2026-11-23"), framework, role)
    assert heard
    assert away not in heard
    assert len(heard) == len(set(heard))


@pytest.mark.parametrize(
    ("apart", "to", "heard"),
    [
        ("mina", ("service-manager",), ["hanif"]),
        ("mina", MANAGERS, ["hanif"]),
        ("mina", ("practitioner",), ["sofia"]),
        ("quinn", ("quality",), ["rowan"]),
        ("ade", ("service-manager",), ["mina"]),
    ],
)
def test_whoevers_work_it_is_holds_no_role_in_what_only_a_grade_opened(
    council: Council, framework: Framework, apart: str, to: tuple[str, ...], heard: list[str]
) -> None:
    ids = council.ids
    parties = Parties(ids["stratford"], ids["cyrus"], ids["cyrus"], ids["sofia"], apart=ids[apart])
    found = recipients(to, parties, council.directory, framework, DAY)
    assert [council.name(each.person_id) for each in found] == heard


def test_nor_do_they_stand_in_for_anybody(council: Council, framework: Framework) -> None:
    away, ids = council.away("mina", "2026-11-20", "2026-11-27"), council.ids
    parties = Parties(ids["stratford"], apart=ids["ade"])
    found = recipients(("service-manager",), parties, away.directory, framework, DAY, deputies=True)
    assert "ade" not in [council.name(each.person_id) for each in found]
    assert found
