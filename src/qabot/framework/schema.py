"""The schema of a framework file. Every step and quota cites its rule id (domain/frameworks)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from typing import Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from qabot.errors import Problem
from qabot.framework import picking
from qabot.framework.activities import Activity
from qabot.framework.base import LocalTime, RuleId, Strict
from qabot.framework.calendar import Calendar
from qabot.framework.cases import Cases
from qabot.framework.duties import AGREED, SATISFIED, USUAL, Duty, Question, Scale, Terms
from qabot.framework.gatherings import AFTER, HELD, Gathering, ImportedEvent
from qabot.framework.gatherings import ladders as ladders_of_gatherings
from qabot.framework.long_forms import LongForm, expanded
from qabot.framework.named_periods import NamedPeriod
from qabot.framework.opened import Opened
from qabot.framework.rules import Rule as Rule
from qabot.framework.samples import Sample
from qabot.framework.source import KeyPath, Place
from qabot.framework.steps import Ladder, Step, usual
from qabot.framework.surveys import ladders as ladders_of_surveys


class CouncilRules(Strict):
    """What the council sets about itself. Hours are local time."""

    name: str = Field(description="The council's name.")
    duty_line: str = Field(
        description=("Whom to phone, and on which number, when a child may be at risk now. Every held alert says it.")
    )
    opens: LocalTime = Field(default=time(9, 0), description="When the working day begins, local time, in quotes.")
    closes: LocalTime = Field(
        default=time(17, 0), description="When it ends. Working hours are counted between the two."
    )
    closure_days: tuple[date, ...] = Field(
        default=(), description="Days on which the council is closed though they are no bank holidays."
    )
    case_reference: str = Field(
        default=r"[0-9]{6,8}",
        description=("A regular expression for a case reference. It must not take ten digits, as an NHS number has."),
    )
    alerts_outside_hours: Literal["send", "hold"] = Field(
        default="send",
        description=(
            "`send` sends an alert at once; `hold` keeps it until 08:30 of the next working day. Closure days"
            " count as that ladder's `closures` says."
        ),
    )
    digest_earliest: LocalTime = Field(
        default=time(8, 30), description="The earliest time that a person may choose for the daily digest."
    )
    digest_latest: LocalTime = Field(default=time(16, 0), description="The latest.")


AUDIT, MODERATION = "audit", "moderation"
OWN_QUESTIONS = {SATISFIED: "Will the answer do?", AGREED: "Do you agree?", HELD: "Was it held?"}
"""What those are asked who judge an answer, must agree, or chaired a meeting."""
"""The kinds of deadline that no duty makes: a piece of work itself, and a sample's draw of it."""
Function = Literal["leads-team", "oversees", "runs-quality"]
FUNCTIONS: tuple[Function, ...] = ("leads-team", "oversees", "runs-quality")


class Role(Strict):
    """A role: looked up relative to a case's team or service, or held for the whole council.

    `above` is who stands in where nobody holds it or its holder is away without a deputy. `does` is what the service
    asks of roles whatever a council calls them: who leads a team (and stands in for its workers), who oversees its
    cases (and is never given one of them to audit), and who runs quality assurance (and is told when nobody else can
    be).
    """

    title: str = Field(description="The role's title, for people.")
    of: Literal["team", "service", "council"] = Field(
        description=(
            "`team` or `service`: whose holder is meant depends on the case. `council`: everybody who holds it."
        )
    )
    does: tuple[Function, ...] = Field(
        default=(),
        description=(
            "Any of `leads-team` (stands in for the team's workers, and answers for its actions), `oversees` "
            "(is never given a case of theirs to audit) and `runs-quality` (hears what nobody else can be "
            "told, and sees the whole programme). Each must be done by some role."
        ),
    )
    above: str | None = Field(
        default=None,
        description=("The role that stands in where nobody holds this one, or its holder is away without a deputy."),
    )


class Processes(Strict):
    """The rules behind what no ladder, quota or sample asks for: notices and log of these processes cite them."""

    submission: RuleId = Field(description="An audit's grades come in, and whoever runs quality assurance hears of it.")
    moderation_by_hand: RuleId = Field(description="Somebody records a moderation that no sample drew.")
    moderation_shared: RuleId = Field(
        description=("A moderation is done, and the first reviewer and their manager are asked to talk it through.")
    )
    nomination: RuleId = Field(description="Somebody tells of a colleague's good practice.")
    nomination_shared: RuleId = Field(
        description="The nomination goes to the colleague, their line manager and whoever runs quality."
    )
    stand_in: RuleId = Field(description="Somebody is named as the deputy for an absence, and hears of it.")


