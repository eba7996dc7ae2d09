"""Whoever leaves takes all of it along in open formats, and what is erased at the end is gone, with a certificate."""

import csv
import json
import zipfile
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot import files
from qabot.cli import leaving
from qabot.imports import whole
from qabot.models import (
    Deadline,
    Event,
    LadderSnapshot,
    LegalHold,
    Moment,
    Notice,
    Person,
    Process,
    Report,
    Store,
    SurveyComment,
    SurveyFigure,
    SurveyRound,
)
from qabot.models.columns import table
from qabot.models.migrate import upgrade
from qabot.rights.kinds import TABLES
from qabot.workflows.programme.report_content import Content
from tests.support import small_council
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.unit.cli.conftest import Cli, dump

__all__ = ["postgres_server", "postgres_url"]
THEN = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
SECRET = "never-to-be-seen"
NEWHAM = "Newham (demonstration)"
ERASED = ("--by", "Ana Costa, administrator", "--why", "The contract has ended")


def fill(url: str) -> None:
    """A small council that has asked two surveys' worth of things."""
    store = Store(url, inline=True)
    upgrade(store)
    with store.transaction() as session:
        small_council.fill(session)
        person = session.exec(select(Person).order_by(col(Person.id))).first()
        assert person is not None
        person.name = "=1+1"
        session.add(person)
        ladder = LadderSnapshot(digest="1", name="a-ladder", body={})
        survey = SurveyRound(
            token=SECRET,
            duty="feedback",
            rule="X-1",
            title="Feedback",
            promise="anonymous",
            starts_on=date(2026, 9, 1),
            ends_on=date(2026, 9, 30),
        )
        session.add_all([ladder, survey])
        session.flush()
        about: dict[str, Any] = {"subject_type": "person", "subject_id": person.id}
        rows = [
            Deadline(kind=kind, rule="X-1", **about, ladder_id=ladder.id, opened_at=THEN, token=f"{SECRET}-{kind}")
            for kind in ("feedback", "audit")
        ]
        session.add_all(rows)
        session.flush()
        for number, each in enumerate(rows):
            session.add(
                Notice(
                    key=str(number),
                    rule="X-1",
                    message=each.kind,
                    lane="due",
                    recipient_id=person.id,
                    **about,
                    created_at=THEN,
                    not_before=THEN,
                    deadline_id=each.id,
                    token=f"{SECRET}{number}",
                )
            )
            session.add(Event(at=THEN, what="sent", deadline_id=each.id, why=each.kind))
            session.add(Moment(**about, name=f"{each.kind}.done", at=THEN))
        for state, said in (("released", "Kind words"), ("withheld", "Unread words")):
            session.add(
                SurveyComment(
                    key=f"{SECRET}-{state}",
                    round_id=survey.id,
                    question="q",
                    label="Say more",
                    place_in_form=1,
                    text=said,
                    state=state,
                )
            )
        figure: dict[str, Any] = {
            "service": "",
            "question": "q",
            "label": "How was it",
            "version": "1",
            "answer": "good",
            "said": "Good",
        }
        method, labels = ("All work is counted.",), {"headline": "Headline"}
        content = Content("Board pack", "Newham", "July to September 2026", (), (), (), method, "1 October", labels)
        issue: dict[str, Any] = {
            "texts": {"headline": "Most was <on time>."},
            "content": content.as_data(),
            "changed_at": THEN,
        }
        session.add(
            Report(
                token=f"{SECRET}-report",
                kind="board",
                period="quarter-2026-07",
                issued_at=THEN,
                issued_by_id=person.id,
                **issue,
            )
        )
        session.add(Report(token=f"{SECRET}-draft", kind="board", period="quarter-2026-10", texts={}, changed_at=THEN))
        session.add(SurveyFigure(key=SECRET, round_id=survey.id, **figure, place_in_form=1, order=1, count=7))
    store.close()


@pytest.fixture
def council(database: Path) -> Path:
    fill(f"sqlite:///{database}")
    return database


