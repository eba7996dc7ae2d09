"""Forms of several pages while somebody fills them in. Kept in memory: a draft is never the record.

After a restart a draft is gone; the person is told so, and what stands on the page before them is kept.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

from qabot.messaging.form import Form, check

REMEMBERED = 500


@dataclass(slots=True)
class Draft:
    """A form, and what was written on its pages so far."""

    form: Form
    values: dict[str, Any] = field(default_factory=dict)

    def filled(self) -> Form:
        """The form with what was written as its first values."""
        return replace(self.form, values={**self.form.values, **self.values}, errors={})

    def wrong_on(self, names: set[str]) -> dict[str, str]:
        """What is wrong with the answers to these fields. What may be excused is asked about at the end."""
        fields = tuple(item for item in self.form.fields if item.name in names)
        return check(replace(self.form, fields=fields), self.values, excused=True)[1]


class Drafts:
    """The drafts of everybody, the oldest forgotten first."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    def begin(self, form: Form) -> str:
        """Keep a form; its key."""
        key = secrets.token_urlsafe(9)
        self._drafts[key] = Draft(form, dict(form.values))
        while len(self._drafts) > REMEMBERED:
            self._drafts.popitem(last=False)
        return key

    def find(self, key: str) -> Draft | None:
        """The draft, if it is still there."""
        return self._drafts.get(key)

    def end(self, key: str) -> None:
        """Forget a draft."""
        self._drafts.pop(key, None)
