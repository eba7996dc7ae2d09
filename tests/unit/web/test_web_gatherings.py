"""Gatherings on the web: who may open the page of one, what its lists show to whom, and its file for a calendar."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from qabot.framework.loader import load
from qabot.models import Occasion
from qabot.workflows.programme import agenda
from tests.support.councils import RULES
from tests.support.web_platform import OnWeb, on_web
from tests.unit.workflows.test_gatherings import BOARD

LISTED = BOARD.replace(
    "    ask: [actions]\n",
    "    ask: [actions]\n    lists: [open actions, {of: [practice-learning-review], if: {grade: [red]}}]\n",
)
REPORT = """
  summary: {rule: ABC-DDL-2, title: Yearly overview, every: year from 2026-12-10, to: [service-manager]}
duties:
"""


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}{LISTED.replace('duties:', REPORT.strip(chr(10)), 1)}", "utf-8")
    async with on_web(tmp_path, load(path, [Path("frameworks")])) as platform:
        yield platform


def token(web: OnWeb, thing: str = "board") -> str:
    return next(each.token for each in web.world.all(Occasion) if each.thing == thing)


@dataclass(frozen=True)
class Found:
    """The file's one event, with what stands around it."""

    event: Event
    method: str
    zones: list[str]

    @property
    def start(self) -> datetime:
        """When it begins, of what has a time."""
        assert isinstance(self.event.start, datetime)
        return self.event.start

    def says(self, name: str) -> str:
        """One of its properties, as text."""
        return str(self.event[name])


