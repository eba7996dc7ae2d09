"""Write what can be counted on the page of each council: what is carried out, what to confirm, and a year by its rules.

Run it with: python -m deploy.councils

A page is docs/councils/NAME.md of a framework that ships. What stands before the first mark and after the last one is
written by hand.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from deploy.language import ROOT, SHIPPED, shipped
from qabot.framework import Framework
from qabot.framework.activities import Activity
from qabot.framework.coverage import covering, read_catalogue
from qabot.framework.gatherings import Gathering
from qabot.framework.offsets import Offset
from qabot.framework.rhythms import Period, Rhythm
from qabot.framework.samples import Sample
from qabot.planning.windows import of_cycle

PAGES = ROOT / "docs" / "councils"
BEGIN, END = "<!-- made: python -m deploy.councils -->\n", "<!-- end of what is made -->\n"
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
"""The year that is worked: a financial year, with Christmas 2026 and Easter 2027 in it."""
Dated = tuple[date, str]


def framework_of(page: Path) -> Framework:
    """The framework of a page."""
    return next(each for each in shipped() if each.framework == page.stem)


def made(framework: Framework) -> str:
    """The part of a page that is made from the files."""
    sections = (*_carried_out(framework), *_to_confirm(framework), *_year(framework))
    return "\n\n".join("\n".join(each) for each in sections)


def _carried_out(framework: Framework) -> Iterator[list[str]]:
    coverage = covering(framework, read_catalogue([SHIPPED]))
    done = [each for each in coverage.entries if each.by_us]
    yield [f"## What it carries out\n\n{len(done)} of the {len(coverage.entries)} rules of the framework:"]
    yield [_row("Rule", "What", "How"), "|---|---|---|", *(_row(each.id, each.what, each.how) for each in done)]
    yield ["The others, and why not:"]
    left = [each for each in coverage.entries if not each.by_us]
    yield [_row("Rule", "What", "Why not"), "|---|---|---|", *(_row(each.id, each.what, each.why) for each in left)]


def _to_confirm(framework: Framework) -> Iterator[list[str]]:
    yield ["## What to confirm before go-live"]
    if framework.confirm:
        readings = (_row(name, text) for name, text in framework.confirm.items())
        yield [_row("Reference", "Reading"), "|---|---|", *readings]
    rules = {name: rule for name, rule in framework.rules.items() if rule.reading}
    rows = (_row(name, rule.text, rule.reading, rule.reference or "-") for name, rule in rules.items())
    yield [_row("Rule", "In our own words", "Reading", "Reference"), "|---|---|---|---|", *rows]


def _year(framework: Framework) -> Iterator[list[str]]:
    yield [
        f"## A year by its rules\n\nFrom {_day(FIRST)} {FIRST.year} to {_day(LAST)} {LAST.year}, without closure days:"
    ]
    rows = [_row("Month", "What happens on which day"), "|---|---|"]
    dated = sorted({each for each in _dated(framework) if FIRST <= each[0] <= LAST})
    for month, each in groupby(dated, key=lambda one: one[0].replace(day=1)):
        days = groupby(each, key=lambda one: one[0])
        said = "; ".join(f"**{_day(day)}**: {', '.join(what for _, what in group)}" for day, group in days)
        rows.append(_row(f"{month:%B %Y}", said))
    yield rows


def _dated(framework: Framework) -> Iterator[Dated]:
    for activity in framework.activities.values():
        yield from (one for period in _periods(activity.every) for one in _work(framework, activity, period))
    for sample in framework.samples.values():
        yield from (one for period in _periods(sample.every) for one in _draw(framework, sample, period))
    for gathering in framework.gatherings.values():
        if gathering.every is not None:
            yield from (one for each in _periods(gathering.every) for one in _meeting(framework, gathering, each))
    for duty in framework.duties.values():
        if duty.every is not None:
            yield from ((period.starts, f"given: {duty.title}") for period in _periods(duty.every))


def _periods(rhythm: Rhythm) -> Iterator[Period]:
    """Those that touch the year."""
    current = rhythm.period(FIRST - timedelta(days=1))
    start = current.starts if current is not None else rhythm.next_start(FIRST)
    while start is not None and start <= LAST:
        period = rhythm.period(start)
        if period is not None:
            yield period
        start = rhythm.next_start(start)


def _work(framework: Framework, activity: Activity, period: Period) -> Iterator[Dated]:
    calendar = framework.calendar()
    window = of_cycle(activity, period.starts, period.ends, calendar)
    yield calendar.roll(window.opens, "later"), f"given: {activity.plural}"
    yield window.due, f"due: {activity.plural}"


def _draw(framework: Framework, sample: Sample, period: Period) -> Iterator[Dated]:
    calendar = framework.calendar()
    drawn = calendar.roll(period.ends + timedelta(days=1), "later")
    due = sample.due.day({"drawn": drawn}, calendar)
    yield drawn, f"drawn: {sample.title}"
    if due is not None and "drawn" in sample.due.anchors:
        yield due, f"due: {sample.title}"


def _meeting(framework: Framework, gathering: Gathering, period: Period) -> Iterator[Dated]:
    calendar = framework.calendar()
    day = calendar.roll(period.starts, "later")
    yield day, gathering.title
    for brought in gathering.brings.values():
        due = brought.due.day({"day": day}, calendar) if isinstance(brought.due, Offset) else None
        if due is not None:
            yield calendar.roll(due, "earlier"), f"due: {brought.title}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def page(text: str, framework: Framework) -> str:
    """A page with what is made between its marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{made(framework)}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write every page anew."""
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(page(path.read_text("utf-8"), framework_of(path)), "utf-8")


if __name__ == "__main__":
    main()