class Framework(Strict):
    """A council's whole file."""

    framework: str = Field(
        pattern=r"^[a-z][a-z0-9-]*$", description="The framework's name: small letters, digits and hyphens."
    )
    title: str = Field(description="Its title, for people.")
    source: str = Field(description="The document that the rules come from.")
    extends: str | None = Field(
        default=None, description="The name of the framework, or the path of the file, that this file is laid over."
    )
    council: CouncilRules = Field(description="What the council sets about itself: see the council.")
    scales: dict[str, Scale] = Field(description="The scales by which work is graded: see a scale.")
    roles: dict[str, Role] = Field(description="Each role by name: see a role.")
    named_periods: dict[str, NamedPeriod] = Field(
        default_factory=dict, alias="calendar", description="Named periods, such as Practice Week: see the calendar."
    )
    activities: dict[str, Activity] = Field(description="Each kind of work by name: see an activity.")
    samples: dict[str, Sample] = Field(
        default_factory=dict, description="Each moderation sample by name: see a sample."
    )
    questions: dict[str, Question] = Field(
        default_factory=dict, description="What activities and duties ask, by name: see a question."
    )
    forms: dict[str, LongForm] = Field(
        default_factory=dict, description="Long forms by name, each from a file of its own in `forms/`: see a form."
    )
    duties: dict[str, Duty] = Field(
        default_factory=dict, description="What follows when something happens: see a duty."
    )
    gatherings: dict[str, Gathering] = Field(
        default_factory=dict, description="Each meeting and report by name: see a gathering."
    )
    events: dict[str, ImportedEvent] = Field(
        default_factory=dict, description="What comes by a file with a day to count from, by name: see an event."
    )
    ladders: dict[str, Ladder] = Field(description="Each ladder by name: see a ladder.")
    processes: Processes = Field(
        description="The rules behind what no ladder, quota or sample asks for: see processes."
    )
    rules: dict[RuleId, Rule] = Field(
        description="Each rule by its id: see a rule. Every id that the file cites must stand here."
    )
    confirm: dict[str, str] = Field(
        default_factory=dict, description="Readings by reference, such as D6, which rules point to."
    )
    without: tuple[RuleId, ...] = Field(
        default=(),
        description=(
            "Rules that this council has switched off. Their steps are left out, and a duty whose own rule is"
            " off does not open; the log says so. An alert's own rule cannot be switched off."
        ),
    )
    _places: Mapping[KeyPath, Place] = PrivateAttr(default_factory=dict)
    _refused: tuple[Problem, ...] = PrivateAttr(default=())
    _broken: frozenset[KeyPath] = PrivateAttr(default=frozenset())
    _opened: Opened = PrivateAttr(default=Opened())

    def at(
        self,
        places: Mapping[KeyPath, Place],
        refused: tuple[Problem, ...] = (),
        broken: frozenset[KeyPath] = frozenset(),
    ) -> Self:
        """The same framework, which now knows where each of its keys stands, and what of the file was refused where."""
        self._places, self._refused, self._broken = places, refused, broken
        return self

    @model_validator(mode="after")
    def _make(self) -> Self:
        """Beside each duty stand those to judge its answer and to agree to what is asked for, and what they ask.

        What is brought to a gathering is a duty too, and so is to say how it went.
        What asks a form asks its questions.
        """
        self._take_forms()
        for gathering, name, duty in self._of_gatherings():
            if self.duties.get(name, duty) != duty:
                raise ValueError(
                    f"there is more than one duty {name!r}, and one belongs to {gathering!r}; call it otherwise"
                )
            self.duties[name] = duty
        made = {f"{name}{end}": each for name, duty in self.duties.items() for end, each in duty.made.items()}
        for name, each in made.items():
            if self.duties.get(name, each) != each:
                raise ValueError(f"the duty {name!r} has the name of one that stands beside another; call it otherwise")
        self.duties.update(made)
        self.duties.update(picking.duties(self._picked(), self.duties))
        questions = {name for duty in made.values() for name in duty.ask}
        if any(not each.is_report for each in self.gatherings.values()):
            questions.add(HELD)
        for name in sorted(questions):
            self.questions.setdefault(name, Question(label=OWN_QUESTIONS[name], type="tick"))
        return self

    def _take_forms(self) -> None:
        """The questions and scales of each form stand with the others, and what asks the form asks them."""
        for form, each in self.forms.items():
            for name, question in each.questions(form).items():
                if self.questions.setdefault(name, question) != question:
                    raise ValueError(f"the form {form!r} has a question {name!r}, and there is another of that name")
            for name, scale in each.scales.items():
                if self.scales.setdefault(name, scale) != scale:
                    raise ValueError(f"the form {form!r} has a scale {name!r}, and there is another of that name")
        for name, duty in self.duties.items():
            if (ask := expanded(duty.ask, self.forms)) != duty.ask:
                self.duties[name] = duty.model_copy(update={"ask": ask})
        for name, activity in self.activities.items():
            if (ask := expanded(activity.ask, self.forms)) != activity.ask:
                self.activities[name] = activity.model_copy(update={"ask": ask})

    def named(self, roles: Iterable[str]) -> str:
        """The titles of roles in a sentence: "the Clerk or the Registrar". What is no role is left out."""
        return " or ".join(f"the {self.roles[each].title}" for each in roles if each in self.roles)

    @property
    def quality(self) -> str:
        """Who runs quality assurance, as a sentence calls them: "the Clerk"."""
        return self.named(self.doing("runs-quality"))

    def forms_of(self, ask: Iterable[str]) -> list[str]:
        """The long forms of which something is asked, by name."""
        names = set(ask)
        return [name for name, form in self.forms.items() if not names.isdisjoint(form.section_of(name))]

    def surveys(self) -> dict[str, Duty]:
        """The duties that are surveys, by name."""
        return {name: duty for name, duty in self.duties.items() if duty.is_survey}

    def _of_gatherings(self) -> Iterator[tuple[str, str, Duty]]:
        """Each gathering with the duties that belong to it, by their names."""
        for gathering, each in self.gatherings.items():
            yield from ((gathering, name, brought.opening_on(gathering)) for name, brought in each.brings.items())
            yield gathering, f"{gathering}{AFTER}", each.afterwards(gathering, self.doing("runs-quality"))

    def gathering_of(self, duty: str) -> str:
        """The gathering to which a duty is brought; "" of every other duty."""
        return next((name for name, each in self.gatherings.items() if duty in each.brings), "")

    def occasion(self, name: str) -> Gathering | ImportedEvent | None:
        """A gathering or an imported event by its name; None if the file has none of this name."""
        return self.gatherings.get(name) or self.events.get(name)

    def written(self, path: KeyPath) -> KeyPath:
        """The path under which a file says something: what is brought to a gathering stands there."""
        gathering = self.gathering_of(str(path[1])) if len(path) > 1 and path[0] == "duties" else ""
        return ("gatherings", gathering, "brings", *path[1:]) if gathering else path

    def _picked(self) -> list[tuple[str, str, Cases]]:
        """The activities whose cases somebody picks: name, title and how."""
        return [(name, each.plural, each.drawing) for name, each in self.activities.items() if each.picked_by]

    def picked_for(self, kind: str) -> str:
        """The activity for which a deadline of this kind asks somebody to pick cases; "" of every other kind."""
        name = kind.removesuffix(picking.PICKING)
        return name if name != kind and name in self.activities and self.activities[name].picked_by else ""

    @property
    def refused(self) -> tuple[Problem, ...]:
        """What was wrong as the file was read: keys that stand in it twice, and what the schema refuses."""
        return self._refused

    @property
    def broken(self) -> frozenset[KeyPath]:
        """The entries of which something was left out, because the schema refuses it."""
        return self._broken

    def place(self, path: KeyPath) -> Place:
        """Where a key stands; of a key that is nowhere, the nearest one around it."""
        path = self.written(path)
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, Place(self.framework))

    def stands(self, path: KeyPath) -> bool:
        """Whether a file says this key, if only to take it away."""
        return path in self._places

    def calendar(self) -> Calendar:
        """The council's working days and hours."""
        return Calendar.of(self.council.closure_days, self.council.opens, self.council.closes)

    def titles(self) -> dict[str, str]:
        """What people call each role, by its name."""
        return {name: role.title for name, role in self.roles.items()}

    def doing(self, function: Function) -> tuple[str, ...]:
        """The roles that do this, in the file's order; never none, the linter sees to it."""
        return tuple(name for name, role in self.roles.items() if function in role.does)

    def above(self, function: Function) -> tuple[str, ...]:
        """The roles above those that do this, each once."""
        return tuple(
            dict.fromkeys(role.above for role in map(self.roles.__getitem__, self.doing(function)) if role.above)
        )

    def scale_of(self, grade: str | None, version: str = "") -> Scale | None:
        """The scale that a grade is of; of several that have it, the one of this version, else the first."""
        having = [each for each in self.scales.values() if grade in each.labels]
        return next((each for each in having if each.version == version), next(iter(having), None))

    def grading(self, activity: str) -> Scale | None:
        """The scale by which work of an activity is graded; None of one without a grade, and of one that is gone."""
        known = self.activity(activity)
        question = self.questions.get(known.grade or "") if known is not None else None
        return self.scales.get(question.scale or "") if question is not None else None

    def has_grade(self, activity: str) -> bool:
        """Whether work of an activity has a grade; of one that is gone it may have had."""
        known = self.activity(activity)
        return known is None or known.grade is not None

    def grade_label(self, key: str | None, version: str = "") -> str:
        """What people read for a grade, as its scale shows it; a grade of no scale stands for itself."""
        scale = self.scale_of(key, version)
        return scale.label(key) if scale and key is not None else key or ""

    def alerting(self) -> tuple[str, ...]:
        """The duties that are alerts: somebody must acknowledge them."""
        return tuple(name for name, duty in self.duties.items() if duty.is_alert)

    @property
    def opened(self) -> Opened:
        """What is open by a file before this one, as it opened (`kept`)."""
        return self._opened

    def activity(self, name: str) -> Activity | None:
        """The activity of a piece of work; of one that the file no longer has, as such work keeps it."""
        return self.activities.get(name) or self._opened.activities.get(name)

    def duty_of(self, kind: str, ladder: int) -> Duty | None:
        """The duty of a deadline of this kind as it opened, by the number of the snapshot that it keeps."""
        return self._opened.by_ladder.get(ladder) or self.duties.get(kind)

    def know(self, opened: Opened, duties: Mapping[str, Duty], questions: Mapping[str, Question]) -> None:
        """Know what is open by a file before this one, beside all duties and questions.

        Each dictionary is replaced as a whole: another thread may be going through the one before. A framework is
        frozen for everybody else.
        """
        self._opened = opened
        self.__dict__.update(duties=duties, questions=questions)

    @property
    def every_ladder(self) -> dict[str, Ladder]:
        """The file's ladders, and unless it has its own the usual one, and those of gatherings, surveys and picking."""
        of_gatherings = ladders_of_gatherings() if self.gatherings else {}
        of_surveys = ladders_of_surveys() if self.surveys() else {}
        return {USUAL: usual(), **of_gatherings, **of_surveys, **picking.ladders(self._picked()), **self.ladders}

    def terms(self, kind: str) -> list[Terms]:
        """What deadlines of this kind run on: of a duty one, of work each activity's, of second looks each sample's."""
        if kind == AUDIT:
            return [each.terms for each in self.activities.values()]
        if kind == MODERATION:
            return [each.terms for each in self.samples.values()]
        duty = self.duties.get(kind)
        return [duty.terms] if duty is not None and duty.everybody else []

    def first_terms(self, kind: str) -> Terms | None:
        """The first of them, None without any: who owes work is the same whatever work it is."""
        if kind == AUDIT and self.activities:
            return next(iter(self.activities.values())).terms
        return next(iter(self.terms(kind)), None)

    def kinds(self) -> list[str]:
        """Every kind of deadline that this framework opens."""
        owed = (name for name, duty in self.duties.items() if duty.everybody and name not in self._opened.gone)
        return [*([AUDIT] if self.activities else ()), *([MODERATION] if self.samples else ()), *owed]

    def ladder_by(self, terms: Terms) -> Ladder:
        """A ladder as a deadline on these terms runs it, without the steps whose rule is switched off.

        Steps that cite their deadline's rule cite that of the terms.
        """
        ladder = self.every_ladder[terms.ladder]
        steps = (step.citing(terms.rule) for step in ladder.steps)
        return ladder.model_copy(update={"steps": tuple(step for step in steps if step.rule not in self.without)})

    def ladder_of(self, kind: str) -> Ladder:
        """The ladder of a kind of deadline as one runs it; of work and its second looks, the first one's."""
        return self.ladder_by(self.terms(kind)[0])

    def rules_of(self, ladder: str, step: Step) -> list[str]:
        """The rules that a step of this ladder may cite: its own, or those of the deadlines that run the ladder."""
        rules = [terms.rule for kind in self.kinds() for terms in self.terms(kind) if terms.ladder == ladder]
        return list(dict.fromkeys(step.citing(rule).rule for rule in rules))
