"""The tracker of actions: who sees which, the filters, the file, and what is confirmed there."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from deploy import language
from qabot.framework import load
from qabot.workflows.programme.tracker import STATES
from tests.support.councils import RULES
from tests.support.pages import Page
from tests.support.web_platform import OnWeb, on_web
from tests.unit.workflows.test_gatherings import BOARD

PATH = "/actions"
COUNCILS = language.shipped()


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def test_quality_assurance_sees_each_with_owner_age_and_source(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    await web.world.forward("15 days")
    page = await web.open("quinn", PATH)
    assert "1 action" in page.words
    assert audit.reference in page.words
    assert "15 days" in page.words
    assert "Practice Learning Review" in page.words
    assert "Nothing fits" in (await web.open("quinn", f"{PATH}?age=28")).words
    assert "1 action" in (await web.open("quinn", f"{PATH}?age=14&source=Practice+Learning+Review")).words
    assert "Nothing fits" in (await web.open("quinn", f"{PATH}?state=done")).words


async def test_the_record_of_a_piece_of_work_is_named_where_one_is_listed(web: OnWeb) -> None:
    await web.world.graded("green")
    page = await web.open("quinn", PATH)
    assert "on a record for whoever may read its answers" in page.words


async def test_whose_record_it_is_not_sees_nothing(web: OnWeb) -> None:
    await web.world.graded("green")
    assert "Nothing fits" in (await web.open("ewan", PATH)).words


async def test_whoever_owes_it_gives_one_new_date_and_confirms_it_there(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    owner = web.world.name(web.world.deadline("actions", audit).owner_id)
    token = web.world.deadline("actions", audit).token
    page = await web.open(owner, PATH)
    assert "are done" in page.words
    await web.submit(owner, "not-yet", token, {"new_date": "2026-12-07"})
    assert "7 December 2026" in (await web.open("quinn", PATH)).words
    assert "Open, with a new date" in (await web.open("quinn", f"{PATH}?state=new-date")).words


async def test_a_state_is_a_word_that_no_scale_has_and_wears_no_colour(web: OnWeb) -> None:
    """How an action stands says nothing of how the work was judged, and looks like no grade (13.4)."""
    for grade in ("red", "amber", "green", "blue"):
        await web.world.graded(grade)
    await web.world.forward("15 days")
    of_scales = {key for file in COUNCILS for scale in file.scales.values() for key in scale.labels}
    assert of_scales >= {"red", "amber", "green", "inadequate"}
    for said in STATES.values():
        assert of_scales.isdisjoint(re.findall(r"\w+", said.casefold()))
    await web.open("quinn", PATH)
    html = (await web.browsers["quinn"].get(PATH)).text
    table = html[html.index("<tbody") : html.index("</tbody>")]
    assert table.count("<tr") >= 3
    states = re.findall(r'data-label="State"><span>(.*?)</td>', table, re.DOTALL)
    assert all(each.startswith(tuple(STATES.values())) for each in states)
    assert not re.search(r'class="[^"]*\b(tag|grade)|style=', table)


async def test_the_file_has_what_the_page_has_and_runs_no_formula(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    web.world.change(web.world.name(web.world.deadline("actions", audit).owner_id), name="=HYPERLINK(1)")
    await web.open("quinn", PATH)
    answer = await web.browsers["quinn"].get(f"{PATH}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["About"] for row in rows] == [audit.reference]
    assert rows[0]["Owner"] == "'=HYPERLINK(1)"
    assert rows[0]["State"] == "Open"
    assert len(web.world.events("actions-exported")) == 1


async def test_several_ticked_at_once_are_handed_over_and_their_dates_stand(web: OnWeb) -> None:
    audits = [await web.world.graded("green") for _ in range(2)]
    before = [web.world.deadline("actions", each) for each in audits]
    page = await web.open("quinn", PATH)
    ticks = [each for each in page.root.all("input") if each.attrs.get("name") == "d"]
    assert {each.attrs["value"] for each in ticks} == {each.token for each in before}
    assert {each.attrs["form"] for each in ticks} == {"ticked"}
    [to] = [each.attrs["value"] for each in page.root.all("option") if each.words() == "Hand over"]
    given = [("back", "actions"), ("do", to), *(("d", each.token) for each in before)]
    given += [("go", "1"), ("answer:to", str(web.world.ids["dinah"]))]
    page = await web.open("quinn", f"/act?{urlencode(given)}")
    assert "/actions" in [each.attrs.get("href") for each in page.root.all("a")]
    form = next(each for each in page.forms if each.action == "/act" and each.button.startswith("Yes"))
    sent: dict[str, list[str]] = {}
    for name, value in form.values:
        sent.setdefault(name, []).append(value)
    assert "2 of 2 things" in Page(await web.browsers["quinn"].post("/act", data=sent)).words
    after = [web.world.deadline("actions", each) for each in audits]
    assert {each.owner_id for each in after} == {web.world.ids["dinah"]}
    assert [each.due_on for each in after] == [each.due_on for each in before]
    assert (await web.open("quinn", f"{PATH}?owner=Dinah+Cole")).words.count("Dinah Cole") >= 2


async def test_whoever_does_not_run_the_programme_is_offered_their_own_buttons_alone(web: OnWeb) -> None:
    audit = await web.world.graded("green")
    owner = web.world.name(web.world.deadline("actions", audit).owner_id)
    page = await web.open(owner, PATH)
    assert [each for each in page.root.all("input") if each.attrs.get("name") == "d"] == []
    assert "are done" in page.words


async def test_it_sends_nobody_to_words_that_are_kept_from_them(tmp_path: Path) -> None:
    """The words of a meeting's actions are their owner's: no record holds them for whoever reads the list."""
    (tmp_path / "council.yaml").write_text(f"{RULES}{BOARD}", "utf-8")
    async with on_web(tmp_path, load(tmp_path / "council.yaml", [Path("frameworks")])) as web:
        world = web.world
        await world.advance("2026-12-16 12:00")
        token = world.notices("dara", message="gathering-held")[-1].token
        values = {"held": "yes", "actions.1.what": "Look at the cover", "actions.1.owner": str(world.ids["mina"])}
        await world.send_form("dara", "answer", token, **values, **{"actions.1.date": "2027-01-15"})
        page = await web.open("quinn", PATH)
        assert "Practice Board (1)" in page.words
        assert "Its words are in its owner's own messages." in page.words
        assert "on a record" not in page.words
