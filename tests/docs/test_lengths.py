"""No module is longer than 400 lines, no function than 40: whoever opens one finds one thing in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

LONGEST = 400
LONGER = {
    "src/qabot/delivery/queries.py": "every statement of delivery stands here, by name, and nowhere else",
    "src/qabot/models/rows.py": "which columns of each table are read to be looked at, one list",
}
"""Longer for a reason. Migrations are too where they define many tables: nobody changes them again."""

LONGEST_FUNCTION = 40
LONGER_FUNCTIONS = {
    "src/qabot/wiring.py web_parts": "one line for each thing that the pages are given",
    "src/qabot/cli/simulate.py simulate": "most of it is the options with their help",
    "src/qabot/delivery/outbox.py claim": "its comments say why each step of a claim is there",
    "src/qabot/web/today.py _board": "one page's parts, each read once",
    "src/qabot/workflows/verbs/audits.py submit": "what follows from a submission, in the order that promises rest on",
    "src/qabot/workflows/cards/surveys.py view": "one field after the other of what a card of a survey shows",
    "src/qabot/workflows/programme/figure_items.py grades": "one figure with the sentences that explain it",
    "src/qabot/workflows/programme/pulses.py preview": "a card is drawn from rows that stand in no database",
    "src/qabot/workflows/programme/new_work.py make": "what new work is made of, in the order in which it is written",
    "src/qabot/workflows/core/subjects.py _subjects": "one field after the other of what is read in batches",
    "src/qabot/workflows/core/unit.py open_deadline": "its arguments and what they mean are half of it",
    "src/qabot/workflows/core/unit.py notify": "its arguments and what they mean are half of it",
    "adapters/teams/src/qabot_teams/settings.py _settings": "each setting with what is said if it is wrong",
}
"""Longer for a reason."""


def lines_of() -> dict[str, int]:
    """How long each module is, by its path."""
    return {str(each): len(each.read_text("utf-8").splitlines()) for each in modules()}


def modules() -> list[Path]:
    """All of the service and of its adapters, without migrations."""
    found = (*Path("src").rglob("*.py"), *Path("adapters").rglob("src/**/*.py"))
    return [each for each in found if each.parent.name != "versions"]


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """How long each function is, by its module's path and its name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_too_long() -> None:
    long = {path: count for path, count in lines_of().items() if count > LONGEST}
    assert set(long) - set(LONGER) == set(), "split it by meaning, or give the reason above"
    assert set(LONGER) - set(long) == set(), "this one is short enough: take it out of the list"


def test_no_function_is_too_long() -> None:
    long = {name for path in modules() for name, count in functions_of(path) if count > LONGEST_FUNCTION}
    assert long - set(LONGER_FUNCTIONS) == set(), "split it by meaning, or give the reason above"
    assert set(LONGER_FUNCTIONS) - long == set(), "this one is short enough: take it out of the list"


def test_the_design_names_every_package() -> None:
    design = Path("docs/design.md").read_text("utf-8")
    packages = {each.parent.relative_to("src/qabot") for each in Path("src/qabot").rglob("__init__.py")} - {Path()}
    assert [str(each) for each in sorted(packages) if f"| `{each}/` |" not in design] == []
    named = {
        line.split("`")[1].rstrip("/") for line in design.splitlines() if line.startswith("| `") and "/` |" in line
    }
    assert sorted(named - {str(each) for each in packages}) == [], "this package is no more"


def test_the_formatter_lays_out_every_line() -> None:
    places = ("src", "adapters", "tests", "deploy", "benchmarks")
    marks = tuple(f"# fmt: {word}" for word in ("skip", "off", "on"))
    files = [path for place in places for path in Path(place).rglob("*.py") if "node_modules" not in path.parts]
    assert [str(path) for path in files if any(each in path.read_text("utf-8") for each in marks)] == []
