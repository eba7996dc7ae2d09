"""The rules in plain English with their year, and a try-out of an edited file before it counts."""

import asyncio
import re
from datetime import date
from pathlib import Path

import pytest

from qabot.framework.year import year
from qabot.models import Store
from qabot.web.administration import trying
from tests.support.world import newham
from tests.unit.web.conftest import Browser, events
from tests.unit.web.test_web_staff import all_rows

TRY = "/administration/try-out"
OURS = """framework: newham
extends: newham
council: {name: Exampleton Council, duty_line: "01632 960001"}
samples:
  head-of-service: {share: 30%}
"""


async def test_the_rules_are_read_as_they_are(administrator: Browser) -> None:
    page = (await administrator.open("/administration/rules")).text
    assert "Newham CYPS Practice Learning Framework" in page
    assert 'role="img" aria-labelledby="year-title year-desc"' in page
    assert "The year from 1 November 2026 to 31 October 2027" in page
    assert "1 January 2027 to 31 March 2027" in page
    assert "To confirm" in page


def test_the_year_has_every_activity_and_every_gathering() -> None:
    framework = newham()
    rows = year(framework, date(2026, 11, 1))
    activities = [each.title for each in framework.activities.values()]
    assert [each.title for each in rows] == [*activities, *(each.title for each in framework.gatherings.values())]
    spans = rows[0].spans
    assert spans[0] == (date(2026, 11, 1), date(2026, 12, 31))
    assert spans[-1] == (date(2027, 10, 1), date(2027, 10, 31))


async def test_every_problem_of_a_file_is_said_at_once(administrator: Browser, store: Store) -> None:
    before = all_rows(store)
    wrong = "framework: newham\nextends: newham\nrolls: {}\nladders:\n  review-due: {steps: [{at: soon}]}\n"
    page = await administrator.send_form(TRY, text=wrong)
    assert "It cannot come into force" in page.text
    assert "your file:3:1" in page.text
    assert "your file:5:" in page.text
    assert "/tmp" not in page.text
    assert all_rows(store) == before
    for text in ("", "[", "\0", "a: b", 'extends: "/\\0.yaml"'):
        page = await administrator.send_form(TRY, text=text)
        assert page.status_code in {200, 422}
        assert "went wrong" not in page.text


@pytest.mark.parametrize("says", ["extends: {}", "extends: newham\nduties: {{a: {{ask: [forms/{}]}}}}"])
async def test_no_other_file_of_this_machine_is_read(administrator: Browser, tmp_path: Path, says: str) -> None:
    (tmp_path / "other.yaml").write_text("a-private-word: 1\n")
    path = tmp_path / "other.yaml" if "forms" not in says else tmp_path / "other"
    page = await administrator.send_form(TRY, text=f"framework: newham\n{says.format(path)}\n")
    assert "It cannot come into force" in page.text
    assert "a-private-word" not in page.text
    assert "other.yaml:" not in page.text


async def test_a_file_that_is_well_is_compared_and_played(
    administrator: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[str] = []
    gate = asyncio.Event()

    async def simulate(framework: str, council: trying.Council, folder: Path) -> trying.Played:
        await gate.wait()
        played.append(Path(framework).name)
        assert "quinn@council.example" in (folder / "people.csv").read_text("utf-8-sig")
        return trying._counted([NOTICE] * len(played))

    monkeypatch.setattr(trying, "_simulate", simulate)
    page = await administrator.send_form(TRY, text=OURS)
    assert "It is being played." in page.text
    assert 'http-equiv="refresh"' in page.text
    assert "Exampleton Council" in page.text
    assert "share" in page.text
    gate.set()
    while "It is being played" in (page := await administrator.open(page.url.path)).text:
        pass
    assert played == ["newham", "newham.yaml"]
    assert "Where they differ, by message" in page.text
    assert re.search(r'data-label="Rules in force">1<.*data-label="This file">2<', page.text, re.DOTALL)
    assert len(events(store, "rules-tried")) == 1


NOTICE = {"email": "a@council.example", "at": "2026-12-01T09:30:00+00:00", "sent_in": "", "message": "review-reminder"}


async def test_the_newest_file_of_a_person_takes_the_place_of_the_one_before(
    administrator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    gate = asyncio.Event()

    async def simulate(framework: str, council: trying.Council, folder: Path) -> trying.Played:
        folders.append(folder)
        await gate.wait()
        return trying._counted([NOTICE])

    monkeypatch.setattr(trying, "_simulate", simulate)
    pages = [await administrator.send_form(TRY, text=OURS) for _ in range(3)]
    first, second, third = [(await administrator.open(page.url.path)).text for page in pages]
    for replaced in (first, second):
        assert "Your newer file took its place" in replaced
        assert "It is being played" not in replaced
    assert "It is being played" in third
    assert [each for each in folders[:-1] if each.exists()] == []
    gate.set()
    while "It is being played" in (page := await administrator.open(pages[2].url.path)).text:
        pass
    assert "Busiest day" in page.text


async def test_it_is_for_administrators(administrator: Browser, ade: Browser) -> None:
    assert (await administrator.open(f"{TRY}/unknown")).status_code == 404
    assert (await ade.open(TRY)).status_code == 403
    assert (await ade.open("/administration/rules")).status_code == 403


async def test_a_quarter_is_played_by_the_command_with_the_people_who_are_here(tmp_path: Path) -> None:
    people = (
        "name,email,team,service,roles\n"
        "Ana Costa,ana@council.example,Oak,North,warden\n"
        "Ben Ode,ben@council.example,Oak,North,office\n"
    )
    cases = "".join(f"7100{number}/a,Oak,ana@council.example\n" for number in range(6))
    council = trying.Council(people, f"reference,team,practitioner\n{cases}", date(2026, 10, 1))
    (tmp_path / "people.csv").write_text(council.people)
    (tmp_path / "cases.csv").write_text(council.cases)
    found = await trying._simulate("tests/acceptance/data/councils/bare.yaml", council, tmp_path)
    assert found.people == 1
    assert 1 <= found.messages <= found.notices == found.of_message.total()
