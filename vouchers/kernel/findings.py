"""What a rule found: a code with parameters, a sentence to show and the way to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
