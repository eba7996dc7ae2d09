"""The models of the SDK that is chosen by a setting (QABOT_TEAMS_SDK). Only that one is imported."""

from qabot_teams.sdk import Models


def chosen(name: str) -> Models:
    """The models of an SDK by its name in `sdks.NEEDED`."""
    # Imported here: the one that is not used need not be installed, and each takes a second or two to load.
    if name == "teams":
        from qabot_teams.models_teams import TeamsModels

        return TeamsModels()
    from qabot_teams.models_botbuilder import BotbuilderModels

    return BotbuilderModels()
