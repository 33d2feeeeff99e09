"""The four refusals of the domain; `web.errors` turns each into a status code and a page."""

from collections.abc import Sequence

from vouchers.kernel.findings import Finding


class DomainError(Exception):
    """A refusal that a person can read; `code` is its stable name for scripts."""

    code = "refused"


class NotFound(DomainError):
    """No such thing, or not theirs to see: both look the same from outside."""

    code = "not-found"


class NotPermitted(DomainError):
    """They may not do this."""

    code = "not-permitted"


class Conflict(DomainError):
    """The thing is no longer in the state that the page showed."""

    code = "conflict"


class InProgress(Conflict):
    """The same press is still being worked on; its answer is not there yet."""

    code = "in-progress"


class RuleViolation(DomainError):
    """Rules refuse the act; all findings at once (一次性告知)."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("；".join(finding.text for finding in findings))
        self.findings = tuple(findings)


class KeyReused(RuleViolation):
    """The key of one press came back with other content."""

    code = "key-reused"


_TOLD: tuple[tuple[type[DomainError], str], ...] = (
    (NotFound, "没有找到：请核对名称或编号后重试"),
    (NotPermitted, "没有办理权限：请由有权的人办理"),
    (Conflict, "现在不能这样办理：可能已经办过，或状态已经变化，请查看现状后再试"),
)


def told(refusal: DomainError) -> str:
    """A refusal as a command tells it: the findings, or what the kind of refusal means with the detail behind it.

    >>> told(NotFound("office 无"))
    '没有找到：请核对名称或编号后重试（office 无）'
    """
    words = next((words for kind, words in _TOLD if isinstance(refusal, kind)), "")
    return f"{words}（{refusal}）" if words else str(refusal)


class SettingsError(Exception):
    """A setting that stops the start; the message says which and how to mend it."""
