"""All of England for a year: how many messages, when most of them at once, and what that asks of platforms and workers.

    python benchmarks/england.py [--whole 5] [--keep FILE] [--quick]

153 councils of 400 people. So many as `--whole` says are simulated whole, two at a time, each by one of the shipped
frameworks and with people, cases and answers of its own; the year of each other council is one of these, drawn among
those of its framework. So councils that were drawn alike have their busiest minute together: the peak is rather too
high than too low. `--whole 153` simulates them all. `--keep` is a file to which each year is added as it is done, and
from which years that are there are taken, so that a run can go on later. northumberland.yaml is left out: it asks
nobody for anything by itself.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from random import Random
from statistics import mean

from council_year import Year
from support import report

from qabot.adapter import Rate

COUNCILS, PEOPLE = 153, 400
FRAMEWORKS = ("newham", "qpi-board", "northamptonshire", "herefordshire", "newham-whole")
SCRIPT = Path(__file__).with_name("council_year.py")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `cores` is how many councils are simulated at a time."""

    councils: int
    people: int
    whole: int
    first: date
    last: date
    answering: str
    keep: Path | None
    cores: int = 2


@dataclass(frozen=True, slots=True)
class Peak:
    """When most messages come, and how many: `at` is a minute, an hour or a day in England, as its beginning."""

    at: str
    count: int


