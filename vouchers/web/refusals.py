"""What rules refused during a request, gathered for whoever keeps a record of it."""

from collections.abc import Iterable

from flask import g

from vouchers.kernel.findings import Finding


def note_refusal(findings: Iterable[Finding]) -> None:
    """Remember what was found against an act."""
    if not hasattr(g, "refused"):
        g.refused = []
    g.refused.extend(finding.code for finding in findings)


def refused_codes() -> list[str]:
    """The codes of everything that was found against this request's act."""
    return list(g.get("refused", []))
