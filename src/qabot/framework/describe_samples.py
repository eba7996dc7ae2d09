"""Second looks in words: how much is drawn of what, who looks again and who does not."""

from qabot.framework.describe_words import (
    item,
    said_alternatives,
    said_people,
    spoken,
)
from qabot.framework.samples import Sample
from qabot.framework.schema import Framework
from qabot.framework.sections import Section, listed, sentence
from qabot.framework.spoken_cases import spoken_relations
from qabot.messaging.values import capital


def section(framework: Framework) -> Section:
    """Every sample of the file."""
    items = [item(framework, _sample(framework, each), each.rule) for each in framework.samples.values()]
    return Section("Samples", "Drawn at random, on the first working day after each period.", tuple(items))


def _sample(framework: Framework, sample: Sample) -> str:
    works = listed([framework.activities[each].plural for each in sample.of if each in framework.activities])
    each = "" if sample.in_each == "council" else f" of each {sample.in_each}"
    much = f"{sample.share}% of the {works}{each}, rounded up," if sample.share else f"{sample.count} {works}{each}"
    since = "over the cycle so far" if sample.over else "since the last draw"
    least = f"at least {sample.least}" if sample.least else ""
    duties = listed([framework.duties[each].title for each in sample.counts if each in framework.duties])
    besides = f"what {duties} looks at counts too" if duties else ""
    only = said_alternatives(framework, "only where", sample.if_)
    always = said_alternatives(framework, "always where", sample.always)
    overlaps = [f"{share}% also in {framework.samples[each].title}" for each, share in sample.overlap.items()]
    details = "".join(f"; {each}" for each in (least, only, always, besides, *overlaps) if each)
    turns = " in turn" if sample.shared_by else ""
    who = f"{said_people(framework, sample.roles)}{turns}, never by whoever {spoken_relations(sample.never)}"
    labels = [
        framework.questions[each].label if each in framework.questions else each.replace("-", " ")
        for each in sample.ask
    ]
    return (
        f"{capital(sample.title)}: {sample.every.spoken()}, {much} that came in {since} are looked at again by "
        f"{who}{details}. Due {spoken(sample.due)}. {sentence(f'Asked: {listed(labels)}')} "
        + sentence(f"Ladder: {framework.every_ladder[sample.ladder].title}")
    )
