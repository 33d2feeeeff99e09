"""How a scheme and one of its texts are named where only rights and rules are asked, without reading the rows."""

from typing import NamedTuple


class SchemeKey(NamedTuple):
    """A scheme as appointments name it: the id of its pack and the office that administers it."""

    pack_id: str
    office_id: int


class VersionKey(NamedTuple):
    """A text of a scheme: its row, and the digest of its content, under which it stands compiled."""

    id: int
    content_hash: str
