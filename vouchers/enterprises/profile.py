"""单位资料 as its page shows it: each fact with source and age, the size class with its row, papers with their use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vouchers.enterprises import rules
from vouchers.enterprises.rules import PROFILE, Section, SizeLine
from vouchers.files import queries as files
from vouchers.files.models import StoredFile
from vouchers.parties import queries as parties
from vouchers.parties.queries import KnownFact
from vouchers.parties.rules import CONFIRMED
from vouchers.policy import force
from vouchers.policy import queries as policy
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.size_class import SizeResult
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.web.wording import said


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact on the page; without a known value it is still to be given."""

    label: str
    proof: str
    shown: str
    known: KnownFact | None

    @property
    def is_confirmed(self) -> bool:
        """Whether a register or an officer said it."""
        return self.known is not None and self.known.source in CONFIRMED


@dataclass(frozen=True, slots=True)
class SectionLines:
    """One part of the profile with its facts."""

    section: Section
    lines: tuple[FactLine, ...]

    @property
    def missing(self) -> int:
        """How many facts are still to be given."""
        return sum(line.known is None for line in self.lines)

    @property
    def may_change(self) -> bool:
        """Whether any of them is the applicant's own to say."""
        return not all(line.is_confirmed for line in self.lines)


@dataclass(frozen=True, slots=True)
class SizeCard:
    """企业规模: the class, why, or what is missing for it."""

    size_class: str
    word: str
    row_name: str
    standard: str
    missing: tuple[str, ...]
    lines: tuple[SizeLine, ...]
    has_industry: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything known about an applicant on a day."""

    sections: tuple[SectionLines, ...]
    size: SizeCard

    @property
    def missing(self) -> int:
        """How many facts are still to be given in all."""
        return sum(part.missing for part in self.sections)


@dataclass(frozen=True, slots=True)
class ArchivedPaper:
    """A paper of the archive with what it proves and until when."""

    public_id: str
    name: str
    kind: str
    uploaded_at: datetime
    proves: tuple[str, ...]
    valid_until: date | None
    is_lapsed: bool


def profile_of(organisation_id: int, *, on: date) -> Profile:
    """The profile of an organisation on a day."""
    held = parties.facts_of(organisation_id, on=on)
    fields = field_names(on=on)
    sections = tuple(
        SectionLines(section, tuple(_line(name, held.get(name), fields) for name in section.names))
        for section in PROFILE
    )
    return Profile(sections, size_card({name: fact.typed for name, fact in held.items()}, on=on))


def size_card(facts: Mapping[str, FactValue], *, on: date) -> SizeCard:
    """The size class that these facts come to, with the row of the standard."""
    table = policy.size_standard(on)
    result: SizeResult = rules.size_of(facts, table)
    options = VOCABULARY["size_class"].options or {}
    return SizeCard(
        result.size_class,
        options.get(result.size_class, ""),
        result.row.name if result.row else "",
        f"{table.title}，{table.number}",
        tuple(VOCABULARY[name].label for name in result.missing),
        rules.size_lines(result, facts),
        "industry" in facts,
    )


def archive_of(organisation_id: int, *, on: date) -> list[ArchivedPaper]:
    """The papers of an organisation, the newest first, with the facts they prove today."""
    uses: dict[str, list[KnownFact]] = {}
    for fact in parties.facts_of(organisation_id, on=on).values():
        uses.setdefault(fact.document, []).append(fact)
    return [_paper(stored, uses.get(stored.public_id, []), on=on) for stored in files.list_own(organisation_id)]


def field_names(*, on: date) -> dict[str, str]:
    """The fields of application that schemes in force name, by code."""
    return rules.fields_named(policy.pack(version) for version in force.versions_in_force(on=on))


def shown(known: KnownFact, fields: Mapping[str, str]) -> str:
    """A value in the reader's words: codes of industries and fields by their names."""
    text = known.shown
    if known.name == "industry":
        return f"{known.value} {said(rules.industry_name(str(known.value)))}"
    return {**fields, "other": "其他领域"}.get(text, text) if known.name == "field" else text


def _line(name: str, known: KnownFact | None, fields: Mapping[str, str]) -> FactLine:
    word = VOCABULARY[name]
    return FactLine(word.label, word.document, shown(known, fields) if known else "", known)


def _paper(stored: StoredFile, facts: list[KnownFact], *, on: date) -> ArchivedPaper:
    days = [fact.valid_until for fact in facts if fact.valid_until is not None]
    until = min(days) if days else None
    return ArchivedPaper(
        stored.public_id,
        stored.name,
        stored.kind.value,
        stored.uploaded_at,
        tuple(VOCABULARY[fact.name].label for fact in facts),
        until,
        is_lapsed=until is not None and until < on,
    )
