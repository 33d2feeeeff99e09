"""Who does what, in what order and by when: stages, duties, notice, documents. Deadlines are the authority's own."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from vouchers.kernel.closing import Includes
from vouchers.policy.pack.clauses import Identifier, Provenance, Rule, Sentence
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.intake import Days, FastTrack, Intake, ObjectionRule, Overdue, Scoring
from vouchers.policy.pack.phases import Kinds
from vouchers.policy.pack.values import Part

StageRole = Literal["reviewer", "decider", "expert", "third_party"]


class Stage(Rule):
    """One stage that a case passes: its role, its office, and its term in working days where the authority set one."""

    name: Sentence
    role: StageRole
    office: Literal["lead", "finance", "district", "engaged"]
    duty: Literal["examine", "decide"]
    working_days: Days | None = None
    apart_from: tuple[Identifier, ...] = ()
    other_office_than: tuple[Identifier, ...] = ()
    may_reduce: bool = False
    on_overdue: Overdue | None = None
    scoring: Scoring | None = None

    def scoring_of(self, kind: str) -> Scoring | None:
        """How experts score cases of this kind here; None where they do not."""
        rule = self.scoring
        return rule if rule is not None and (rule.kinds is None or kind in rule.kinds) else None


class Acceptance(Rule):
    """The first look at a submitted case."""

    role: StageRole
    office: Literal["lead", "finance", "district", "engaged"]
    working_days: Days | None = None


class Correction(Rule):
    """How often and how long an applicant may mend named fields."""

    times: Annotated[int, Field(ge=1, le=5)]
    working_days: Days


class PublicNoticeRule(Rule):
    """How long proposed cases are on public notice."""

    working_days: Days


class RecusalRule(Rule):
    """How many days after leaving an organisation nobody decides on it. The authority's own; without it none count."""

    days: Annotated[int, Field(ge=1, le=3650)]


class ClosingRule(Rule):
    """Whether a window that takes applications until 17:30 takes one at 17:30:00.999, or all that minute."""

    includes: Includes


CLOSING_UNSAID = ClosingRule(
    id="closing",
    say="申报到窗口的截止时刻为止，截止时刻本身不算在内",
    provenance=Provenance.LOCAL,
    includes=Includes.NOTHING,
)
"""Where a pack is silent: how this system closes, which no document says."""


class Process(Part):
    """The way of a case: acceptance, stages in order, the meeting's decision among them, then public notice."""

    track: Literal["window", "rolling"]
    acceptance: Acceptance
    correction: Correction
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    notice: PublicNoticeRule | None = None
    recusal: RecusalRule | None = None
    closing: ClosingRule | None = None
    objection: ObjectionRule | None = None
    intakes: tuple[Intake, ...] = ()
    fast_tracks: tuple[FastTrack, ...] = ()

    @property
    def closes(self) -> ClosingRule:
        """How a window closes: as the authority says, else as this system does."""
        return self.closing or CLOSING_UNSAID

    def intake(self, kind: str) -> Intake | None:
        """How applications for a kind come in, where the pack says so."""
        return next((one for one in self.intakes if kind in one.kinds), None)

    def stage(self, stage_id: str) -> Stage:
        """The stage of this key."""
        return next(stage for stage in self.stages if stage.id == stage_id)

    def after(self, stage_id: str | None) -> Stage | None:
        """The stage that follows; the first for None, None after the last."""
        if stage_id is None:
            return self.stages[0]
        keys = [stage.id for stage in self.stages]
        position = keys.index(stage_id) + 1
        return self.stages[position] if position < len(keys) else None


class DocumentRule(Rule):
    """A document that is asked for: from whom, when, and the facts it proves."""

    name: Sentence
    of: Literal["enterprise", "provider"]
    at: Literal["application", "redemption", "admission"]
    kinds: Kinds | None = None
    required: bool
    when: When | None = None
    proves: tuple[str, ...] = ()
    formats: Annotated[tuple[Literal["pdf", "ofd", "xml", "png", "jpeg"], ...], Field(min_length=1)]


class AdmissionRule(Rule):
    """A requirement that a provider must meet to be admitted."""

    when: When


Papers = dict[Identifier, Literal["required", "optional"]]
"""The documents that are asked for in an example, by key, and whether each must be there."""


class AdmissionExpected(Part):
    """What an example of admission comes to: the requirements not met, and the documents asked for."""

    refused_by: tuple[Identifier, ...] | None = None
    documents: Papers | None = None


class AdmissionCase(Part):
    """A provider that the pack must admit, or refuse, as stated."""

    say: Sentence
    day: date | None = None
    given: dict[str, object]
    then: AdmissionExpected


class Admission(Part):
    """Who may serve vouchers."""

    role: Literal["admission_officer"]
    requirements: tuple[AdmissionRule, ...] = ()
    cases: tuple[AdmissionCase, ...] = ()
