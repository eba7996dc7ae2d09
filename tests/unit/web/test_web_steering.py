"""One act about what others owe, for one line or many: over HTTP, in a small council that really ticks and sends."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qabot.models import Deadline
from tests.support.pages import Page
from tests.support.small_council import PEOPLE
from tests.support.web_platform import OnWeb, on_web

TODAY = "/programme/today"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def asked(web: OnWeb, person: str, act: str, *deadlines: Deadline, **answers: str) -> Page:
    """The page that says what will happen, or what is needed first."""
    given = [("do", act), ("back", "today"), *(("d", each.token) for each in deadlines)]
    if answers:
        given += [("go", "1"), *((f"answer:{name.replace('_', ':')}", each) for name, each in answers.items())]
    return await web.open(person, f"/act?{urlencode(given)}")


async def done(web: OnWeb, person: str, page: Page) -> Page:
    """They say yes; what happened."""
    form = next(each for each in page.forms if each.action == "/act" and each.button.startswith("Yes"))
    sent: dict[str, list[str]] = {}
    for name, value in form.values:
        sent.setdefault(name, []).append(value)
    answer = Page(await web.browsers[person].post("/act", data=sent))
    await web.world.tick()
    return answer


def nudges(web: OnWeb) -> list[tuple[str, str]]:
    return [(web.world.name(each.recipient_id), each.state) for each in web.world.notices(message="nudge")]


async def test_one_friendly_reminder_goes_at_once_and_not_again_that_day(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="east", due="2026-11-20")
    row = web.world.deadline("audit", audit)
    page = await asked(web, "quinn", "nudge", row)
    assert "Cyrus Patel gets one friendly reminder now" in page.words
    assert nudges(web) == []
    assert "1 of 1 thing" in await done(web, "quinn", page)
    assert nudges(web) == [("cyrus", "sent")]
    again = await asked(web, "rowan", "nudge", row)
    assert "A reminder went on 23 November 2026 at 10am; another is possible from 24 November 2026 on." in again.words
    assert not [each for each in again.forms if each.button.startswith("Yes")]
    assert "A friendly reminder" in " ".join(await web.screen("cyrus"))
    await web.world.advance("2026-11-24 10:00")
    web.browsers.clear()
    assert "gets one friendly reminder now" in (await asked(web, "quinn", "nudge", row)).words
    assert web.world.events("nudged")[0].actor_id == web.world.ids["quinn"]


async def test_it_waits_for_working_hours_and_goes_to_whoever_stands_in(web: OnWeb) -> None:
    ours = await web.world.audit("mina", due="2026-11-20")
    alone = await web.world.audit("cyrus", team="east", due="2026-11-20")
    await web.world.away("mina", "2026-11-23", "2026-11-27")
    await web.world.away("cyrus", "2026-11-23", "2026-11-27")
    await web.world.advance("2026-11-23 19:00")
    rows = [web.world.deadline("audit", each) for each in (ours, alone)]
    page = await asked(web, "quinn", "nudge", *rows)
    assert "Ade Lawal, who stands in for Mina Sharpe, gets one friendly reminder" in page.words
    assert "on 24 November 2026 at 9am, in their working hours" in page.words
    assert "Cyrus Patel is away until 27 November 2026, and nobody stands in" in page.words
    result = await done(web, "quinn", page)
    assert "1 of 2 things" in result.words
    assert nudges(web) == [("ade", "planned")]
    await web.world.advance("2026-11-24 09:30")
    assert nudges(web) == [("ade", "sent")]


async def test_many_are_done_at_once_and_what_cannot_be_says_why(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="east", due="2026-11-20")
    other = await web.world.audit("dinah", team="west", due="2026-11-20")
    red = await web.world.graded("red")
    rows = [web.world.deadline("audit", each) for each in (audit, other)] + [web.world.deadline("alert", red)]
    needed = await asked(web, "quinn", "hand-over", *rows)
    assert "Who takes it on?" in needed.words
    page = await asked(web, "quinn", "hand-over", *rows, to=str(web.world.ids["dinah"]))
    assert "Goes from Cyrus Patel to Dinah Cole. It stays due on 20 November 2026." in page.words
    assert "Dinah Cole has it already." in page.words
    assert "An alert goes up its ladder" in page.words
    assert web.world.deadline("audit", audit).owner_id == web.world.ids["cyrus"]
    assert "1 of 3 things" in await done(web, "quinn", page)
    assert web.world.deadline("audit", audit).owner_id == web.world.ids["dinah"]
    assert "review-allocated" in [each.message for each in web.world.notices("dinah")]


async def test_more_time_has_a_reason_and_an_approver_and_stands_on_the_record(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="east", due="2026-11-20")
    await web.world.advance("2026-11-25 12:00")
    row = web.world.deadline("audit", audit)
    wrong = await asked(web, "quinn", "extend", row, day_day="1", day_month="1", day_year="2020", why="away")
    assert "There is something to check" in wrong.words
    page = await asked(web, "quinn", "extend", row, day_day="4", day_month="12", day_year="2026", why="away")
    assert "Due on 4 December 2026, not on 20 November 2026. Approved by Quinn Marsh." in page.words
    await done(web, "quinn", page)
    moved = web.world.deadline("audit", audit)
    assert (moved.due_on.isoformat() if moved.due_on else "") == "2026-12-04"
    line = web.world.events("more-time")[0]
    assert (line.why, line.detail["approved_by"]) == ("Somebody who is needed for it is away", "Quinn Marsh")
    record = await web.open("quinn", f"/audits/{audit.reference}")
    assert "4 December 2026" in record.words
    assert "Quinn Marsh" in record.words
    assert "There is more time, until 4 December 2026" in str([each.params for each in web.world.notices("cyrus")])
    before = [each.id for each in web.world.notices("cyrus", message="past-date", state="sent")]
    assert before
    await web.world.advance("2026-12-08 12:00")
    again = [each.id for each in web.world.notices("cyrus", message="past-date", state="sent")]
    assert set(again) > set(before), "what has a later date is reminded of again once that has passed"


async def test_an_administrator_who_is_not_of_the_qa_service_does_not_approve(web: OnWeb) -> None:
    web.world.change("ewan", administrator=True)
    audit = await web.world.audit("dinah", team="west", due="2026-11-20")
    page = await asked(web, "ewan", "let-off", web.world.deadline("audit", audit), why="workload")
    assert "The Quality Assurance Service approves this (Quinn Marsh and Rowan Vale): please ask them." in page.words
    assert not [each for each in page.forms if each.button.startswith("Yes")]


async def test_nobody_approves_for_themselves_while_somebody_else_can(web: OnWeb) -> None:
    mine = web.world.deadline("audit", await web.world.audit("quinn", team="west", due="2026-11-20"))
    theirs = web.world.deadline("audit", await web.world.audit("cyrus", team="stratford", due="2026-11-20"))
    for act, more in (
        ("let-off", {}),
        ("extend", {"day_day": "4", "day_month": "12", "day_year": "2026"}),
    ):
        words = (await asked(web, "quinn", act, mine, theirs, why="workload", **more)).words
        assert "It is yours, so somebody else of the Quality Assurance Service approves it (Rowan Vale)" in words, act
        assert words.count("Approved by Quinn Marsh") == 1, act
    assert "Approved by Rowan Vale" in (await asked(web, "rowan", "let-off", mine, why="workload")).words
    web.world.change("rowan", active=False)
    assert "Approved by Quinn Marsh" in (await asked(web, "quinn", "let-off", mine, why="workload")).words


async def test_letting_off_and_noting_as_done(web: OnWeb) -> None:
    audit = await web.world.audit("dinah", team="west", due="2026-11-20")
    row = web.world.deadline("audit", audit)
    assert "It is done once its form is sent" in await asked(web, "quinn", "done", row, why="said")
    page = await asked(web, "quinn", "let-off", row, why="workload")
    assert "Withdrawn: nobody owes it any more. Approved by Quinn Marsh." in page.words
    await done(web, "quinn", page)
    assert web.world.deadline("audit", audit, state="withdrawn").id == row.id
    assert web.world.events("let-off")[0].detail["approved_by"] == "Quinn Marsh"
    assert "closed already" in await asked(web, "quinn", "let-off", row, why="workload")
    green = await web.world.graded("green")
    actions = next(each for each in web.world.all(Deadline) if each.subject_id == green.id and each.state == "open")
    page = await asked(web, "quinn", "done", actions, why="said")
    assert "Noted as done" in page.words
    await done(web, "quinn", page)
    assert web.world.events("noted-done")[0].why == "Whoever owes it said that it is done"


async def test_nobody_else_does_any_of_it_nor_about_work_of_their_own(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="stratford", due="2026-11-20")
    row = web.world.deadline("audit", audit)
    for person in ("sofia", "della", "bea"):
        for act in ("nudge", "hand-over", "extend", "let-off", "done"):
            words = (await asked(web, person, act, row, why="away", to=str(web.world.ids["dinah"]))).words
            assert audit.reference not in words, (person, act)
    web.world.change("sofia", administrator=True)
    assert audit.reference not in await asked(web, "sofia", "nudge", row)
    assert "Tick at least one line first" in await web.open("quinn", "/act?do=nudge")
    assert "Choose what is to be done" in await web.open("quinn", f"/act?do=delete&d={row.token}")


async def test_a_browser_without_a_form_of_ours_changes_nothing(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", due="2026-11-20")
    await web.open("quinn", TODAY)
    answer = await web.browsers["quinn"].post(
        "/act", data={"do": "nudge", "d": web.world.deadline("audit", audit).token, "csrf": ""}
    )
    assert answer.status_code == 403
    assert nudges(web) == []


async def test_everything_of_a_leaver_is_moved_with_three_clicks_from_their_page(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", due="2026-11-30")
    red = await web.world.graded("red", auditor="dinah")
    meeting = web.world.deadline("pim-date", red)
    web.world.change("bea", deputy_id=web.world.ids["hanif"])
    of = web.world.name(meeting.owner_id)
    found = Page(await web.browsers["quinn"].get("/search?q=Cyrus+Patel")) if "quinn" in web.browsers else None
    found = found or await web.open("quinn", "/search?q=Cyrus+Patel")
    link = next(each for each in found.root.all("a") if each.words() == "Move everything to somebody else")
    page = await web.open("quinn", link.attrs["href"])
    form = next(each for each in page.forms if each.action == "/act")
    form.fill(to=str(web.world.ids["dinah"]))
    page = await web.open("quinn", f"/act?{urlencode(form.values)}")
    assert "Goes from Cyrus Patel to Dinah Cole" in page.words
    await done(web, "quinn", page)
    assert web.world.deadline("audit", audit).owner_id == web.world.ids["dinah"]
    # Whoever else owes something, and whose deputy they are, moves in the same way.
    number = web.world.ids[of]
    page = await web.open("quinn", f"/act?do=hand-over&of={number}&go=1&answer:to={web.world.ids['marcus']}")
    assert f"Goes from {PEOPLE[of].name} to Marcus Reid" in page.words
    await done(web, "quinn", page)
    assert web.world.deadline("pim-date", red).owner_id == web.world.ids["marcus"]
    if of == "hanif":
        assert web.world.person("bea").deputy_id == web.world.ids["marcus"]


async def test_an_act_on_everything_of_somebody_names_nobody_to_whoever_may_not(web: OnWeb) -> None:
    known = f"/act?do=hand-over&of={web.world.ids['cyrus']}"
    assert "Cyrus Patel" in (await web.open("quinn", known)).words
    mine = await web.open("mina", known)
    nobody = await web.open("mina", "/act?do=hand-over&of=99999")
    assert "Cyrus Patel" not in mine.root.all("h1")[0].words()
    assert (mine.status, mine.root.all("h1")[0].words()) == (nobody.status, nobody.root.all("h1")[0].words())


async def test_whoever_acts_comes_back_to_the_list_as_they_had_it(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="east", due="2026-11-20")
    await web.world.advance("2026-11-27 12:00")
    path = f"{TODAY}?service=2&page=1"
    page = await web.open("quinn", path)
    back = f"{TODAY}?service=2&page=1"
    ticked = next(each for each in page.forms if each.action == "/act")
    assert dict(ticked.values)["at"] == "service=2&page=1"
    nothing = await web.open("quinn", f"/act?{urlencode(dict(ticked.values) | {'do': 'nudge'})}")
    assert nothing.path == TODAY
    assert "Tick at least one line first" in nothing.words
    one = next(
        each.attrs["href"] for each in page.root.all("a") if each.attrs.get("href", "").startswith("/act?do=nudge")
    )
    asked_for = await web.open("quinn", one)
    assert [each.attrs["href"] for each in asked_for.root.all("a") if "Go back" in each.words()] == [back]
    assert [
        each.attrs["href"] for each in (await done(web, "quinn", asked_for)).root.all("a") if each.words() == "Go back"
    ] == [back]
    assert web.world.deadline("audit", audit).token in one


async def test_what_one_comes_back_to_is_never_another_site(web: OnWeb) -> None:
    row = web.world.deadline("audit", await web.world.audit("cyrus", team="east", due="2026-11-20"))
    for at in ("//evil.example", "\r\nSet-Cookie: a=b", "https://evil.example/?a=1", '"><script>', "x" * 5000):
        page = await web.open("quinn", f"/act?{urlencode({'do': 'nudge', 'back': 'today', 'at': at, 'd': row.token})}")
        for each in (each for each in page.root.all("a") if "Go back" in each.words()):
            assert each.attrs["href"].startswith(TODAY), at
            assert not set(each.attrs["href"].removeprefix(TODAY)) & set('<> "\r\n/'), at