def test_everything_is_in_the_file_and_no_secret_and_nothing_a_survey_promised_to_keep(
    cli: Cli, council: Path, tmp_path: Path
) -> None:
    ran = cli("export", "--all", tmp_path / "all.zip", secret_key=f"{SECRET}-and-long-enough-to-sign")
    assert ran.code == 0, ran.err
    assert "What was owed in a survey" in ran.out
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [name for name, text in texts.items() if SECRET in text] == []
    assert "Kind words" in texts["tables/survey_comment.csv"]
    assert [name for name, text in texts.items() if "Unread words" in text] == []
    for name in ("deadline", "notice", "event", "moment"):
        lines = texts[f"tables/{name}.jsonl"]
        assert "audit" in lines
        assert "feedback" not in lines
    assert json.loads(texts["tables/survey_figure.jsonl"])["count"] == 7
    assert {json.loads(line)["name"] for line in texts["tables/person.jsonl"].splitlines()} >= {"=1+1", "Sofia Brandt"}
    assert "'=1+1" in {row["name"] for row in csv.DictReader(texts["tables/person.csv"].splitlines())}
    assert texts["framework/00-newham.yaml"] == (files.folder("frameworks") / "newham.yaml").read_text("utf-8")
    assert any(name.startswith("messages/") for name in texts)
    assert [name for name in texts if name.startswith("reports/")] == ["reports/board-quarter-2026-07-1.html"]
    page = texts["reports/board-quarter-2026-07-1.html"]
    assert "Most was &lt;on time&gt;." in page
    assert "by =1+1; issue 1" in page
    package = json.loads(texts["datapackage.json"])
    for each in package["resources"]:
        heading = next(csv.reader(texts[each["path"]].splitlines()))
        assert heading == [field["name"] for field in each["schema"]["fields"]]
        assert each["rows"] == len(texts[f"tables/{each['name']}.jsonl"].splitlines())
    dictionary = list(csv.DictReader(texts["dictionary.csv"].splitlines()))
    assert {(row["table"], row["column"]) for row in dictionary} == {
        (table(model).name, column.name) for model in TABLES for column in table(model).columns
    }
    assert "council-exported" in "".join(dump(council))
    again = cli("export", "--all", tmp_path / "all.zip")
    assert (again.code, "not written over" in again.err) == (2, True)


def test_what_could_let_somebody_in_is_nowhere() -> None:
    """A new column of that kind is put on the list, or shown to be none."""
    named = ("token", "secret", "nonce", "sealed", "press", "password", "session", "link")
    for model in TABLES:
        if model not in whole.TABLES_LEFT_OUT:
            shown = [each.name for each in whole.columns_of(model)]
            assert [name for name in shown if any(word in name.split("_") for word in named)] == [], table(model).name


def test_nothing_is_erased_before_the_name_and_who_and_why(cli: Cli, council: Path, tmp_path: Path) -> None:
    before = dump(council)
    paper = tmp_path / "certificate.md"
    for words, said in (
        ([], ""),
        (["--council", "Newham", *ERASED], "is not the name of this council"),
        (["--council", NEWHAM, "--by", "Ana Costa"], "Say who erases it"),
    ):
        ran = cli("erase", "--all", paper, *words)
        assert ran.code == (2 if said else 0)
        assert said in ran.err
        assert dump(council) == before
    assert "Nothing was changed" in cli("erase", "--all", paper).out
    with Store(f"sqlite:///{council}", inline=True).transaction() as session:
        session.add(LegalHold(subject_type="audit", subject_id=1, why="A complaint", placed_at=THEN))
    held = cli("erase", "--all", paper, "--council", NEWHAM, *ERASED)
    assert (held.code, "Legal holds last" in held.err, paper.exists()) == (2, True, False)
    assert [cli(word, paper).code for word in ("export", "erase")] == [2, 2]


def test_all_is_erased_also_from_the_file_and_the_certificate_says_so(cli: Cli, council: Path, tmp_path: Path) -> None:
    assert b"Sofia Brandt" in council.read_bytes()
    ran = cli("erase", "--all", tmp_path / "certificate.md", "--council", NEWHAM, *ERASED)
    assert ran.code == 0, ran.err
    text = (tmp_path / "certificate.md").read_text("utf-8")
    for each in (
        f"Council: {NEWHAM}",
        "By: Ana Costa, administrator",
        "| Counts of surveys | 2 |",
        "Copies of the database",
    ):
        assert each in text
    above, _, seal = text.rstrip("\n").rpartition("\n")
    assert seal == f"SHA-256 of all above this line: {sha256(above.encode()).hexdigest()}"
    assert seal in ran.out
    for file in council.parent.glob(f"{council.name}*"):
        assert b"Sofia Brandt" not in file.read_bytes()
    assert [line for line in dump(council) if line.startswith("INSERT") and "alembic" not in line] == []


@pytest.mark.postgres
def test_all_is_erased_on_postgresql(cli: Cli, postgres_url: str, tmp_path: Path) -> None:
    fill(postgres_url)
    made = cli("export", "--all", tmp_path / "all.zip", database_url=postgres_url)
    assert made.code == 0, made.err
    ran = cli("erase", "--all", tmp_path / "paper.md", "--council", NEWHAM, *ERASED, database_url=postgres_url)
    assert ran.code == 0, ran.err
    with Store(postgres_url, inline=True).transaction() as session:
        assert session.exec(select(Person)).all() == []


def test_nothing_is_erased_under_a_running_service(
    cli: Cli, council: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{council}", inline=True)
    with store.transaction() as session:
        session.add(Process(id="one", host="here", pid=1, beats=1, started_at=THEN))

    def beats(_: float) -> None:
        with store.transaction() as session:
            row = session.get_one(Process, "one")
            row.beats += 1
            session.add(row)

    monkeypatch.setattr(leaving, "sleep", beats)
    ran = cli("erase", "--all", tmp_path / "paper.md", "--council", NEWHAM, *ERASED)
    assert (ran.code, "A service works on this database" in ran.err) == (2, True)
    monkeypatch.setattr(leaving, "sleep", lambda _: None)
    assert cli("erase", "--all", tmp_path / "paper.md", "--council", NEWHAM, *ERASED).code == 0
