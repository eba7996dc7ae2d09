"""What takes long comes early, and nothing is lost on the way."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.support.in_order import COUNT_AS, put_in_order

ROOT = Path(__file__).parents[2]


def test_files_with_few_long_tests_come_as_early_as_those_with_many() -> None:
    slow, counts_as = next(iter(COUNT_AS.items()))
    sizes = {"few.py": 2, "more.py": counts_as - 1, "many.py": counts_as + 1, slow: 3}
    items = [SimpleNamespace(nodeid=f"{file}::test_{number}") for file, size in sizes.items() for number in range(size)]
    put_in_order(cast(Any, ordered := [*items]))
    assert list(dict.fromkeys(each.nodeid.split("::")[0] for each in ordered)) == ["many.py", slow, "more.py", "few.py"]
    for file in sizes:
        of_file = [each for each in items if each.nodeid.startswith(f"{file}::")]
        assert [each for each in ordered if each.nodeid.startswith(f"{file}::")] == of_file


def test_what_is_said_to_take_long_is_there() -> None:
    assert [each for each in COUNT_AS if not (ROOT / each).is_file()] == []
