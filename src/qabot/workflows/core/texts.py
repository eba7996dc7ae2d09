"""What people write in words of their own, checked before any verb sees it: on every form, behind every typed word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, func, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.messaging import form as forms
from qabot.messaging.form import LOOK_ALIKE, LOOK_ALIKES, Field, Form
from qabot.messaging.identifiers import Hit, find
from qabot.messaging.typed import folded
from qabot.models import Audit
from qabot.workflows.core.unit import Unit

TYPED = "typed word"
ANY_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """A form that came back: `values` as they were given, `clean` ones, `errors` by field.

    `hits` are identifiers that were found, by field; `excuse` says what they are instead, if somebody said so.
    """

    form: Form
    values: dict[str, Any]
    clean: dict[str, Any]
    errors: dict[str, str]
    hits: Mapping[str, Sequence[Hit]]
    excuse: str

    def again(self, errors: Mapping[str, str] | None = None) -> OpenForm:
        """The same form, with what was given and what is wrong."""
        shown = forms.asking_what_it_is(self.form) if self._look_alike() else self.form
        return OpenForm(replace(shown, values=self.values, errors=dict(self.errors if errors is None else errors)))

    def once_more(self, form: Form) -> OpenForm:
        """The form that a verb answered with; what was said of look-alikes stands on it too."""
        return OpenForm(replace(forms.asking_what_it_is(form) if self.excuse else form, values=self.values))

    def count_blocked(self, unit: Unit) -> None:
        """Count what was stopped, by form, field and kind; neither the text nor the person is kept."""
        if stopped := {name: each for name, each in self.hits.items() if name in self.errors}:
            unit.event("text-blocked", why=self.form.name, fields=sorted(stopped), kinds=_kinds(stopped))

    def note_kept(self, unit: Unit, person_id: int) -> None:
        """Who kept what looks like a postcode or a phone number, and what they said it is."""
        if self.hits:
            said = LOOK_ALIKES[self.excuse]
            unit.event("look-alike-kept", actor=person_id, why=said, form=self.form.name, kinds=_kinds(self.hits))

    def _look_alike(self) -> bool:
        return any(hit.overridable for each in self.hits.values() for hit in each)


def look_at(unit: Unit, form: Form, values: Mapping[str, Any]) -> Given:
    """What was given on a form, checked."""
    form = forms.with_reference(form, unit.framework.council.case_reference)
    given = dict(values)
    excuse = next((key for key in LOOK_ALIKES if key == given.get(LOOK_ALIKE)), "")
    clean, errors = forms.check(form, given, excused=bool(excuse))
    return Given(form, given, clean, errors, forms.identifiers(form, given), excuse)


def look_at_texts(unit: Unit, name: str, texts: Mapping[str, str], excuse: str = "") -> Given:
    """Texts of a page that is no form of ours, by field, checked as those of the form `name`; of any length."""
    fields = tuple(Field(each, each, "long-text", required=False, max_length=ANY_LENGTH) for each in texts)
    return look_at(unit, Form(name, name, fields), {**texts, LOOK_ALIKE: excuse})


def with_references(unit: Unit, reply: Reply) -> Reply:
    """The reply; a form in it takes the council's case references for what they are."""
    if isinstance(reply, OpenForm):
        return OpenForm(forms.with_reference(reply.form, unit.framework.council.case_reference))
    return reply


def refuse_typed(unit: Unit, typed: str) -> Say | None:
    """What is said to somebody who typed an identifier in a chat; None to everybody else."""
    hits = find(typed, case_reference=unit.framework.council.case_reference)
    if not hits:
        return None
    unit.event("text-blocked", why=TYPED, fields=[], kinds=[hit.kind for hit in hits])
    return Say(typed_words(hits))


def named(unit: Unit, typed: str) -> Audit | None:
    """The audit whose reference somebody typed, with or without its hyphen and in any case."""
    return by_reference(unit.session, typed)


def by_reference(session: Session, typed: str) -> Audit | None:
    """The same, where only a database is at hand."""
    plain = folded(typed).upper()
    of_it = func.replace(func.upper(col(Audit.reference)), "-", "") == plain
    return session.exec(select(Audit).where(of_it)).first() if plain else None


def typed_words(hits: Sequence[Hit]) -> str:
    """What to say of it."""
    kinds = " and ".join(hit.kind for hit in hits)
    return (
        f"What you typed looks as if it holds an identifier ({kinds}), so nothing was done with it and qabot kept "
        "nothing of it. Please delete the message, because the chat keeps it."
    )


def _kinds(hits: Mapping[str, Sequence[Hit]]) -> list[str]:
    return sorted({hit.kind for each in hits.values() for hit in each})
