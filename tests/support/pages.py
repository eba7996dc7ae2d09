"""Web pages as a test reads them: their words, their cards, and their forms with what a browser would send."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

import httpx

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
SILENT = frozenset({"script", "style", "title", "option"})
INLINE = frozenset({"a", "em", "span", "strong"})
CARD = "card-"
ANSWER = "answer:"


@dataclass
class Node:
    """An element with its attributes, and the elements and words in it in order."""

    tag: str
    attrs: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags: str) -> list["Node"]:
        """Every element of these kinds."""
        return [node for node in self.walk() if node.tag in tags]

    def words(self) -> str:
        """What can be read, with single spaces."""
        pieces: list[str] = []
        self._add_to(pieces)
        return " ".join("".join(pieces).split())

    def _add_to(self, pieces: list[str]) -> None:
        for child in self.children:
            if isinstance(child, str):
                pieces.append(child)
            elif child.tag not in SILENT:
                around = "" if child.tag in INLINE else " "
                pieces.append(around)
                child._add_to(pieces)
                pieces.append(around)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("page", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop().tag != tag:
            continue

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(text: str) -> Node:
    """A page as elements."""
    builder = _Builder()
    builder.feed(text)
    return builder.root


@dataclass
class PageForm:
    """A form: where it goes, its button, and what a browser would send if nobody touched it."""

    action: str
    button: str
    values: list[tuple[str, str]]
    choices: dict[str, dict[str, str]]
    """By field: value by label, of radio buttons, ticks and lists to choose from."""
    fields: frozenset[str]

    def fill(self, **answers: str | bool | list[str]) -> None:
        """Answer questions by their name. A date is "2026-12-01"; a choice is its value or the start of its label."""
        for name, answer in answers.items():
            if f"{ANSWER}{name}:day" in self.fields:
                year, month, day = str(answer).split("-") if answer else ("", "", "")
                self._set(f"{ANSWER}{name}:day", day)
                self._set(f"{ANSWER}{name}:month", month)
                self._set(f"{ANSWER}{name}:year", year)
            elif isinstance(answer, list):
                self._set(f"{ANSWER}{name}:many", *answer)
            elif f"{ANSWER}{name}" not in self.fields:
                raise AssertionError(f"the form has no question {name!r}: it has {sorted(self.fields)}")
            elif isinstance(answer, bool):
                self._set(f"{ANSWER}{name}", *(["on"] if answer else []))
            else:
                self._set(f"{ANSWER}{name}", self._choice(f"{ANSWER}{name}", answer))

    def _choice(self, key: str, answer: str) -> str:
        known = self.choices.get(key, {})
        if not known or answer in known.values():
            return answer
        found = [value for label, value in known.items() if label.startswith(answer)]
        if not found:
            raise AssertionError(f"{answer!r} is not offered for {key}: {sorted(known)}")
        return found[0]

    def _set(self, key: str, *values: str) -> None:
        self.values = [pair for pair in self.values if pair[0] != key] + [(key, value) for value in values]

    def answer(self, name: str) -> str:
        """What stands in a question now."""
        return next((value for key, value in self.values if key == f"{ANSWER}{name}"), "")


@dataclass
class PageCard:
    """A card in the inbox. `words` include its buttons' labels."""

    token: str
    words: str
    forms: list[PageForm]

    @property
    def buttons(self) -> list[str]:
        """What can be pressed."""
        return [form.button for form in self.forms]


class Page:
    """A page that was answered; what no test asks of it is not looked for."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.path = response.url.path
        self.root = read(response.text)

    @cached_property
    def words(self) -> str:
        """What can be read of its own part, below the menu."""
        return next((node for node in self.root.walk() if node.tag == "main"), self.root).words()

    @cached_property
    def forms(self) -> list[PageForm]:
        """Every form, in the order of the page."""
        return [_form(node) for node in self.root.all("form")]

    @cached_property
    def cards(self) -> list[PageCard]:
        """Oldest first, as they were sent: a page shows the newest on top."""
        return [
            PageCard(node.attrs["id"].removeprefix(CARD), node.words(), [_form(each) for each in node.all("form")])
            for node in self.root.all("article")
            if node.attrs.get("id", "").startswith(CARD)
        ][::-1]

    def __contains__(self, words: str) -> bool:
        return words in self.words

    def form(self, button: str) -> PageForm:
        """The form whose button says this."""
        found = [form for form in self.forms if button.lower() in form.button.lower()]
        if not found:
            raise AssertionError(f"no button says {button!r} on {self.path} ({self.status}): {self.words}")
        return found[0]

    @property
    def questions(self) -> PageForm:
        """The page's own form, with questions."""
        found = [form for form in self.forms if form.action.startswith("/forms/")]
        if not found:
            raise AssertionError(f"there is no form on {self.path} ({self.status}): {self.words}")
        return found[0]


def _form(node: Node) -> PageForm:
    values: list[tuple[str, str]] = []
    choices: dict[str, dict[str, str]] = {}
    labels = {each.attrs.get("for", ""): each.words() for each in node.all("label")}
    names = set()
    for each in node.all("input", "textarea", "select"):
        name, kind = each.attrs.get("name", ""), each.attrs.get("type", "text")
        names.add(name)
        if each.tag == "select":
            options = each.all("option")
            choices[name] = {option.words(): option.attrs["value"] for option in options if option.attrs["value"]}
            values += [(name, option.attrs["value"]) for option in options if "selected" in option.attrs]
        elif kind in {"radio", "checkbox"}:
            choices.setdefault(name, {})[labels.get(each.attrs.get("id", ""), "")] = each.attrs["value"]
            values += [(name, each.attrs["value"])] if "checked" in each.attrs else []
        else:
            text = each.words() if each.tag == "textarea" else each.attrs.get("value", "")
            values.append((name, text))
    button = next((each.words() for each in node.all("button")), "")
    return PageForm(node.attrs.get("action", ""), button, values, choices, frozenset(names))
