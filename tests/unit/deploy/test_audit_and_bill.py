"""The audit of our pins can fail and says what it did not check; the bill of materials is valid and the same."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.audit import LIST, LOCK, Answer, applies, ask, check, pins
from deploy.audit import main as audit
from deploy.sbom import bill
from deploy.sbom import main as write_bill

KNOWN: dict[str, Any] = json.loads(LIST.read_text("utf-8"))
BAD = "jinja2==2.10 \\\n    --hash=sha256:0000\n"


def locked(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(text, "utf-8")
    return path


def test_our_own_pins_have_no_weakness_that_is_listed() -> None:
    code, said = check(LOCK, KNOWN, None)
    assert code == 0, said
    assert f"held to the list of {KNOWN['as_of']}" in said
    assert "what was published after that day is not checked" in said


def test_a_bad_pin_fails_without_any_network(tmp_path: Path) -> None:
    code, said = check(locked(tmp_path, BAD), KNOWN, None)
    assert code == 1
    assert "jinja2 2.10 has a known weakness: PYSEC-2019-217" in said
    accepted = KNOWN | {"accepted": dict.fromkeys([each["id"] for each in _all("jinja2")], "never used so")}
    assert check(locked(tmp_path, BAD), accepted, None)[0] == 0


def _all(name: str) -> list[dict[str, Any]]:
    return [*KNOWN["packages"][name], *KNOWN["by_hand"].get(name, ())]


def test_a_pin_that_nobody_has_looked_up_is_said(tmp_path: Path) -> None:
    path = locked(tmp_path, "brand-new==1.0\n")
    code, said = check(path, KNOWN, None)
    assert (code, "Not in the list, so held to nothing here: brand-new." in said) == (0, True)
    assert "0 of 1 pinned packages were held" in said
    assert check(path, KNOWN, None, must=True)[0] == 2


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.9", False), ("1.0", True), ("1.4", True), ("1.5", False), ("2.0", True), ("2.1", False)],
)
def test_a_version_is_held_to_the_spans_and_names_of_an_advisory(version: str, expected: bool) -> None:
    spans = [{"introduced": "1.0", "fixed": "1.5"}, {"introduced": "2.0", "last_affected": "2.0.5"}]
    assert applies({"ranges": spans}, version) is expected
    assert applies({"versions": ["0.9"]}, version) is (version == "0.9")


@pytest.mark.parametrize(
    ("printed", "answer"),
    [
        (
            '{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1", '
            '"aliases": ["CVE-1"]}]}]}',
            Answer((("jinja2", "2.10", "PYSEC-1, CVE-1"),)),
        ),
        ('{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": []}]}', Answer()),
        # What pip-audit prints, with exit code 0, where the index knows the package and the database does not.
        (
            '{"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}',
            Answer((), ("jinja2",), "the database knows none of them"),
        ),
        ("", Answer(why="the database could not be reached")),
    ],
)
def test_what_a_database_answers_is_read_and_silence_is_no_answer(printed: str, answer: Answer, tmp_path: Path) -> None:
    said = ask(LOCK, lambda *_words, **_how: subprocess.CompletedProcess([], 0, printed, ""))
    assert said == answer
    path = locked(tmp_path, "orjson==99\n")
    assert check(path, KNOWN, said)[0] == (1 if answer.found else 0)
    assert check(path, KNOWN, said, must=True)[0] == (1 if answer.found else 2 if answer.why else 0)


def test_the_bill_names_every_package_once_and_no_address() -> None:
    text = bill()
    made = json.loads(text)
    found = {each["name"]: each for each in made["components"]}
    assert {name: each["version"] for name, each in found.items() if "purl" in each} == pins(LOCK.read_text("utf-8"))
    assert {"council-qabot-slack", "council-qabot-teams"} < set(found)
    assert made["metadata"]["component"]["name"] == "council-qabot"
    assert (found["sqlalchemy"]["scope"], found["slack-sdk"]["scope"]) == ("required", "optional")
    assert found["pytest"]["scope"] == "excluded"
    assert "://" not in text.replace('"$schema": "http://cyclonedx.org', "")
    assert bill() == text


@pytest.mark.parametrize(
    "words", [["--aks", "--must-answer"], ["--help"], ["--refresh"], ["--refresh", "folder"], ["x"]]
)
def test_a_check_that_is_misspelt_does_not_count_as_done(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "is not known here" in said.err
    assert "--ask --must-answer" in said.err


def test_a_bill_is_not_written_to_a_file_that_is_called_as_an_option(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Expected the name of the file"):
        write_bill(["--help"])
    write_bill([str(tmp_path / "bill.json")])
    assert (tmp_path / "bill.json").exists()
