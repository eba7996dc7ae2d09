"""Long forms: questions that belong together, in sections, in a file of their own under `forms/`.

`ask: [forms/file-check]` asks all of `forms/file-check.yaml`, in its order and words. Each of
its questions is one like any other from then on, called by the form's name and its number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from qabot.errors import BadFile
from qabot.framework.base import Hyphened, RuleId
from qabot.framework.duties import Question, Scale
from qabot.framework.source import KeyPath, Tree, read

FORMS = "forms/"
"""Begins what asks a whole form."""
ASKING = ("activities", "duties")


class FormSection(Hyphened):
    """Questions of one kind: their words in order, and what answers each of them, as of a question."""

    title: str = Field(default="", description="What stands above them.")
    ask: tuple[str, ...] = Field(min_length=1, description="The words of each question, in order.")
    called: str | None = Field(
        default=None, description="The name of its question, where others must name it. Only of a single one."
    )
    hint: str = Field(default="", description="A hint below each of them.")
    type: Literal["tick", "date", "person", "number", "text"] | None = Field(
        default=None, description="As a question's."
    )
    choice: dict[str, str] = Field(default_factory=dict, description="As a question's.")
    scale: str | None = Field(default=None, description="As a question's: a scale of this form, or of the file.")
    rows: dict[str, Literal["date", "person", "text"]] = Field(default_factory=dict, description="As a question's.")
    most: int = Field(default=4, ge=1, le=6, description="As a question's.")
    optional: bool = Field(default=False, description="As a question's.")

    def question(self, label: str, rule: str) -> Question:
        """One of its questions. Raises `ValueError` as a question does."""
        own = {name: getattr(self, name) for name in self.model_fields_set & Question.model_fields.keys()}
        return Question(label=label, rule=rule, **own)


class LongForm(Hyphened):
    """A form of a file of its own."""

    title: str = Field(description="Its title, for people.")
    rule: RuleId = Field(description="The rule that it comes from.")
    minutes: int = Field(default=2, ge=1, le=60, description="About how long it takes, as people are told beforehand.")
    scales: dict[str, Scale] = Field(
        default_factory=dict, description="Scales that its questions are answered on: see a scale."
    )
    sections: tuple[FormSection, ...] = Field(min_length=1, description="Its questions in order: see a section.")

    def questions(self, name: str) -> dict[str, Question]:
        """Its questions by name, in order: numbered through all sections. Raises `ValueError`."""
        made: dict[str, Question] = {}
        for section in self.sections:
            if section.called is not None and len(section.ask) > 1:
                raise ValueError(f"{section.called!r} is called so, and has {len(section.ask)} questions: expected one")
            for label in section.ask:
                made[section.called or f"{name}-{len(made) + 1}"] = section.question(label, self.rule)
        return made

    def section_of(self, name: str) -> dict[str, str]:
        """What stands above each of its questions, by its name and in order. Cards ask it, so it is cheap."""
        titles: dict[str, str] = {}
        for section in self.sections:
            for _ in section.ask:
                titles[section.called or f"{name}-{len(titles) + 1}"] = section.title
        return titles


def expanded(ask: Sequence[str], forms: Mapping[str, LongForm]) -> tuple[str, ...]:
    """What is asked, with each form's questions in the place of the form."""
    names: list[str] = []
    for each in ask:
        form = each.removeprefix(FORMS)
        names += list(forms[form].questions(form)) if each != form and form in forms else [each]
    return tuple(names)


def collapsed(ask: Sequence[str], forms: Mapping[str, LongForm]) -> tuple[str, ...]:
    """The other way: each form in the place of its questions, as a file says it."""
    left = list(ask)
    for name, form in forms.items():
        own = list(form.questions(name))
        at = next((at for at in range(len(left)) if left[at : at + len(own)] == own), None)
        if at is not None:
            left[at : at + len(own)] = [f"{FORMS}{name}"]
    return tuple(left)


def attach(tree: Tree, folders: Sequence[Path]) -> Tree:
    """The tree with every form that it asks, read from `forms/` in these folders; a later one goes first.

    Raises `BadFile` with every form that is not there.
    """
    given = tree.value.get("forms")
    own: dict[str, Tree] = dict(given.value) if given is not None and isinstance(given.value, dict) else {}
    problems = []
    for path, form in _asked(tree):
        name = str(form.value).removeprefix(FORMS)
        if name in own:
            continue
        file = _file(name, folders)
        if file is None:
            known = sorted({each.stem for folder in folders for each in (folder / FORMS).glob("*.yaml")})
            what = f"there is no file forms/{name}.yaml; known: {', '.join(known) or 'none'}"
            problems.append(form.place.problem(path, what))
            continue
        own[name] = read(file)
    if problems:
        raise BadFile(problems)
    return replace(tree, value={**tree.value, "forms": Tree(own, tree.place)}) if own else tree


def _file(name: str, folders: Sequence[Path]) -> Path | None:
    """The form of this name. A name that leads out of the folder is none: any file here would be read, and told."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return None
    return next((each for folder in reversed(folders) if (each := folder / FORMS / f"{name}.yaml").is_file()), None)


def _asked(tree: Tree) -> Iterator[tuple[KeyPath, Tree]]:
    """Every place that asks a whole form."""
    for section in ASKING:
        entries = tree.value.get(section)
        for name, entry in _members(entries).items():
            ask = _members(entry).get("ask")
            for number, each in enumerate(ask.value if ask is not None and isinstance(ask.value, list) else ()):
                if isinstance(each.value, str) and each.value.startswith(FORMS):
                    yield (section, name, "ask", number), each


def _members(tree: Tree | None) -> dict[str, Any]:
    return tree.value if tree is not None and isinstance(tree.value, dict) else {}
