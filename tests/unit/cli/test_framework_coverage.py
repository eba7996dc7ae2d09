"""qabot framework coverage: what of a framework is carried out by which part of a file, and what by nothing."""

from pathlib import Path

import pytest

from tests.support.invented import COUNCILS
from tests.unit.cli.conftest import Cli

LESS = """framework: ours
extends: newham-whole
title: Ours, with less
gatherings: {highlight-report: null}
duties:
  in-advance: {rule: NEW-SEL-9}
rules:
  NEW-SEL-9: {text: Nowhere to be found., source: nowhere}
"""


def test_every_council_has_its_sums(cli: Cli) -> None:
    ran = cli("framework", "coverage")
    assert (ran.code, ran.err) == (0, "")
    assert "newham-whole: Newham CYPS Practice Learning Framework, whole" in ran.out
    assert "Carried out by nothing" not in ran.out
    assert "newham: Newham CYPS" not in ran.out, "of a council's files the one that carries out most"


def test_one_file_has_a_line_for_each_rule(cli: Cli) -> None:
    out = cli("framework", "coverage", "newham-whole").out
    assert "NEW-REM-2" in out
    assert "list in the week before" in out
    assert "a text to read: nothing is due" in out


def test_what_a_file_leaves_out_is_carried_out_by_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(LESS, "utf-8")
    ran = cli("framework", "coverage", str(tmp_path / "ours.yaml"))
    assert ran.code == 1
    assert "Carried out by nothing: NEW-RPT-1 (" in ran.out
    assert "Carried out by nothing: NEW-SEL-4 (" in ran.out
    assert "duties.in-advance.rule: the catalogue has no rule 'NEW-SEL-9'" in ran.out


def test_a_file_of_no_known_framework_has_nothing_to_be_held_against(cli: Cli) -> None:
    ran = cli("framework", "coverage", str(COUNCILS[0]))
    assert ran.code == 0
    assert "None of its rules stand in the catalogue of frameworks" in ran.out


@pytest.mark.parametrize("text", ["id,framework\nNEW-REM-1,newham\n", ""])
def test_a_catalogue_with_other_columns_is_refused(cli: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "catalogue.csv").write_text(text, "utf-8")
    ran = cli("framework", "coverage", frameworks_folder=str(tmp_path / "own"))
    assert ran.code == 2
    assert "catalogue.csv" in ran.err
    assert "expected these columns: id,framework,what" in ran.err
