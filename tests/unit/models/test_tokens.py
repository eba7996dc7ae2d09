"""Tokens: opaque, safe in a URL, and no two alike, however many are made at once."""

import re

from qabot.models.columns import new_token, new_tokens


def test_many_tokens_look_like_one_and_differ() -> None:
    made = [*new_tokens(1000), new_token()]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in made)
    assert len(set(made)) == 1001
    assert new_tokens(0) == []
