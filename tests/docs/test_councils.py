"""The page of each council has what its file carries out, what to confirm, and a year by its rules."""

from pathlib import Path

import pytest

from deploy import councils, loads
from deploy.language import shipped
from qabot.simulation.loads import NO_ROLE

PAGES = sorted(councils.PAGES.glob("*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_what_the_files_give(path: Path) -> None:
    text = path.read_text("utf-8")
    assert councils.page(text, councils.framework_of(path)) == text, "run: python -m deploy.councils"


def test_the_year_of_the_council_with_the_board_is_as_counted_by_hand() -> None:
    """Its December and January: 25 and 28 December and 1 January are bank holidays."""
    months = {
        row.split(" | ")[0]: row for row in councils.made(councils.framework_of(Path("qpi-board.md"))).splitlines()
    }
    december, january = months["| December 2026"], months["| January 2027"]
    for said in (
        "**1 December**: drawn: Moderation as a group, due: Proposals for the report to the Board, "
        "given: collaborative practice evaluations",
        "**8 December**: due: Report of activity and findings for the Board",
        "**15 December**: Quality, Performance and Impact Board",
        "**17 December**: Moderation group of Service Managers",
    ):
        assert said in december
    for said in (
        "**4 January**: Quarterly summary of activity, learning and change",
        "drawn: Moderation as a group, given: collaborative practice evaluations",
        "**19 January**: Quality, Performance and Impact Board",
        "**29 January**: due: collaborative practice evaluations",
    ):
        assert said in january


@pytest.mark.parametrize("name", loads.MONTHS)
def test_a_page_says_how_much_reaches_a_person_of_each_role_in_a_year(name: str) -> None:
    text = loads.page_of(name).read_text("utf-8")
    (framework,) = [each for each in shipped() if each.framework == name]
    titles = [role.title for role in framework.roles.values()]
    for roles in loads.roles_on(text):
        assert set(titles) <= {*roles}
        assert [each for each in roles if each not in (*titles, NO_ROLE)] == ["Everybody"]
    assert "From 1 April 2026 to 31 March 2027, 60 people:" in text


@pytest.mark.parametrize("name", loads.MONTHS)
def test_the_year_was_counted_with_the_months_and_of_the_file_as_it_is(name: str) -> None:
    (framework,) = [each for each in shipped() if each.framework == name]
    year, months, mark = loads.tables_on(loads.page_of(name).read_text("utf-8"))
    assert mark == loads.mark_of(framework, year, months), f"run: python -m deploy.loads {name}"
    assert mark != loads.mark_of(framework, year.replace(" 1 ", " 2 ", 1), months)
    assert mark == loads.mark_of(framework.model_copy(update={"title": "Another"}), year, months)
    assert mark != loads.mark_of(framework.model_copy(update={"without": ("ABC-1",)}), year, months)


def test_every_council_that_ships_has_a_page_that_says_it() -> None:
    assert {each.framework for each in shipped()} - {"newham"} == set(loads.MONTHS), "newham-whole is newham and more"
