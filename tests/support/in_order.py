"""In which order the files of tests are given to the processes that run them beside each other.

Whoever has the last file runs alone, so what takes long must not come last. A file takes as long as it has tests, which
is what pytest-xdist goes by too; but some have few tests that each take long. They come as early as a file with so many
tests as stand here, apart from each other: more than one browser at a time would keep both waiting.
"""

from collections import Counter

import pytest

COUNT_AS = {
    "tests/playground/test_playground.py": 62,
    "tests/unit/test_benchmarks.py": 50,
    "tests/browser/test_questions_in_browser.py": 52,
    "tests/acceptance/test_any_council.py": 49,
    "tests/faults/test_a_real_service.py": 46,
    "tests/browser/test_accessibility.py": 43,
    "tests/faults/test_workers.py": 39,
    "tests/browser/test_calendar_in_browser.py": 36,
    "tests/browser/test_real_demo.py": 33,
    "tests/acceptance/test_container.py": 31,
    "tests/acceptance/test_rules_act.py": 29,
    "tests/migration/test_migrations.py": 26,
    "tests/property/test_two_nodes.py": 20,
}
"""By file; whatever takes more than 20 seconds of a processor for fewer tests belongs here."""


def put_in_order(items: list[pytest.Item]) -> None:
    """By file, the longest first; the tests of a file stay in their order."""
    files = [each.nodeid.partition("::")[0] for each in items]
    count = Counter(files)
    place = {file: (-max(count[file], COUNT_AS.get(file, 0)), at) for at, file in reversed([*enumerate(files)])}
    items[:] = [item for item, _ in sorted(zip(items, files, strict=True), key=lambda each: place[each[1]])]
