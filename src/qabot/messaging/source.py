"""Reading one message file: its front matter, its Jinja2 and its Markdown, with every fault at its line.

What can be wrong is found here, at start, and not when an alert is due: unknown keys and buttons, unknown variables and
attributes (in every branch), and Markdown that a card cannot show.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from qabot.errors import BadFile, Problem
from qabot.messaging import views
from qabot.messaging.card import Lane
from qabot.messaging.front_matter import COLUMNS, LISTS, NEEDED, key_fault
from qabot.messaging.line_ends import keep_line_ends
from qabot.messaging.skeleton import PLACEHOLDER, PLACEHOLDERS, ROWS, parse, parse_line, placeholder
from qabot.messaging.values import FILTERS, shown
from qabot.whole_files import text_of

VALUES = "_values"
"""The name under which a render's values are collected; no message file can use it."""

PRACTITIONERS = frozenset({"practitioner", "social-worker", "team", "everyone", "whoever owes it", "whoever is told"})
"""Audiences that may be the person whose work was audited: their messages never show a grade."""
ANYTHING = "a value whose name is put together"
"""What a message may show that names what it shows by an expression."""
SECRETS = {"grade": "the grade", "alert": "the alert", "layer": "why it was looked at again", ANYTHING: ANYTHING}
"""What gives a grade away, as a message file names it and in words: there is an alert of some grades only."""
_BY_ATTRIBUTE = frozenset({"attr", "groupby", "map", "max", "min", "rejectattr", "selectattr", "sort", "sum", "unique"})
"""Filters that read an attribute by its name."""

VIEWS: dict[str, type[Any] | None] = {
    "recipient": views.PersonView,
    "hello": None,
    "council": views.Council,
    "links": views.Links,
    "today": None,
    "items": None,
    "item": views.Item,
    "audit": views.AuditView,
    "deadline": views.DeadlineView,
    "alert": views.AlertView,
    "moderation": views.ModerationView,
    "nomination": views.NominationView,
    "row": views.RowView,
    "help": views.HelpView,
    "occasion": views.OccasionView,
    "survey": views.SurveyView,
    "library": views.LibraryView,
    "cycle": views.CycleView,
    "params": None,
    "rows": None,
}
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Assign,
    nodes.Expr,
    nodes.Helper,
)


Compiled = tuple[Template, tuple[tuple[int, str], ...]]
"""A template, and what its author wrote, by line."""


class _RowsMark:
    """What `{{ rows }}` puts in: the place of the rows, not a value."""


ROWS_MARK = _RowsMark()


@pass_context
def _put_aside(context: Context, value: Any) -> str:
    if value.__class__ is not str:
        if value is ROWS_MARK:
            return ROWS
        if isinstance(value, StrictUndefined):
            str(value)  # raises the error that names it
    values: list[str] = context.parent[VALUES]
    index = len(values)
    values.append(shown(value))
    return PLACEHOLDERS[index] if index < len(PLACEHOLDERS) else placeholder(index)


_PLAIN = frozenset(view for view in VIEWS.values() if view is not None)


