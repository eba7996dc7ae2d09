"""What stands beside the questions of a form is true, and whole sentences end as sentences do."""

from qabot.adapter import Command, OpenForm
from qabot.messaging.form import Form
from tests.support.world import World


def hint(form: Form, field: str) -> str:
    return next(each.hint for each in form.fields if each.name == field)


async def test_whom_to_phone_is_a_sentence_with_its_full_stop(world: World) -> None:
    audit = await world.audit("cyrus")
    reply = await world.press_token("cyrus", "submit-grades", world.deadline("audit", audit).token)
    assert isinstance(reply, OpenForm)
    assert hint(reply.form, "immediate").endswith(f"phone first: {world.framework.council.duty_line}.")


async def test_a_nomination_says_of_its_case_reference_who_sees_it_and_that_is_so(world: World) -> None:
    reply = await world.nodes[0].desk.command(Command(world.who("cyrus"), "nominate", ""))
    assert isinstance(reply, OpenForm)
    said = "Your colleague, their line manager and the Quality Assurance Service see it"
    assert hint(reply.form, "case_reference") == f"Only if it helps. {said}"
    values = {
        "nominee": str(world.ids["sofia"]),
        "seen_on": "2026-11-23",
        "what": "She listened",
        "difference": "It helped",
        "seen_in": "Meeting",
        "no_child": "yes",
    }
    await world.send_form("cyrus", "nominate", "", **values)
    quality = {each.recipient_id for each in world.notices(message="nomination-qa")}
    told = {each.recipient_id for each in world.notices() if each.subject_type == "nomination"}
    own_copy = {each.recipient_id for each in world.notices(message="nomination-copy")}
    assert own_copy == {world.ids["cyrus"]}, "who wrote it has a copy of their own words"
    assert told - own_copy == {world.ids["sofia"], world.ids["ade"], *quality}
    assert quality
