"""Looking up what a row may lack: no number stands for "none"."""

import re
from pathlib import Path

from qabot.models.look_up import by_id

INSTEAD_OF_NONE = re.compile(r"_id\)? or 0\b")


def test_a_number_that_is_not_there_finds_nothing() -> None:
    assert by_id({1: "one"}, 1) == "one"
    assert by_id({1: "one"}, 2) is None
    assert by_id({1: "one"}, None) is None


def test_what_stands_instead_is_said() -> None:
    assert by_id({1: "one"}, None, "nobody") == "nobody"
    assert by_id({1: "one"}, 2, "nobody") == "nobody"
    assert by_id({0: "the number nought"}, None, "nobody") == "nobody"


def test_no_code_takes_nought_for_no_number() -> None:
    """Tests run at the root of the repository."""
    files = [path for folder in ("src", "adapters") for path in Path(folder).rglob("*.py")]
    found = [str(path) for path in files if INSTEAD_OF_NONE.search(path.read_text("utf-8"))]
    assert found == []
