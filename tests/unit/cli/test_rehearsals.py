"""Every dry run says how many messages of which kind would be sent, and to whom; the planner counts them."""

from pathlib import Path

from .conftest import Cli, dump

NOTHING = "Nothing would be sent because of it today and in the next 14 days."


def of_may(files: tuple[Path, Path]) -> Path:
    """Six audits of May, three of them RED."""
    rows = [line.split(",") for line in files[0].read_text("utf-8").splitlines()]
    auditor = next(row[1] for row in rows if "practice-lead" in row)
    cases = [line.split(",")[:2] for line in files[1].read_text("utf-8").splitlines()[1:7]]
    grades = zip(cases, range(11, 17), ("red", "green") * 3, strict=True)
    return written(
        files,
        "case_reference,activity,cycle,auditor,team,submitted_on,manager-overall",
        *(
            f"{reference},practice-learning-review,2026-04-01,{auditor},{team},2026-05-{day},{grade}"
            for (reference, team), day, grade in grades
        ),
    )


def written(files: tuple[Path, Path], *lines: str) -> Path:
    path = files[0].with_name("more.csv")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_what_is_over_sends_nothing_and_what_is_taken_as_new_says_whom_it_reaches(
    filled: Cli, files: tuple[Path, Path], database: Path
) -> None:
    before, audits = dump(database), of_may(files)
    ran = filled("audits", "import", audits, "--dry-run", "--history")
    assert (ran.code, NOTHING in ran.out) == (0, True), ran.out
    ran = filled("audits", "import", audits, "--dry-run")
    assert "Would be sent because of it today and in the next 14 days, if nobody answers: " in ran.out
    lines = ran.out.splitlines()
    (alerts,) = [line for line in lines if line.startswith("  An alert to acknowledge: ")]
    assert alerts.startswith("  An alert to acknowledge: 6, to "), alerts
    assert alerts.count("(3)") == 2, "three RED audits, each to the two who owe it"
    assert "  Your reviews:" not in ran.out, "a cycle that was under way is not begun by an import of another"
    assert dump(database) == before, "nothing of it stays"


def test_what_changes_nothing_that_is_said_says_so(filled: Cli, files: tuple[Path, Path], database: Path) -> None:
    before = dump(database)
    for what, file in zip(("people", "cases"), files, strict=True):
        assert NOTHING in filled(what, "import", file, "--dry-run").out
    assert dump(database) == before
