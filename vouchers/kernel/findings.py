"""What a rule found: a code with parameters, a sentence to show and the way to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ABOUT_WHO = frozenset(
    {
        "appoint-self",
        "duty-held",
        "duty-part-held",
        "lift-same-person",
        "mandate-own",
        "mandate-own-end",
        "out-of-scope",
        "own-account",
        "own-organisation",
        "recused",
        "reset-own",
        "reset-same-person",
        "same-office",
        "same-person",
        "same_person",
        "second-person",
        "settlement.same_comparer",
        "settlement.same_person",
        "settlement.third_person",
        "wrong-office",
        "wrong-role",
    }
)
"""Findings about who acts, not about what: 403, and an event is left though nothing was done (B05, B06)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why an act is refused or needs a look.

    `message` and `way` are Chinese templates (`{name}` placeholders); they are also the keys of the English
    catalogue. Decisions store `code` and `params`, never the rendered sentence.
    """

    code: str
    message: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    way: str = ""
    clause: str = ""
    field: str = ""

    @property
    def text(self) -> str:
        """The sentence in Chinese, with the way to mend it."""
        sentence = self.message.format_map(self.params)
        return f"{sentence}{self.way.format_map(self.params)}"

    @property
    def is_about_who(self) -> bool:
        """Whether somebody else could do the same act."""
        return self.code in ABOUT_WHO
