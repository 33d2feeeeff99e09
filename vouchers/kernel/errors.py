"""The four refusals of the domain; `web.errors` turns each into a status code and a page."""

from collections.abc import Sequence

from vouchers.kernel.findings import Finding


class DomainError(Exception):
    """A refusal that a person can read."""


class NotFound(DomainError):
    """No such thing, or not theirs to see: both look the same from outside."""


class NotPermitted(DomainError):
    """They may not do this."""


class Conflict(DomainError):
    """The thing is no longer in the state that the page showed."""


class RuleViolation(DomainError):
    """Rules refuse the act; all findings at once (一次性告知)."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("；".join(finding.text for finding in findings))
        self.findings = tuple(findings)
