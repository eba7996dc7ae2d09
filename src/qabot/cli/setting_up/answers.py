"""Answers from a file (YAML, a line for each), from options, and from whoever is asked; all checked in the same way."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from qabot.adapter import ChatQuestion, ChatSetup
from qabot.cli.setting_up.questions import Question, of_chats
from qabot.cli.support import out
from qabot.errors import BadFile, Problem, SetupError
from qabot.framework.loader import did_you_mean
from qabot.whole_files import text_of

LEFT = "Setup was left before its end. Nothing was written."


@dataclass(frozen=True, slots=True)
class Given:
    """Answers by key, and where each stands: a file's name and line, or the option."""

    answers: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    file: str = ""


def read_answers(path: Path) -> Given:
    """The answers of a file. Raises `BadFile` with every line that is no answer."""
    try:
        node = YAML(typ="safe", pure=True).compose(text_of(path, "utf-8-sig"))
    except OSError as error:
        raise SetupError(f"{path}: this cannot be read: {error.strerror}.") from None
    except (YAMLError, UnicodeDecodeError):
        raise BadFile([Problem(str(path), 0, 0, "", "expected lines such as council: Oakshire")]) from None
    if not isinstance(node, MappingNode):
        raise BadFile([Problem(str(path), 0, 0, "", "expected lines such as council: Oakshire")])
    answers: dict[str, str] = {}
    places: dict[str, tuple[str, int]] = {}
    problems = []
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if not isinstance(value, ScalarNode):
            problems.append(Problem(str(path), line, 1, name, "expected one line"))
        elif name in answers:
            problems.append(Problem(str(path), line, 1, name, "this is answered twice; keep one of the two"))
        else:
            # As it is written: a telephone number keeps its noughts.
            answers[name], places[name] = str(value.value).strip(), (str(path), line)
    if problems:
        raise BadFile(problems)
    return Given(answers, places, str(path))


def checked(given: Given, questions: Sequence[Question], chats: Mapping[str, ChatSetup | None]) -> dict[str, str]:
    """All answers, where nobody can be asked. Raises `BadFile` with everything that is wrong or missing."""
    problems: list[Problem] = []
    answers: dict[str, str] = {}

    def take(question: Question | ChatQuestion, usual: str = "") -> None:
        answer = given.answers.get(question.key) or usual
        wrong = question.check(answer) if answer else "" if question.optional else f"is missing: {question.words}"
        if wrong:
            file, line = given.places.get(question.key, (given.file or "The answers", 0))
            problems.append(Problem(file, line, 1, question.key, wrong))
        answers[question.key] = answer

    for question in questions:
        take(question, question.usual)
    of_chat = [each for _, more in of_chats(answers["chat"], chats) for each in more]
    for each in of_chat:
        take(each)
    known = [*(each.key for each in questions), *(each.key for each in of_chat)]
    problems += _strange(given, known)
    if problems:
        raise BadFile(sorted(problems, key=lambda each: each.line))
    return answers


def _strange(given: Given, known: Collection[str]) -> list[Problem]:
    return [
        Problem(*given.places[key], 1, key, f"nobody asks this{did_you_mean(key, list(known))}")
        for key in given.answers
        if key not in known
    ]


def ask(given: Given, questions: Sequence[Question], chats: Mapping[str, ChatSetup | None]) -> dict[str, str]:
    """Every answer that was not given yet, from whoever sits there. A wrong one is said, and asked for again.

    Raises `BadFile` for what was given and is wrong, and `SetupError` if nobody is there any more.
    """
    given_wrong = [
        Problem(*given.places[each.key], 0, "", wrong)
        for each in questions
        if each.key in given.answers and (wrong := each.check(given.answers[each.key]))
    ]
    if given_wrong:
        raise BadFile(given_wrong)
    answers = {}
    for question in questions:
        answers[question.key] = given.answers.get(question.key) or _one(question, question.usual)
    for chat, more in of_chats(answers["chat"], chats):
        out.print(f"\n{chat.before}")
        if chat.shows is not None:
            out.print(f"{'-' * 80}\n{chat.shows().strip()}\n{'-' * 80}")
        for each in more:
            answers[each.key] = _one(each)
    return answers


def _one(question: Question | ChatQuestion, usual: str = "") -> str:
    hint = f" [{usual}]" if usual else ""
    while True:
        answer = _line(f"{question.words}{hint}: ", hidden=question.secret and not usual) or usual
        if not answer and question.optional:
            return ""
        wrong = question.check(answer) if answer else "an answer is needed; Ctrl+C leaves, and nothing is written"
        if not wrong:
            return answer
        out.print(f"  {wrong[:1].upper()}{wrong[1:]}.".replace("..", "."))


def _line(words: str, *, hidden: bool) -> str:
    """One line of whoever sits there; a secret is not shown. Without a terminal, one line of what is piped in."""
    reader: Callable[[str], str] = getpass if hidden and sys.stdin.isatty() else input
    try:
        return reader(words).strip()
    except EOFError:
        raise SetupError(f"\n{LEFT}") from None