def whole_councils(plan: Plan) -> list[tuple[str, int]]:
    """Those that are simulated: framework and seed."""
    return [(FRAMEWORKS[number % len(FRAMEWORKS)], number // len(FRAMEWORKS) + 1) for number in range(plan.whole)]


def years(plan: Plan) -> list[Year]:
    """The years of those that are simulated whole: kept ones, and the others played now."""
    kept = list(_kept(plan))
    known = {(each.framework, each.seed): each for each in kept}
    missing = [each for each in whole_councils(plan) if each not in known]
    with ThreadPoolExecutor(plan.cores) as pool:
        for year in pool.map(lambda each: _play(plan, *each), missing):
            known[year.framework, year.seed] = year
            if plan.keep is not None:
                with plan.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(_as_json(year)) + "\n")
            print(f"{year.framework} {year.seed}: {year.notices:,} notices, {year.seconds:.0f} s", file=sys.stderr)
    return [known[each] for each in whole_councils(plan)]


def _kept(plan: Plan) -> Iterator[Year]:
    if plan.keep is None or not plan.keep.exists():
        return
    for line in plan.keep.read_text("utf-8").splitlines():
        year = Year(**json.loads(line))
        same = (year.people, year.first, year.last, year.answering)
        if same == (plan.people, plan.first.isoformat(), plan.last.isoformat(), plan.answering):
            yield year


def _as_json(year: Year) -> dict[str, object]:
    return {name: getattr(year, name) for name in Year.__dataclass_fields__}


def _play(plan: Plan, framework: str, seed: int) -> Year:
    words = [framework, str(seed), str(plan.people), plan.first.isoformat(), plan.last.isoformat(), plan.answering]
    done = subprocess.run([sys.executable, str(SCRIPT), *words], stdout=subprocess.PIPE, text=True, check=True)
    return Year(**json.loads(done.stdout))


def all_councils(plan: Plan, whole: Sequence[Year]) -> list[Year]:
    """Every council's year: the whole ones, and the others drawn among those of their framework."""
    random = Random(plan.councils)
    there = list(dict.fromkeys(each.framework for each in whole))
    drawn = [
        random.choice([each for each in whole if each.framework == there[number % len(there)]])
        for number in range(plan.councils - len(whole))
    ]
    return [*whole, *drawn]


def together(every: Sequence[Year], of: Callable[[Year], dict[str, int]]) -> Counter[str]:
    """What goes out in each minute in all of them."""
    found: Counter[str] = Counter()
    for each in every:
        found.update(of(each))
    return found


def peak(minutes: Counter[str] | dict[str, int], letters: int) -> Peak:
    """The busiest time: of minutes by all their letters, of hours by 13, of days by 10."""
    found: Counter[str] = Counter()
    for minute, count in minutes.items():
        found[minute[:letters]] += count
    at, count = max(found.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    return Peak(at, count)


MINUTE, HOUR, DAY = 16, 13, 10


def rates() -> dict[str, Rate]:
    """How fast each installed chat may be sent to, as its adapter has it, for one workspace or tenant."""
    return {each.name: each.load().rate for each in sorted(entry_points(group="qabot.limits"))}


def seconds(count: int, rate: Rate) -> float:
    """How long a platform takes so many messages, each to another person, if nothing else is sent."""
    return max((count / most * window for most, window in rate.everybody), default=0.0)


def a_second(count: int, rate: Rate) -> float:
    """How many of so many messages one council may send in the first second that is sustained."""
    return min([float(count), *(most / window for most, window in rate.everybody)])


def model(every: Sequence[Year], sent: Counter[str]) -> tuple[list[tuple[str, str, str]], dict[str, object]]:
    """What the busiest minute asks of platforms: rows for the table, and figures."""
    minute = peak(sent, MINUTE)
    own = [each.sent.get(minute.at, 0) for each in every]
    most = max(peak(each.sent, MINUTE).count for each in every)
    rows: list[tuple[str, str, str]] = []
    figures: dict[str, object] = {}
    for name, rate in rates().items():
        last, needed = seconds(most, rate), sum(a_second(each, rate) for each in own)
        rows += [
            (f"{name}: the busiest council's busiest minute is out after", f"{last:.0f} s", ""),
            (f"{name}: what all of them take at first, messages a second", f"{needed:,.0f}", ""),
        ]
        figures |= {f"{name}_seconds": round(last, 1), f"{name}_a_second": round(needed)}
    return rows, {"busiest_council_minute": most, **figures}


def show(plan: Plan, whole: Sequence[Year], took: float) -> None:
    """Everything as a table, and one JSON object on the last line."""
    every = all_councils(plan, whole)
    sent, redrawn = together(every, lambda each: each.sent), together(every, lambda each: each.redrawn)
    minute, hour, day = (peak(sent, letters) for letters in (MINUTE, HOUR, DAY))
    cpu = mean(each.seconds for each in whole)
    projected = cpu * plan.councils / plan.cores / 60
    of_model, figures = model(every, sent)
    rows = [
        ("councils, of which simulated whole", f"{plan.councils}, {len(whole)}", ""),
        ("frameworks", ", ".join(dict.fromkeys(each.framework for each in whole)), ""),
        ("notices in the year", f"{sum(each.notices for each in every):,}", ""),
        ("messages in the year (a digest is one)", f"{sent.total():,}", ""),
        ("redraws of messages in the year", f"{redrawn.total():,}", ""),
        (f"busiest minute, {minute.at}", f"{minute.count:,} messages, {minute.count / 60:,.0f} a second", ""),
        (f"busiest hour, {hour.at}", f"{hour.count:,}", ""),
        (f"busiest day, {day.at}", f"{day.count:,}", ""),
        ("redraws in their busiest minute", f"{peak(redrawn, MINUTE).count:,}", ""),
        *(
            (
                f"{each.framework} {each.seed}: notices, messages, busiest minute",
                f"{each.notices:,}, {sum(each.sent.values()):,}, {peak(each.sent, MINUTE).count:,}",
                "",
            )
            for each in whole
        ),
        *of_model,
        ("processor time for a council's year", f"{cpu:.0f} s", ""),
        (f"all {plan.councils} whole on {plan.cores} cores would take", f"{projected:.0f} min", "60 at most"),
        ("this run took", f"{took / 60:.1f} min", "60 at most"),
    ]
    figures |= {
        "councils": plan.councils,
        "whole": len(whole),
        "notices": sum(each.notices for each in every),
        "messages": sent.total(),
        "redraws": redrawn.total(),
        "minute": minute.count,
        "minute_at": minute.at,
        "hour": hour.count,
        "day": day.count,
        "day_at": day.at,
        "council_seconds": round(cpu, 1),
        "all_whole_minutes": round(projected, 1),
        "minutes": round(took / 60, 1),
    }
    report("england", f"{plan.councils} councils of {plan.people} people, {plan.first} to {plan.last}", rows, figures)


def asked() -> Plan:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--councils", type=int, default=COUNCILS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--whole", type=int, default=len(FRAMEWORKS), help="how many are simulated whole")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 10, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2027, 9, 30))
    parser.add_argument("--answering", default="most", choices=["most", "late", "all", "none"])
    parser.add_argument("--keep", type=Path, help="a file of years (JSON Lines) to take from and to add to")
    parser.add_argument("--quick", action="store_true", help="a small run that shows that the measurement works")
    given = parser.parse_args()
    if given.quick:
        return Plan(6, 40, 2, date(2026, 10, 1), date(2026, 10, 2), "none", None)
    return Plan(
        given.councils,
        given.people,
        min(given.whole, given.councils),
        given.first,
        given.last,
        given.answering,
        given.keep,
        min(2, os.cpu_count() or 1),
    )


def main() -> None:
    """Play, draw, count."""
    plan = asked()
    started = time.perf_counter()
    whole = years(plan)
    show(plan, whole, time.perf_counter() - started)


if __name__ == "__main__":
    main()
