"""The figures of a period on the web: against a quarter counted by hand, who reads them, and their files."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from qabot.models import (
    Alert,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Moderation,
    Nomination,
    Person,
    RoleHolding,
    Service,
    Store,
    Team,
)
from qabot.web.ports import Parts
from tests.support.pages import read
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, QUINN

PATH = "/programme/figures"
Q = "quarter-2026-07"
SENIOR, HEAD = 11, 12


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def quarter(store: Store) -> None:
    """July to September 2026. Maple (Assessment): 8 due, 7 done, 6 on time, 4 of them Good or Outstanding, 5 alerts
    acknowledged after 1 to 5 working hours. Oak (Care): 6 due and done on time, all Good. Five in the quarter before.
    """
    with store.transaction() as session:
        session.add(Service(id=2, name="Care"))
        session.flush()
        session.add(Team(id=2, name="Oak", service_id=2))
        session.add(Person(id=SENIOR, name="Sol Senior", email="sol@council.example"))
        session.add(Person(id=HEAD, name="Hope Head", email="hope@council.example"))
        session.flush()
        session.add(RoleHolding(person_id=SENIOR, role="slt"))
        session.add(RoleHolding(person_id=HEAD, role="head-of-service", service_id=1))
    grades = ["green", "green", "blue", "green", "red", "red", "red", None]
    made = [work(100 + at, 1, date(2026, 8, 10), grade, 3 if at == 6 else -1) for at, grade in enumerate(grades)]
    made += [work(200 + at, 2, date(2026, 9, 30), "green", 0) for at in range(6)]
    made += [work(300 + at, 1, date(2026, 5, 20), "amber", 0) for at in range(5)]
    with store.transaction() as session:
        session.add_all(made)
    monday = datetime(2026, 8, 3, 8, tzinfo=UTC)  # nine in the morning
    with store.transaction() as session:
        for number in range(5):
            done = monday + timedelta(hours=number + 1)
            session.add(Alert(audit_id=102 + number, raised_at=monday, acknowledged_at=done, acknowledged_by_id=ADE))
        for number, grade in enumerate(["green", "green", "amber", "green", "red"]):
            session.add(
                Moderation(
                    audit_id=100 + number,
                    layer="qa",
                    rule="NEW-MOD-2",
                    moderator_id=BEA,
                    drawn_at=at(date(2026, 9, 1)),
                    grade=grade,
                    done_at=at(date(2026, 9, 4)),
                )
            )
        for number in range(3):
            session.add(
                Nomination(
                    nominee_id=ADE,
                    nominator_id=BEA,
                    submitted_at=at(date(2026, 7, 7)),
                    seen_on=date(2026, 7, 6),
                    what="x",
                    difference="y",
                    seen_in="z",
                    once=f"{number}",
                )
            )


def one(store: Store, number: int, team: int, due: date, grade: str | None, days: int) -> None:
    """Add a piece of work."""
    with store.transaction() as session:
        session.add(work(number, team, due, grade, days))


def work(number: int, team: int, due: date, grade: str | None, days: int) -> Audit:
    """A piece of work, submitted so many days after it was due; not at all without a grade."""
    return Audit(
        id=number,
        reference=f"QA-{number + 5000}",
        activity="practice-learning-review",
        team_id=team,
        auditor_id=ADE,
        due_on=due,
        grade=grade,
        scale_version="newham-brag-1" if grade else "",
        allocated_at=at(due - timedelta(days=60)),
        submitted_at=at(due + timedelta(days=days)) if grade else None,
        state=AuditState.finalised if grade else AuditState.allocated,
    )


def table(text: str, caption: str) -> list[list[str]]:
    """The rows of a table, by its caption."""
    found = [each for each in read(text).all("table") if each.all("caption")[0].words() == caption]
    return [[cell.words() for cell in row.all("td")] for row in found[0].all("tr")[1:]]


async def test_a_quarter_beside_the_one_before_as_counted_by_hand(quarter: None, quinn: Browser) -> None:
    page = (await quinn.open(f"{PATH}?period={Q}")).text
    assert table(page, "Work done, and on time, by service") == [
        ["All", "14", "13", "12", "1", "1", "86%", "100% (down 14)", "none"],
        ["Assessment", "8", "7", "6", "1", "1", "75%", "100% (down 25)", "none"],
        ["Care", "6", "6", "6", "0", "0", "100%", "none", "none"],
    ]
    assert table(page, "Grades, by service") == [
        # One BLUE, three GREEN and three RED of one service: beside the whole the other's would tell them.
        ["All", "13", "1", "9", "0", "3", "77%", "0% (up 77)", "none"],
        ["Assessment", "7", "hidden", "hidden", "0", "hidden", "hidden", "0%", "none"],
        ["Care", "6", "hidden", "hidden", "0", "hidden", "hidden", "none", "none"],
    ]
    alerts = table(page, "Alerts, and how soon they were acknowledged, by service")
    assert alerts[0][:5] == ["All", "5", "5", "4", "0"]  # a reminder is due after four working hours
    assert alerts[0][5] == "3 working hours"
    # green-green, green-green, blue-amber, green-green, red-red
    assert table(page, "Second looks, and whether they agreed, by service")[0][:6] == ["All", "5", "4", "0", "1", "80%"]
    assert table(page, "Good practice that was told of, by service")[0][:2] == ["All", "hidden"]
    matrix = table(page, "First grades, and what the second look gave, by first grade")
    assert [row[0] for row in matrix] == ["All", "BLUE (Outstanding)", "GREEN (Good)", "RED (Inadequate)"]
    assert {row[1] for row in matrix[1:]} == {"hidden"}


async def test_each_chart_has_words_and_its_table_beside_it(quarter: None, quinn: Browser) -> None:
    page = read((await quinn.open(f"{PATH}?period={Q}")).text)
    charts = page.all("figure")
    assert len(charts) >= 4
    for each in charts:
        assert each.all("title")
        assert each.all("desc")
    assert not [each for each in page.all("option") if "selected" in each.attrs and each.attrs["value"] != Q]


async def test_a_month_and_a_period_that_is_not_over_have_no_rows_by_service(quarter: None, quinn: Browser) -> None:
    for key, said in (("month-2026-08", "A month is shown"), ("quarter-2026-10", "not over")):
        page = (await quinn.open(f"{PATH}?period={key}")).text
        assert said in page
        assert '<td role="cell" data-label="Service">Assessment' not in page
    assert "October 2026" in (await quinn.open(f"{PATH}?period=month-2026-10")).text


@pytest.mark.parametrize("key", ["nonsense", "quarter-2026-08", "month-9999-01"])
async def test_what_is_no_period_is_said(quinn: Browser, key: str) -> None:
    page = await quinn.get(f"{PATH}?period={key}")
    assert page.status_code == 400
    assert "There is no such period" in page.text


async def test_without_a_period_it_is_the_last_quarter_that_is_over(quarter: None, quinn: Browser) -> None:
    assert "Figures: July to September 2026" in (await quinn.open(PATH)).text


async def test_before_a_quarter_has_ended_with_something_in_it_the_one_that_runs_is_shown(quinn: Browser) -> None:
    page = (await quinn.open(PATH)).text
    assert "Figures: October to December 2026" in page
    assert "This period is not over" in page
    assert "Figures: July to September 2026" in (await quinn.open(f"{PATH}?period={Q}")).text


async def test_no_grade_of_work_that_was_withdrawn_is_counted_nor_the_second_look_at_it(
    quarter: None, quinn: Browser, store: Store
) -> None:
    def tables(page: str) -> list[list[list[str]]]:
        captions = ("Grades, by service", "Second looks, and whether they agreed, by service")
        return [table(page, each) for each in captions]

    before = tables((await quinn.open(f"{PATH}?period={Q}")).text)
    with store.transaction() as session:
        twice = work(400, 1, date(2026, 8, 10), "blue", 0)
        twice.state = AuditState.withdrawn
        session.add(twice)
        session.flush()
        done = at(date(2026, 9, 4))
        session.add(Moderation(audit_id=400, layer="qa", rule="NEW-MOD-2", drawn_at=done, grade="red", done_at=done))
    assert tables((await quinn.open(f"{PATH}?period={Q}")).text) == before


async def test_an_action_with_a_new_date_after_the_period_is_open_until_that_is_met(
    quarter: None, quinn: Browser, store: Store
) -> None:
    """Six actions of September, due on the 20th, each with a new date in October: two were done by it, one late."""
    given, later = at(date(2026, 9, 1)), at(date(2026, 10, 5))
    done = [at(date(2026, 10, 20)), at(date(2026, 10, 20)), at(date(2026, 11, 3)), None, None, None]

    def action(number: int, kind: str, opened: datetime, closed: datetime | None, due: date) -> Deadline:
        state = DeadlineState.met if closed else DeadlineState.open
        return Deadline(
            kind=kind,
            rule="NEW-ESC-1.1",
            subject_type="audit",
            subject_id=100 + number,
            owner_id=ADE,
            team_id=1,
            due_on=due,
            ladder_id=1,
            state=state,
            opened_at=opened,
            closed_at=closed,
        )

    with store.transaction() as session:
        for number, closed in enumerate(done):
            session.add(action(number, "actions", given, later, date(2026, 9, 20)))
            session.flush()
            session.add(action(number, "promised", later, closed, date(2026, 10, 30)))
    page = (await quinn.open(f"{PATH}?period={Q}")).text
    assert table(page, "Actions, by service")[0][:7] == ["All", "6", "2", "1", "0", "3", "50%"]
    assert table(page, "Actions that are open, by age, by service")[0][:3] == ["All", "6", "0"]
    # On 30 September all six were past the date that they had then.
    assert table(page, "Actions whose date has passed, by how long, by service")[0][:3] == ["All", "6", "6"]
    month = (await quinn.open(f"{PATH}?period=month-2026-10")).text
    assert table(month, "Actions that are open, by age, by service")[0][1] == "hidden", "four of them"
    assert table(month, "Actions whose date has passed, by how long, by service")[0][1] == "hidden", "one day, four"


async def test_quality_and_senior_leaders_read_them_and_nobody_else(
    new_browser: Callable[[Parts], Browser], parts: Parts, quarter: None, store: Store
) -> None:
    with store.transaction() as session:
        admin = session.get(Person, BEA)
        assert admin is not None
        admin.administrator = True
    seen = {}
    for person in (QUINN, BEA, SENIOR, HEAD, ADE):
        browser = new_browser(parts)
        await browser.sign_in(parts, person)
        seen[person] = [(await browser.get(f"{PATH}{end}")).status_code for end in ("", ".xlsx", ".csv")]
    assert seen == {QUINN: [200] * 3, BEA: [200] * 3, SENIOR: [200] * 3, HEAD: [403] * 3, ADE: [403] * 3}


async def test_a_senior_leader_finds_them_and_no_page_of_the_programme(
    browser: Browser, parts: Parts, quarter: None
) -> None:
    await browser.sign_in(parts, SENIOR)
    links = {each.attrs["href"] for each in read((await browser.open("/inbox")).text).all("a") if "href" in each.attrs}
    assert "/programme/reports" in links
    inside = {each.attrs["href"] for each in read((await browser.open(PATH)).text).all("a") if "href" in each.attrs}
    assert not inside & {"/programme", "/programme/log", "/programme/people", "/programme/today"}


async def test_the_files_have_the_same_numbers_and_no_hidden_one(quarter: None, quinn: Browser, store: Store) -> None:
    rows = list(csv.reader(io.StringIO((await quinn.get(f"{PATH}.csv?period={Q}")).content.decode("utf-8-sig"))))
    assert ["Assessment", "July to September 2026", "8", "7", "6", "1", "1", "75", "at least 80%"] in rows
    assert ["Service", "Period", "Nominations"] in rows  # what is counted is what is compared: once, as on the page
    assert ["All", "July to September 2026", "Hidden"] in rows
    book = openpyxl.load_workbook(io.BytesIO((await quinn.get(f"{PATH}.xlsx?period={Q}")).content))
    sheet = book["Work done, and on time, service"]
    assert [each.value for each in sheet[2]] == ["All", "July to September 2026", 14, 13, 12, 1, 1, 86, "at least 80%"]
    assert len(events(store, "figures-exported")) == 2


async def test_figures_of_more_work_ask_no_more_of_the_database(quarter: None, quinn: Browser, store: Store) -> None:
    from sqlalchemy import event

    async def statements() -> int:
        counted: list[str] = []
        listener = lambda *given: counted.append(given[2])  # noqa: E731
        event.listen(store.engine, "before_cursor_execute", listener)
        await quinn.get(f"{PATH}?period={Q}")
        event.remove(store.engine, "before_cursor_execute", listener)
        return len(counted)

    await statements()
    few = await statements()
    for number in range(30):
        one(store, 400 + number, 1 + number % 2, date(2026, 8, 12), "green", 0)
    assert await statements() == few
