"""What `qabot framework coverage` prints: how each rule of a framework is carried out, and what by nothing."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.table import Table

from qabot.framework import Framework
from qabot.framework.coverage import NOT_BY_US, TEXT, WAITS, Coverage, Entry, covering
from qabot.messaging.values import plural


def widest(frameworks: Sequence[Framework], entries: Sequence[Entry]) -> list[tuple[Framework, Coverage]]:
    """Of the files for each council the one that leaves least to nothing, by council."""
    covered = [(each, covering(each, entries)) for each in frameworks]
    by_council = sorted(covered, key=lambda each: (each[1].council, len(each[1].by_nothing), each[0].framework))
    return [next(group) for _, group in groupby(by_council, key=lambda each: each[1].council)]


def lines(framework: Framework, coverage: Coverage) -> Iterator[str]:
    """The sums, and what is wrong."""
    done = [each for each in coverage.entries if each.by_us and each not in coverage.by_nothing]
    rules = plural(len(coverage.entries), "rule", "rules")
    of_how = {how: sum(each.how == how for each in coverage.entries) for how in (WAITS, NOT_BY_US)}
    yield f"{framework.framework}: {framework.title}"
    if not coverage.council:
        yield "None of its rules stand in the catalogue of frameworks, so there is nothing to hold it against."
        return
    yield (
        f"{rules} of {coverage.council}: {len(done)} carried out, {of_how[NOT_BY_US]} not by us, {of_how[WAITS]} wait, "
        f"{len(coverage.by_nothing)} carried out by nothing."
    )
    for entry in coverage.by_nothing:
        said = f"the catalogue says by a {entry.how}, and " if entry.by_us else ""
        yield f"Carried out by nothing: {entry.id} ({entry.what}; {said}{_ways(coverage, entry)})"
    for path, rule in coverage.unknown:
        yield f"{framework.place(path).problem(path, f'the catalogue has no rule {rule!r}')}"


def _ways(coverage: Coverage, entry: Entry) -> str:
    ways = [each for each in coverage.ways.get(entry.cited, ()) if each != TEXT]
    return f"the file cites it as {' and '.join(ways)}" if ways else "nothing in the file cites it"


def table(coverage: Coverage) -> Table:
    """Each rule with its flag, how it is carried out, and what it is; or why it is not."""
    made = Table(show_header=True, box=None, padding=(0, 1, 0, 0))
    for heading in ("Rule", "Flag", "How", "What"):
        made.add_column(heading, overflow="fold", no_wrap=heading == "Rule")
    for entry in coverage.entries:
        how = "nothing" if entry in coverage.by_nothing else entry.how
        made.add_row(entry.id, entry.flag, how, f"{entry.what}\n{entry.why}" if entry.why else entry.what)
    return made
