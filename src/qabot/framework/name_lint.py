"""What can be wrong with a name: it could not be told from what stands around it in a moment, a table or an address."""

import re
from collections.abc import Iterable, Iterator

from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import is_made

Found = tuple[KeyPath, str]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
LONGEST = 60
EXPECTED = (
    "this is no name: expected letters, digits, hyphens and underscores, a letter first and at most "
    f"{LONGEST} in all, such as 'second-look'"
)


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong. What the service itself calls something is not asked."""
    sections: dict[str, Iterable[str]] = {
        "scales": framework.scales,
        "roles": framework.roles,
        "activities": framework.activities,
        "samples": framework.samples,
        "questions": [each for each in framework.questions if not framework.forms_of([each])],
        "duties": [each for each in framework.duties if not is_made(framework, each)],
        "gatherings": framework.gatherings,
        "events": framework.events,
        "ladders": framework.ladders,
    }
    for section, names in sections.items():
        yield from (((section, name), EXPECTED) for name in names if not is_name(name))


def is_name(text: str) -> bool:
    """Whether something in a file can be called so."""
    return bool(NAME.fullmatch(text)) and len(text) <= LONGEST
