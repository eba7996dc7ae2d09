"""A pool that is smaller than its number, and two activities of one name: clear messages, exit code 2."""

from pathlib import Path

from .conftest import Cli

FRAMEWORK = """extends: newham
roles:
  peer: {title: Peer Auditor, of: council, above: quality-assurance}
activities:
  peer-audit:
    rule: NEW-QUO-1
    title: peer audit
    plural: peer audits
    every: month
    do:
      - {rule: NEW-QUO-1, count: 33, shared-by: [peer]}
      - {rule: NEW-QUO-2, count: 2, shared-by: [peer, slt]}
    ask: [manager-overall]
    grade: manager-overall
"""
PEOPLE = """name,email,roles,team,service
Ana Costa,ana@council.example,peer;quality-assurance,North,Care
Bo Lim,bo@council.example,peer,North,Care
"""
TOO_SMALL = (
    "ours.yaml:11:27: activities.peer-audit.do[1].count: 2 people share this number, who can do 2 in a cycle: "
    "expected at most that, or 'most' to be more"
)


def write(folder: Path, framework: str = FRAMEWORK) -> tuple[Path, Path]:
    files = folder / "ours.yaml", folder / "people.csv"
    files[0].write_text(framework, "utf-8")
    files[1].write_text(PEOPLE, "utf-8")
    return files


def test_simulate_refuses_a_pool_that_is_smaller_than_its_number(cli: Cli, tmp_path: Path) -> None:
    framework, people = write(tmp_path)
    ran = cli("simulate", framework, "--from", "2026-10-01", "--to", "2026-10-02", "--people", people)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.strip().endswith(TOO_SMALL)


def test_whoever_imports_the_people_is_told(cli: Cli, tmp_path: Path) -> None:
    framework, people = write(tmp_path)
    ran = cli("people", "import", people, "--dry-run", "--allow-vacant", "--new-database", framework=str(framework))
    assert "2 people share this number" in " ".join((ran.out + ran.err).split())


def test_what_one_person_may_have_counts(cli: Cli, tmp_path: Path) -> None:
    framework, people = write(tmp_path, FRAMEWORK.replace("shared-by: [peer]}", "shared-by: [peer], most: 17}"))
    ran = cli("simulate", framework, "--from", "2026-10-01", "--to", "2026-10-02", "--people", people)
    assert ran.code == 0, ran.err


def test_two_activities_of_one_name_are_told_with_all_else_that_is_wrong(cli: Cli, tmp_path: Path) -> None:
    again = "  peer-audit: {every: year}\n  other: {rule: NEW-QUO-1, title: other, plural: others, every: month}\n"
    framework, _ = write(tmp_path, FRAMEWORK + again)
    ran = cli("framework", "check", framework)
    assert ran.code == 2
    assert "ours.yaml:15:3: activities.peer-audit: this key stands here twice; the first is in line 5" in ran.err
    assert "activities.other" in ran.err
