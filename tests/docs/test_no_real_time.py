"""No test depends on how fast the machine is: only `tests/support/waiting.py` waits, and it waits for what happens.

A line that needs the machine's time all the same (a signature's time stamp, say) ends with `# real time: why`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WAITING = TESTS / "support" / "waiting.py"
LEAST = 60
"""A limit in seconds that only ends what hangs; 0 is "not at all"."""
CLOCKS = {"time.time", "time.monotonic", "time.perf_counter", "time.process_time", "time.monotonic_ns", "time.time_ns"}
LIMITED = {"timeout", "total", "deadline"}


def files() -> list[Path]:
    return [path for path in sorted(TESTS.rglob("*.py")) if path != WAITING and "node_modules" not in path.parts]


def name(node: ast.expr) -> str:
    """`time.sleep` of a call's function, as it is written."""
    return ast.unparse(node)


def short(node: ast.expr | None) -> bool:
    """A limit written as a number of seconds that a busy machine may need."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and 0 < node.value < LEAST


def problems(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and name(node) in CLOCKS:
            yield (
                node.lineno,
                f"{name(node)} reads the machine's clock: move the council's clock, or count what happens",
            )
        if not isinstance(node, ast.Call):
            continue
        function, first = name(node.func), node.args[0] if node.args else None
        limits = [each.value for each in node.keywords if each.arg in LIMITED]
        if function in {"time.sleep", "sleep"} or (
            function == "asyncio.sleep" and not (isinstance(first, ast.Constant) and first.value == 0)
        ):
            yield node.lineno, f"{function} waits for time to pass: wait for what happens (tests/support/waiting.py)"
        if function in {"asyncio.wait_for", "asyncio.timeout"}:
            limits.append(node.args[-1] if node.args else ast.Constant(0))
        if any(short(each) for each in limits):
            yield node.lineno, f"{function} gives up soon: use LONG of tests/support/waiting.py"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_depends_on_real_time(path: Path) -> None:
    source = path.read_text()
    lines = source.splitlines()
    assert [
        f"{path.relative_to(TESTS)}:{number}: {what}"
        for number, what in problems(ast.parse(source))
        if "# real time: " not in lines[number - 1]
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        "time.sleep(0.1)",
        "await asyncio.sleep(0.05)",
        "start = time.monotonic()",
        "await asyncio.wait_for(done.wait(), 15)",
        "process.wait(timeout=5)",
        "queue.get(timeout=0.5)",
        "async with asyncio.timeout(3): pass",
    ],
)
def test_what_depends_on_real_time_is_seen(line: str) -> None:
    assert len(list(problems(ast.parse(f"async def test():\n    {line}")))) == 1


@pytest.mark.parametrize(
    "line", ["await asyncio.sleep(0)", "await asyncio.wait({task}, timeout=0)", "process.wait(LONG)"]
)
def test_what_does_not_is_let_be(line: str) -> None:
    assert list(problems(ast.parse(f"async def test():\n    {line}"))) == []
