"""What slices above ask of a case besides facts and papers: they hand in parts, this slice only leaves the place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vouchers.applications.models import Application
from vouchers.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class CasePart:
    """A part of a case: a task with its page, what keeps the case from being handed in, and what is confirmed with it.

    `template` shows it to officers as `part.values`; `words` tell the applicant how it stands once it was handed in.
    """

    key: str  # as a correction and the snapshot name it
    name: str
    page: str  # endpoint
    hint: str
    findings: tuple[Finding, ...]
    snapshot: Mapping[str, Any]
    template: str
    values: Mapping[str, Any]
    words: str = ""


PartMaker = Callable[[Application, date], CasePart | None]
"""Makes a part of a case on a day, or none where the case has no such part."""

MAKERS: list[PartMaker] = []  # the factory fills it


def parts_of(application: Application, *, on: date) -> list[CasePart]:
    """The parts of a case beyond its facts and papers."""
    return [part for make in MAKERS if (part := make(application, on)) is not None]
