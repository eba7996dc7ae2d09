"""What an administrator is told of people whom qabot does not reach in Teams."""

from qabot.adapter import OutOfReach

FOR_ALL = (
    "For many at once: Teams admin centre, Teams apps, Setup policies, and add qabot to the installed apps of the "
    "policy that these people have. It installs itself within a day."
)
FOR_ONE = "For one person: ask them to add qabot in Teams, under Apps, Built for your org, and to write hello to it."
BLOCKED = (
    "Where Teams says that the app is blocked: allow it in the admin centre, under Manage apps and in the permission "
    "policy; a person who has blocked it can unblock it in their chat with qabot."
)
ASK_FIRST = (
    "If the council lets qabot read its staff list (QABOT_TEAMS_DIRECTORY=graph), qabot opens the chat itself with "
    "whoever has the app by policy and has not used it yet: step 6 of docs/teams.md."
)
ASKS_FIRST = (
    "qabot reads the staff list, and opens the chat itself once the app is there. Whom it does not find there needs "
    "the same e-mail address in Entra as in qabot; guests are left out."
)


def out_of_reach(graph: bool) -> OutOfReach:
    """`graph`: qabot reads the tenant's staff list, so accounts are known before the app is."""
    if graph:
        return OutOfReach(
            no_account="The staff list in Entra has nobody with this person's e-mail address.",
            no_chat="Nothing has been written to them there yet, so it is not known whether they have the app.",
            advice=(FOR_ALL, FOR_ONE, ASKS_FIRST, BLOCKED),
        )
    return OutOfReach(
        no_account="They have not added the app.",
        no_chat="They have not opened the chat with qabot.",
        advice=(FOR_ALL, FOR_ONE, ASK_FIRST, BLOCKED),
    )
