"""A council's own name and duty line over Newham's file: without them a service with a chat does not start."""

from pathlib import Path

NAME, DUTY_LINE = "Hill", "the duty team on 01632 960001"
TEXT = f"framework: ours\nextends: newham\ncouncil: {{name: {NAME}, duty_line: {DUTY_LINE}}}\n"


def own_council(folder: Path) -> dict[str, str]:
    """Write the file into a folder; the settings with which a service uses it."""
    folder.mkdir(exist_ok=True)
    (folder / "ours.yaml").write_text(TEXT, "utf-8")
    return {"QABOT_FRAMEWORK": "ours", "QABOT_FRAMEWORKS_FOLDER": str(folder)}
