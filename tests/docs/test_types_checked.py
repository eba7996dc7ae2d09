"""mypy reads every module of the tree, the tests among them."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_folder_with_python_in_it_is_left_out() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert settings["strict"]
    read = {each for pattern in settings["files"] for each in ROOT.glob(pattern)}
    modules = [each for top in ROOT.glob("[a-z]*/") for each in top.rglob("*.py") if "node_modules" not in each.parts]
    assert len(modules) > 500
    assert [each for each in modules if not read & set(each.parents)] == []
