"""What pictures of the pages showed: sentences that were clumsy or wrong, and things that stood in the wrong place."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qabot.planning.figures import COUNT, SERVICE, Figure, Line
from qabot.web.drawing import environment
from tests.support.small_council import PEOPLE
from tests.support.web_platform import OnWeb, on_web


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def test_several_things_are_past_their_date_not_its(web: OnWeb) -> None:
    page = await web.open("hanif", "/my-team")
    assert "Past their date" in page.words
    assert "Past its date" not in page.words


@pytest.mark.parametrize("count", [1, 7])
async def test_what_an_act_is_about_stands_before_its_questions(web: OnWeb, count: int) -> None:
    audits = [await web.world.audit("cyrus", team="east", due="2026-11-20") for _ in range(count)]
    tokens = [web.world.deadline("audit", each).token for each in audits]
    page = await web.open("quinn", f"/act?{urlencode([('do', 'extend'), *(('d', each) for each in tokens)])}")
    positions = [page.words.index(each.reference) for each in audits]
    assert max(positions) < page.words.index("New date")
    assert ("7 things" in page.words) == (count == 7), "many open on asking"


async def test_a_reason_in_a_list_begins_with_a_capital(web: OnWeb) -> None:
    await web.world.audit("cyrus", team="east", due="2026-11-27")
    await web.world.advance("2026-12-02 12:00")
    for path in ("/programme/notices", "/programme/log"):
        page = await web.open("quinn", path)
        whys = [each.words() for each in page.root.all("td") if each.attrs.get("data-label") == "Why"]
        assert "One message each working day" in " ".join(whys)
        assert [each for each in whys if each[:1] != each[:1].upper()] == []


async def test_commands_in_settings_are_no_backticks(web: OnWeb) -> None:
    web.world.change("ewan", administrator=True)
    page = await web.open("ewan", "/administration/settings")
    assert "`" not in page.words
    assert "qabot serve sends by itself" in page.words


async def test_a_list_of_what_will_come_says_that_it_does_not_know_everything(web: OnWeb) -> None:
    assert "What opens in the meantime is not in it yet." in (await web.open("quinn", "/programme/coming")).words


async def test_without_a_chat_nobody_is_offered_a_test_by_it(web: OnWeb) -> None:
    web.world.change("ewan", administrator=True)
    assert "Send a test" not in (await web.open("ewan", "/administration/platforms")).words
    assert "send a test" not in (await web.open("ewan", "/administration")).words


async def test_the_tab_of_surveys_keeps_the_tabs_of_the_programme(web: OnWeb) -> None:
    for path in ("/surveys", "/surveys/new", "/surveys/months"):
        page = await web.open("quinn", path)
        [tabs] = [each for each in page.root.all("nav") if each.attrs.get("aria-label") == "Programme"]
        current = [each.words() for each in tabs.all("a") if "aria-current" in each.attrs]
        assert current == ["Surveys"], path
    page = await web.open("bea", "/surveys")
    assert [each for each in page.root.all("nav") if each.attrs.get("aria-label") == "Programme"] == []


async def test_an_example_of_a_date_is_still_to_come_where_one_to_come_is_asked_for(web: OnWeb) -> None:
    """Years on, too: an example that stood in the code was past one day."""
    await web.world.advance("2027-03-01 12:00")
    page = await web.open("cyrus", "/forms/away")
    examples = re.findall(r"For example, (\d+) (\d+) (\d+)", page.words)
    assert len(examples) == 2
    assert all(date(int(year), int(month), int(day)) > date(2027, 3, 1) for day, month, year in examples)


@pytest.mark.parametrize("path", ["/forms/no-such", "/forms/answer"])
async def test_a_form_that_nobody_knows_is_no_old_button(web: OnWeb, path: str) -> None:
    page = await web.open("quinn", path)
    assert "There is no such form." in page.words
    assert "older message" not in page.words


async def test_a_daily_message_names_its_person_once(web: OnWeb) -> None:
    await web.world.audit("cyrus", team="east", due="2026-11-27")
    await web.world.advance("2026-12-02 12:00")
    for path in ("/programme/notices", "/programme/log"):
        page = await web.open("quinn", path)
        rows = [each.words() for each in page.root.all("tr") if PEOPLE["cyrus"].name in each.words()]
        assert rows, path
        assert [each for each in rows if each.count(PEOPLE["cyrus"].name) > 1] == []


def test_a_count_stands_once_in_the_table_of_its_figure() -> None:
    lines = (Line("", (9, 6), ((), ()), (9, 6)),)
    periods = ("October to December 2026", "July to September 2026")
    figure = Figure(
        "praise", "Good practice", SERVICE, "Nominations", (), "Nominations", "", periods, lines, kind=COUNT
    )
    macros = environment().get_template("figure-macros.html").module
    drawn = str(macros.figure_table(figure, "Service"))  # type: ignore[attr-defined]
    assert drawn.count(">9<") == 1
    assert drawn.count('data-label="Nominations"') == 1
