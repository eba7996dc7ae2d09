"""The rules by which this database was last worked: what a file says otherwise by now is said, whoever changed it.

A council's file may extend one that ships: a newer version changes rules in it that nobody of the council has touched.
"""

import json
from collections.abc import Iterator
from hashlib import sha256

from sqlmodel import Session

from qabot.framework import Framework
from qabot.messaging.values import join_and, plural
from qabot.models import Meta
from qabot.models.columns import insert_new
from qabot.workflows.core.unit import Unit

KEY = "rules-in-force"
WHOLE = "the whole file"
FEW = 5
"""So many of a section are named."""


def note(unit: Unit) -> None:
    """Keep the rules as they are now, and say in the log what differs from those of the last start."""
    what = said(unit.session, unit.framework)
    if what:
        unit.event("rules-changed", why=what)
    insert_new(unit.session, Meta, [{"key": KEY, "value": ""}])
    row = unit.session.get_one(Meta, KEY)
    row.value = json.dumps(digests(unit.framework))
    unit.session.add(row)


def said(session: Session, framework: Framework) -> str:
    """What differs from the rules by which this database was last worked, by section; "" if nothing, or nobody knows.

    "Ladders: late-alert has changed; duties: alert is new".
    """
    row = session.get(Meta, KEY)
    before = json.loads(row.value) if row is not None and row.value else None
    return "; ".join(_sections(before, digests(framework))) if before is not None else ""


def _sections(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> Iterator[str]:
    for section in {**before, **now}:
        old, new = before.get(section, {}), now.get(section, {})
        parts = [
            _part([name for name in new if name in old and old[name] != new[name]], "has changed", "have changed"),
            _part([name for name in new if name not in old], "is new", "are new"),
            _part([name for name in old if name not in new], "is gone", "are gone"),
        ]
        if any(parts):
            yield f"{section.replace('_', ' ')}: {', '.join(filter(None, parts))}"


def _part(names: list[str], one: str, many: str) -> str:
    if not names:
        return ""
    rest = [plural(len(names) - FEW, "other", "others")] if len(names) > FEW else []
    return f"{join_and([*names[:FEW], *rest])} {one if len(names) == 1 else many}"


def digests(framework: Framework) -> dict[str, dict[str, str]]:
    """Of each entry of each section something that is another once what it says is. A default says nothing."""
    sections: dict[str, dict[str, str]] = {WHOLE: {}}
    for name, section in framework.model_dump(mode="json", by_alias=True, exclude_defaults=True).items():
        entries = section if isinstance(section, dict) else {name: section}
        # What was asked besides, or opened by a file before this one, stands beside the file's own.
        own = {
            each: value for each, value in entries.items() if entries is not section or framework.stands((name, each))
        }
        digests = {
            each: sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12] for each, value in own.items()
        }
        sections.setdefault(name if entries is section else WHOLE, {}).update(digests)
    sections[WHOLE].pop("extends", None)
    return sections
