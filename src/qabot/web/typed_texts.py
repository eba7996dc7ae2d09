"""Texts that are typed on pages that are no forms: what only looks like an identifier may be said to be none."""

from collections.abc import Iterable, Mapping

from qabot.messaging.form import Form, asking_what_it_is
from qabot.messaging.identifiers import find


def what_it_is(texts: Iterable[str], excuse: str) -> Mapping[str, object]:
    """What the page asks beside these texts, if one of them looks like an identifier and may be none; else nothing.

    The question as `field`, and what was answered as `chosen`.
    """
    if not any(hit.overridable for text in texts for hit in find(text)):
        return {}
    (field,) = asking_what_it_is(Form("", "", ())).fields
    return {"field": field, "chosen": excuse}
