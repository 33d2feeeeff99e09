"""Why somebody is sent to the identity provider, and what is told when nothing came of it."""

from dataclasses import dataclass


class ProviderError(Exception):
    """A sign-in at the provider that came to nothing; the message is a sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Why somebody was sent to the provider, and where they go on afterwards."""

    is_linking: bool
    next: str
