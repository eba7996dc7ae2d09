"""Half an emoji in a body loses nothing else of it; what is no JSON stays none."""

import pytest

from qabot.adapter_kit.bodies import read_json

HALF, WHOLE = "\\ud83d", "\\ud83d\\ude00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f'{{"a": "x{HALF}y", "b{HALF}": 1}}', {"a": "xy", "b": 1}),
        (f'{{"a": "{WHOLE}{HALF.upper().replace("U", "u", 1)}"}}', {"a": "\N{GRINNING FACE}"}),
        (f'"{WHOLE}"', "\N{GRINNING FACE}"),
    ],
)
def test_half_an_emoji_is_left_out(written: str, read: object) -> None:
    assert read_json(written) == read
    assert read_json(written.encode()) == read


@pytest.mark.parametrize(
    "body", ["{", f'{{"a": "{HALF}"', f'["{HALF}", NaN]', "[" * 100_000 + f'"{HALF}"', b"\xff\\ud"]
)
def test_what_is_no_json_is_refused(body: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(body)
