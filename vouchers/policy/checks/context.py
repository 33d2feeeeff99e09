"""What every check works on: the pack, its text, and where each rule stands in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import Document, PackFinding


@dataclass(frozen=True, slots=True)
class Context:
    """A pack under examination; `texts` holds the wording of its sources where it is at hand."""

    pack: PolicyPack
    document: Document
    texts: Mapping[str, str]
    places: Mapping[str, Path]

    def finding(
        self, rule: Rule, code: str, message: str, *, mend: str = "", at: Path = (), warning: bool = False
    ) -> PackFinding:
        """A finding on a rule, at a path below it."""
        path = (*self.places.get(rule.id, ()), *at)
        return self.document.finding(path, code, message, mend=mend, warning=warning)

    def not_yet(self, rule: Rule, message: str, *, mend: str, at: Path = ()) -> PackFinding:
        """A finding on a shape of a rule that the product does not carry out yet."""
        return replace(self.finding(rule, "not-carried-out", message, mend=mend, at=at), level="not-yet")


def context(pack: PolicyPack, document: Document, texts: Mapping[str, str]) -> Context:
    """The context of a pack read from a document."""
    return Context(pack, document, texts, dict(reversed(list(_places(document.data, ())))))


def _places(here: object, path: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(here, dict):
        if isinstance(here.get("id"), str) and "say" in here:
            yield here["id"], path
        for key, value in here.items():
            yield from _places(value, (*path, key))
    elif isinstance(here, list):
        for position, value in enumerate(here):
            yield from _places(value, (*path, position))
