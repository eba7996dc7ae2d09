"""The lock file: each package is pinned for whichever pip reads it."""

from deploy.adapters import ROOT
from deploy.audit import pins
from deploy.lock import EXTRAS, with_plain_pins
from deploy.runtime_parts import entries

COMPILED = """\
black==1.0 \\
    --hash=sha256:a
white[big, red]==2.0 ; python_version < '4' \\
    --hash=sha256:b \\
    --hash=sha256:c
yellow==3.0 \\
    --hash=sha256:d
"""


def test_what_is_wanted_with_extras_is_pinned_without_them_too() -> None:
    both = with_plain_pins(COMPILED)
    assert pins(both) == {"black": "1.0", "white": "2.0", "yellow": "3.0"}
    white = "white{}==2.0 ; python_version < '4' \\\n    --hash=sha256:b \\\n    --hash=sha256:c\n"
    assert entries(both)["white"] == white.format("") + white.format("[big, red]")
    assert both.count("--hash") == COMPILED.count("--hash") + 2


def test_ours_pins_both_alike() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    with_extras = {match[1]: match[3] for match in EXTRAS.finditer(lock)}
    assert "pydantic" in with_extras
    for name, rest in with_extras.items():
        assert f"\n{name}{rest}" in lock, name
