"""Nominations and feedback by month and by service: drawn, as a file, and so that nobody can be singled out."""

import csv
import io
from datetime import UTC, date, datetime
from itertools import combinations, product, takewhile
from pathlib import Path

from qabot.models import Nomination
from qabot.planning.suppression import FLOOR, numbers_shown
from tests.support.surveyed import framework
from tests.support.web_platform import OnWeb, on_web

NUMBERS = (0, 1, 2, 4, 5, 7, 12)


def test_what_is_hidden_cannot_be_worked_out() -> None:
    for numbers in product(NUMBERS, repeat=4):
        known = dict(zip("abcd", numbers, strict=True))
        shown = numbers_shown(known)
        hidden = [name for name, number in shown.items() if number is None]
        assert all(shown[name] == known[name] for name in known if name not in hidden)
        assert all(number == 0 or number >= FLOOR for number in shown.values() if number is not None)
        rest = sum(known[name] for name in hidden)
        assert len(hidden) != 1, known
        assert rest == 0 or rest >= FLOOR or sum(numbers) < FLOOR, known


def test_the_same_sizes_are_hidden_alike_whatever_they_are_called() -> None:
    for first, second in combinations(NUMBERS, 2):
        shown = numbers_shown({"a": first, "b": second})
        assert list(numbers_shown({"b": second, "a": first}).values()) == list(shown.values())[::-1]


def nominate(web: OnWeb, day: date, nominee: str, count: int) -> None:
    ids = web.world.ids
    with web.world.nodes[0].store.transaction() as session:
        for number in range(count):
            session.add(
                Nomination(
                    nominee_id=ids[nominee],
                    nominator_id=ids["quinn"],
                    submitted_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                    seen_on=day,
                    what="Something good",
                    difference="It helped",
                    seen_in="An audit",
                    once=f"{day}{nominee}{number}",
                )
            )


async def test_nominations_are_drawn_by_month_and_by_service(tmp_path: Path) -> None:
    async with on_web(tmp_path, framework(tmp_path)) as web:  # 23 November 2026
        for day, nominee, count in (
            (date(2026, 4, 3), "sofia", 8),
            (date(2026, 5, 4), "ewan", 6),
            (date(2026, 7, 3), "sofia", 9),
            (date(2026, 9, 3), "wanda", 2),
            (date(2026, 10, 3), "sofia", 9),  # of a quarter that is not over
            (date(2025, 9, 30), "sofia", 9),  # longer ago
        ):
            nominate(web, day, nominee, count)
        page = await web.open("quinn", "/surveys/months")
        assert "All services: Oct 25 0, " in page.words
        assert "Apr 26 8, May 26 6, Jun 26 0, Jul 26 9, Aug 26 0, Sep 26 hidden" in page.words
        assert "All services 0 0 14 hidden Children in Care 0 0 6 hidden Safeguarding 0 0 8 hidden" in page.words
        assert "Sofia" not in page.words
        file = await web.browsers["quinn"].get("/surveys/months.csv")
        rows = list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))
        assert ["Nominations", "Quarter", "2026-04-01", "Children in Care", "6"] in rows
        assert ["Nominations", "Month", "2026-09-01", "All services", "hidden"] in rows
        for person in ("ade", "mina", "sofia"):
            assert (await web.open(person, "/surveys/months")).status == 403
            assert (await web.browsers[person].get("/surveys/months.xlsx")).status_code == 403


async def test_what_one_page_hides_of_nominations_the_other_does_not_tell(tmp_path: Path) -> None:
    """Eleven of a quarter less the nine of July, which the figures say, would be the two of September."""
    async with on_web(tmp_path, framework(tmp_path)) as web:  # 23 November 2026
        for day, nominee, count in (
            (date(2026, 1, 9), "sofia", 6),
            (date(2026, 2, 9), "ewan", 7),
            (date(2026, 3, 9), "wanda", 4),
            (date(2026, 4, 3), "sofia", 5),
            (date(2026, 5, 3), "ewan", 3),
            (date(2026, 6, 3), "sofia", 2),
            (date(2026, 7, 3), "sofia", 9),
            (date(2026, 9, 3), "wanda", 2),
        ):
            nominate(web, day, nominee, count)
        told = await _as_file(web, "/surveys/months.csv")
        here = {(kind, day, of): many for what, kind, day, of, many in told[1:] if what == "Nominations"}
        for start in (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)):
            figures = await _of_figures(web, f"quarter-{start:%Y-%m}")
            services = {of: many for (kind, day, of), many in here.items() if (kind, day) == ("Quarter", f"{start}")}
            assert services["All services"] == figures.pop("All")
            assert {name: services[name] for name in figures} == figures
            for month in range(start.month, start.month + 3):
                figures = await _of_figures(web, f"month-2026-{month:02}")
                assert here["Month", f"{date(2026, month, 1)}", "All services"] == figures["All"]
        hidden = [day for (kind, day, of), many in here.items() if (kind, many) == ("Month", "hidden")]
        assert hidden == ["2026-03-01", "2026-05-01", "2026-06-01", "2026-09-01"]


async def _as_file(web: OnWeb, path: str) -> list[list[str]]:
    await web.open("quinn", "/surveys/months")
    return list(csv.reader(io.StringIO((await web.browsers["quinn"].get(path)).text.lstrip("\ufeff"))))


async def _of_figures(web: OnWeb, period: str) -> dict[str, str]:
    """Nominations of a period by service, as the file of its figures has them."""
    rows = await _as_file(web, f"/programme/figures.csv?period={period}")
    start = rows.index(["Good practice that was told of, service"])
    table = list(takewhile(bool, rows[start + 2 :]))
    return {name: many.lower() for name, when, many in table if when == table[0][1]}