class _Sandbox(SandboxedEnvironment):
    """Jinja2's sandbox, with a short way to the fields of our own views, which hold nothing but data."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The attribute, or something undefined."""
        if obj.__class__ in _PLAIN and attribute[:1] != "_":
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def _environment() -> SandboxedEnvironment:
    made = _Sandbox(
        undefined=StrictUndefined, finalize=_put_aside, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    made.globals.clear()
    made.filters.update(FILTERS)
    return made


ENVIRONMENT = _environment()


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One message, read and checked.

    `title` is what lists call it, the same for everybody: its own key, else its heading with "…" for each value.
    `uses` are the variables it reads, `shows` the names of the attributes it reads, `constants` the texts inside its
    expressions. `by` says by what its rows are put together, `columns` what each is in a table, by label. `text` is all
    that its author wrote, by line, with placeholders for values: what the house style is held against. `key_lines` are
    the lines of the front matter's keys.
    """

    name: str
    path: Path
    lane: Lane
    summary: str
    sample: str
    body: Template
    title: str = ""
    rows: Template | None = None
    columns: tuple[tuple[str, Template], ...] = ()
    by: str = ""
    buttons: tuple[str, ...] = ()
    row_buttons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    shows: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    text: tuple[tuple[int, str], ...] = ()
    key_lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def for_practitioners(self) -> bool:
        """Whether the person whose work was audited may be among those who get it."""
        return bool(PRACTITIONERS & set(self.audience))

    @property
    def secrets(self) -> list[str]:
        """What it reads of what gives a grade away, in words; a condition on it tells it as well as its value."""
        return [words for name, words in SECRETS.items() if name in self.uses | self.shows]


def read(path: Path, *, buttons: Collection[str] | None = None) -> MessageFile:
    """The message in a file. Raises `BadFile` with every problem found; `buttons` are the known button names."""
    try:
        text = text_of(path)
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise BadFile([Problem(str(path), 0, 0, "", f"cannot be read as UTF-8 text: {why}")]) from wrong
    try:
        file = _read(path, text)
    except BadFile:
        if buttons is None:
            raise
    else:
        if buttons is None or {*file.buttons, *file.row_buttons} <= {*buttons}:
            return file
    # Once more, for every problem that it has: a button that is not known is told with all else.
    return _Reading(path, text, buttons).read()


# A text is parsed once in a process, however often it is wired: a hundred messages take a second of processor time.
@lru_cache(maxsize=1000)
def _read(path: Path, text: str) -> MessageFile:
    return _Reading(path, text, None).read()


class _Reading:
    def __init__(self, path: Path, text: str, buttons: Collection[str] | None) -> None:
        self.path = path
        self.source = text
        self.buttons = buttons
        self.problems: list[Problem] = []
        self.uses: set[str] = set()
        self.shows: set[str] = set()
        self.constants: set[str] = set()

    def read(self) -> MessageFile:
        front, start, body = self._split()
        matter = self._front_matter(front)
        self._keys(matter)
        compiled = self._template(body, start, line_only=False)
        row_line = matter.lc.value("rows")[0] + 2 if "rows" in matter else 0
        rows = self._template(matter["rows"], row_line, line_only=True) if isinstance(matter.get("rows"), str) else None
        columns = self._columns(matter)
        if self.problems or compiled is None:
            raise BadFile(sorted(set(self.problems), key=lambda problem: (problem.line, problem.column)))
        lists = {key: tuple(str(each) for each in matter.get(key) or ()) for key in LISTS}
        return MessageFile(
            name=self.path.stem,
            path=self.path,
            body=compiled[0],
            rows=rows[0] if rows else None,
            columns=tuple((label, made[0]) for label, made in columns),
            by=str(matter.get("by", "")),
            uses=frozenset(self.uses),
            shows=frozenset(self.shows),
            constants=frozenset(self.constants),
            text=(rows[1] if rows else ()) + tuple(said for _, made in columns for said in made[1]) + compiled[1],
            title=" ".join(str(matter.get("title", "")).split()) or _title(compiled[1], self.path.stem),
            lane=matter["lane"],
            sample=str(matter["sample"]),
            summary=" ".join(matter["summary"].split()),
            buttons=lists["buttons"],
            row_buttons=lists["row_buttons"],
            key_lines={key: matter.lc.key(key)[0] + 2 for key in matter},
            rules=lists["rules"],
            audience=lists["audience"],
        )

    def _wrong(self, line: int, what: str, *, column: int = 1, where: str = "") -> None:
        self.problems.append(Problem(str(self.path), line, column, where, what))

    def _split(self) -> tuple[str, int, str]:
        lines = self.source.splitlines()
        if not lines or lines[0].rstrip() != "---" or "---" not in (line.rstrip() for line in lines[1:]):
            what = "begins with front matter: a line ---, keys such as lane, and a line ---"
            raise BadFile([Problem(str(self.path), 1, 1, "", what)])
        end = next(at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
        return "\n".join(lines[1:end]), end + 2, "\n".join(lines[end + 1 :])

    def _front_matter(self, front: str) -> Any:
        try:
            matter = YAML(typ="rt").load(front)
        except MarkedYAMLError as wrong:
            mark = wrong.problem_mark
            line, column = (mark.line + 2, mark.column + 1) if mark else (1, 1)
            what = f"the front matter is not YAML: {wrong.problem}"
            raise BadFile([Problem(str(self.path), line, column, "", what)]) from wrong
        except (ValueError, TypeError, OverflowError, IndexError) as wrong:
            what = f"the front matter holds a day, a time or a number that does not exist ({wrong}); put it in quotes"
            raise BadFile([Problem(str(self.path), 2, 1, "", what)]) from wrong
        if not hasattr(matter, "lc") or not isinstance(matter, dict):
            raise BadFile([Problem(str(self.path), 2, 1, "", "the front matter is a list of keys such as lane: due")])
        return matter

    def _keys(self, matter: Any) -> None:
        for key, value in matter.items():
            line, column = (place + add for place, add in zip(matter.lc.key(key), (2, 1), strict=True))
            if what := key_fault(key, value):
                self._wrong(line, what, column=column, where=key)
            elif key in ("buttons", "row_buttons"):
                self._buttons(key, value)
        for key in NEEDED:
            if key not in matter:
                self._wrong(1, "is missing from the front matter", where=key)
        for key in ("row_buttons", COLUMNS):
            if key in matter and "rows" not in matter:
                self._wrong(matter.lc.key(key)[0] + 2, "needs rows", where=key)

    def _columns(self, matter: Any) -> list[tuple[str, Compiled]]:
        """Each column's label and template; those that cannot be read are told."""
        given: Any = matter.get(COLUMNS)
        if key_fault(COLUMNS, given):
            return []
        made = (
            (label, self._template(each, given.lc.value(label)[0] + 2, line_only=True)) for label, each in given.items()
        )
        return [(label, template) for label, template in made if template is not None]

    def _buttons(self, key: str, names: Any) -> None:
        for at, name in enumerate(names):
            if self.buttons is not None and name not in self.buttons:
                line, column = names.lc.item(at)
                known = ", ".join(sorted(self.buttons))
                self._wrong(line + 2, f"unknown button; known are {known}", column=column + 1, where=f"{key}: {name}")

    def _template(self, source: str, line: int, *, line_only: bool) -> Compiled | None:
        padded = "\n" * (line - 1) + keep_line_ends(source)
        try:
            tree = ENVIRONMENT.parse(padded)
            template = Template.from_code(ENVIRONMENT, ENVIRONMENT.compile(tree), ENVIRONMENT.make_globals(None))
        except TemplateSyntaxError as wrong:
            self._wrong(wrong.lineno, str(wrong.message))
            return None
        self._nodes(tree, allowed_item=line_only)
        written = list(_written(padded, line))
        for number, text in written:
            if PLACEHOLDER.search(text.replace(_ANY, "")):
                self._wrong(number, "zQ…Qz is what qabot uses for values; write something else")
        faults = self._faults(written, line_only=line_only)
        self.problems += [Problem(str(self.path), at, 1, "", what) for at, what in faults]
        return template, tuple(written)

    def _faults(self, written: list[tuple[int, str]], *, line_only: bool) -> Iterator[tuple[int, str]]:
        text = "\n".join(text for _, text in written)
        faults = parse_line(text)[1] if line_only else parse(text).faults
        for fault in faults:
            yield written[min(fault.line, len(written)) - 1][0] if written else 1, fault.what

    def _nodes(self, tree: nodes.Template, *, allowed_item: bool) -> None:
        own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"} | {"loop"}
        for statement in tree.find_all(nodes.Stmt):
            if not isinstance(statement, _ALLOWED):
                self._wrong(statement.lineno, f"{{% {type(statement).__name__.lower()} %}} is not used in messages")
        for name in tree.find_all(nodes.Name):
            if name.ctx == "load":
                self._name(name, own, allowed_item=allowed_item)
        for read_of in tree.find_all(nodes.Getattr):
            self._attribute(read_of, own)
        self.constants |= {each.value for each in tree.find_all(nodes.Const) if isinstance(each.value, str)}
        for name_of in _names_of_attributes(tree):
            self.shows |= set(name_of.split(".")) if name_of is not None else {ANYTHING}

    def _name(self, name: nodes.Name, own: set[str], *, allowed_item: bool) -> None:
        known = set(VIEWS) - ({"rows"} if allowed_item else {"item"}) | own
        if name.name not in known:
            listed = ", ".join(sorted(known - {"loop"}))
            self._wrong(name.lineno, f"there is no such variable here; there are {listed}", where=name.name)
        self.uses.add(name.name)

    def _attribute(self, read_of: nodes.Getattr, own: set[str]) -> None:
        self.shows.add(read_of.attr)
        inner = read_of.node
        if isinstance(inner, nodes.Name):
            # A loop variable called `item` is an item too: files that gather may go through `items` themselves.
            view = VIEWS.get(inner.name) if inner.name not in own or inner.name == "item" else None
        else:
            view = VIEWS.get(inner.attr) if isinstance(inner, nodes.Getattr) else None
        if view is not None and not _has(view, read_of.attr):
            there = ", ".join(each.name for each in fields(view))
            self._wrong(read_of.lineno, f"there is no such value; there are {there}", where=read_of.attr)


def _title(written: Sequence[tuple[int, str]], name: str) -> str:
    """A message's heading with "…" for each of its values; where no word is left, the name of its file as words."""
    heading = next((text[2:] for _, text in written if text.startswith("# ")), "")
    title = " ".join(_AGAIN.sub("…", PLACEHOLDER.sub("…", heading)).split())
    return title if re.search(r"\w", title) else name.replace("-", " ").capitalize()


def _names_of_attributes(tree: nodes.Template) -> Iterator[str | None]:
    """The attributes that are read by a name in quotes, `audit["grade"]` or `map(attribute="audit.grade")`.

    None for one whose name is put together as it is drawn.
    """
    for each in tree.find_all(nodes.Getitem):
        if not isinstance(each.arg, nodes.Slice):
            yield str(each.arg.value) if isinstance(each.arg, nodes.Const) else None
    for call in tree.find_all(nodes.Filter):
        given = [*call.args, *(pair.value for pair in call.kwargs)] if call.name in _BY_ATTRIBUTE else []
        yield from (str(arg.value) if isinstance(arg, nodes.Const) else None for arg in given)


def _has(view: type[Any], name: str) -> bool:
    return name in {each.name for each in fields(view)} or isinstance(getattr(view, name, None), property)


_ANY = placeholder(0)
_AGAIN = re.compile(r"…(\W*…)+")


def _written(padded: str, start: int) -> Iterator[tuple[int, str]]:
    """The lines that the author wrote, every branch once: (line number, text with one placeholder for each value)."""
    line, text, quiet = start, "", False
    expression: list[str] = []
    for number, kind, value in ENVIRONMENT.lex(padded):
        if kind == "variable_begin":
            quiet, expression = True, []
        elif kind == "variable_end":
            quiet = False
            text += ROWS if "".join(expression).strip() == "rows" else _ANY
        elif quiet:
            expression.append(value)
        elif kind == "data":
            first, *more = value.split("\n")
            line = number if not text else line
            text += first
            for at, piece in enumerate(more, 1):
                if line >= start:
                    yield line, text
                line, text = number + at, piece
    if text and line >= start:
        yield line, text
