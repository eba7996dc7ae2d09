"""The SDKs that can lend their models (QABOT_TEAMS_SDK), and whether the chosen one is there."""

from importlib.util import find_spec

NEEDED = {"botbuilder": "botbuilder", "teams": "microsoft_teams"}
"""The package of each that must be installed."""


def problem(name: str) -> str:
    """Why an SDK cannot be used, as a sentence with what to do; "" if it can."""
    if name not in NEEDED:
        return f"QABOT_TEAMS_SDK must be {' or '.join(NEEDED)}."
    if find_spec(NEEDED[name]) is None:
        return f"QABOT_TEAMS_SDK={name} needs packages more: install qabot again with the part {name}-sdk."
    return ""