async def event(web: OnWeb, person: str, thing: str = "board") -> Found:
    """The one event of the file that somebody gets, as a calendar reads it."""
    await web.open(person, "/inbox")
    answer = await web.browsers[person].get(f"/gatherings/{token(web, thing)}.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{thing}.ics"'
    assert b"\r\n" in answer.content
    calendar = Calendar.from_ical(answer.content)
    (found,) = calendar.events
    return Found(found, str(calendar["method"]), [str(each["tzid"]) for each in calendar.timezones])


async def test_a_meeting_is_a_file_for_a_calendar_in_local_time(web: OnWeb) -> None:
    found = await event(web, "hanif")
    london = ZoneInfo("Europe/London")
    assert found.start == datetime(2026, 12, 15, 14, 0, tzinfo=london)
    assert found.event.end == datetime(2026, 12, 15, 16, 0, tzinfo=london)
    assert found.start.utcoffset() == timedelta(0)
    assert found.event["dtstart"].params["TZID"] == "Europe/London"
    assert found.zones == ["Europe/London"]
    assert [found.says(each) for each in ("summary", "sequence", "status")] == ["Practice Board", "0", "CONFIRMED"]
    assert found.method == "REQUEST"
    assert found.says("organizer") == "mailto:dara@council.example"
    assert found.says("attendee") == "mailto:hanif@council.example"
    assert (await event(web, "dara")).method == "PUBLISH"
    assert found.says("uid").endswith("@qabot")


async def test_a_report_lasts_the_whole_day_and_nobody_is_busy(web: OnWeb) -> None:
    found = await event(web, "mina", "summary")
    assert (found.event.start, found.event.end) == (date(2026, 12, 10), date(2026, 12, 11))
    assert found.says("transp") == "TRANSPARENT"
    assert found.zones == []


async def test_a_moved_and_a_cancelled_meeting_is_the_same_event(web: OnWeb) -> None:
    first = await event(web, "hanif")
    await web.submit("dara", "move-gathering", token(web), {"day": "2026-12-17"})
    moved = await event(web, "hanif")
    assert moved.says("uid") == first.says("uid")
    assert moved.says("sequence") == "1"
    assert moved.start.date() == date(2026, 12, 17)
    await web.submit("dara", "cancel-gathering", token(web), {"why": "few", "sure": True})
    gone = await event(web, "hanif")
    assert [gone.says(each) for each in ("uid", "sequence", "status")] == [first.says("uid"), "2", "CANCELLED"]
    assert gone.method == "CANCEL"


async def test_a_meeting_in_summer_is_an_hour_ahead(web: OnWeb) -> None:
    await web.submit("dara", "move-gathering", token(web), {"day": "2027-06-15"})
    found = await event(web, "hanif")
    assert found.start.utcoffset() == timedelta(hours=1)
    assert (found.start.hour, found.start.astimezone(ZoneInfo("UTC")).hour) == (14, 13)


async def test_its_page_says_what_is_missing_and_offers_its_buttons_to_those_who_run_it(web: OnWeb) -> None:
    chair = await web.open("dara", f"/gatherings/{token(web)}")
    assert "Practice Board on 15 December 2026" in chair.words
    assert "2pm to 4pm" in chair.words
    assert "Chaired by Dara Okafor" in chair.words
    assert "Papers for the Board Mina Sharpe 3 December 2026 Still to come" in chair.words
    assert "Move to another day" in chair.words
    guest = await web.open("hanif", f"/gatherings/{token(web)}")
    assert "Papers for the Board" in guest.words
    assert "Move to another day" not in guest.words


async def test_it_is_moved_on_the_web_and_says_so(web: OnWeb) -> None:
    said = await web.submit("quinn", "move-gathering", token(web), {"day": "2026-12-17"})
    assert "Practice Board is on Thursday 17 December 2026 now." in said
    page = await web.open("quinn", f"/gatherings/{token(web)}")
    assert "Thursday 17 December 2026" in page.words


async def test_whoever_has_no_part_in_it_gets_neither_page_nor_file(web: OnWeb) -> None:
    await web.open("ewan", "/inbox")
    for address in (f"/gatherings/{token(web)}", f"/gatherings/{token(web)}.ics", "/gatherings/nothing"):
        answer = await web.browsers["ewan"].get(address)
        assert answer.status_code == 404, address
        assert "no gathering at this address" in answer.text
    assert (await web.browsers["ewan"].get("/programme/gatherings")).status_code == 403
    assert len([each for each in web.world.events("link-refused") if each.subject_type == "occasion"]) == 2
    async with web._browser() as stranger:
        assert "Practice Board" not in (await stranger.get(f"/gatherings/{token(web)}.ics")).text


async def test_a_list_shows_each_reader_what_they_may_open_by_reference_alone(web: OnWeb) -> None:
    red = await web.world.graded("red", "cyrus", actions=False)
    green = await web.world.graded("green", "bea", actions=False)
    chair = await web.open("dara", f"/gatherings/{token(web)}")
    listed = chair.words[chair.words.index("Practice Learning Reviews, RED (Inadequate)") :]
    assert red.reference in listed
    assert green.reference not in listed
    assert "Sofia" not in listed
    # Harriet's is the other service: of the review of a team in hers she sees nothing.
    assert red.team_id == web.world.ids["stratford"]
    other = await web.open("harriet", f"/gatherings/{token(web)}")
    assert red.reference not in other.words
    assert "Nothing is on this list for you." in other.words


async def test_since_last_means_since_it_was_last_held(web: OnWeb) -> None:
    before = await web.world.graded("red", "cyrus", actions=False)
    await web.world.advance("2026-12-16 12:00")
    await web.submit("dara", "hold-gathering", token(web), {"held": "yes"})
    after = await web.world.graded("red", "bea", actions=False)
    await web.world.advance("2026-12-23 12:00")
    web.browsers.clear()
    following = web.world.all(Occasion)[-1]
    assert following.day == date(2027, 1, 19)
    page = await web.open("dara", f"/gatherings/{following.token}")
    assert after.reference in page.words
    assert before.reference not in page.words


async def test_open_actions_of_reviews_and_of_meetings_are_listed_by_reference(web: OnWeb) -> None:
    await web.world.advance("2026-12-16 12:00")
    ewan = str(web.world.ids["ewan"])
    row = {"actions.1.what": "Look at the form", "actions.1.owner": ewan, "actions.1.date": "2027-01-08"}
    await web.submit("dara", "hold-gathering", token(web), {"held": "yes", **row})
    page = await web.open("dara", f"/gatherings/{token(web)}")
    assert "Practice Board (1): An action of the Board, Ewan Price, due 8 January 2027" in page.words
    assert "Look at the form" not in page.words


async def test_a_long_list_says_that_it_is_cut(web: OnWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agenda, "MOST_LINES", 1)
    for auditor in ("cyrus", "bea"):
        await web.world.graded("red", auditor, actions=False)
    page = await web.open("dara", f"/gatherings/{token(web)}")
    assert "Only the first 1 are shown." in page.words


async def test_the_programme_lists_what_is_coming_and_what_each_still_needs(web: OnWeb) -> None:
    page = await web.open("quinn", "/programme/gatherings")
    assert "Practice Board on 15 December 2026" in page.words
    assert "Papers for the Board: Mina Sharpe, due 3 December 2026" in page.words
    assert "Yearly overview" in page.words
    assert "Nothing is brought" in page.words
