"""A request too long for memory passes through a file; where there is no room for it the sender is told so."""

import logging
from contextlib import suppress

from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from vouchers.db.failures import NO_ROOM

log = logging.getLogger(__name__)


class NoRoomError(Error):  # type: ignore[misc]  # waitress ships no types
    """As a page would say it (`web.errors`); there is no page, for nothing was read."""

    code = 507
    reason = "Insufficient Storage"


class Nowhere:
    """Takes the rest of a body and keeps nothing: whoever is cut off in the middle does not read the answer."""

    def append(self, _data: bytes) -> None:
        """Let it go."""

    def close(self) -> None:
        """Nothing is held."""


class ToldParser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """A request as it arrives. Waitress hangs up when it cannot write it down."""

    def received(self, data: bytes) -> int:
        """Take what arrived; from where there is no room for it, only count it."""
        try:
            return int(super().received(data))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            log.error("no room left for a request that comes in")  # noqa: TRY400  the operator needs no trace of it
        with suppress(OSError):
            self.body_rcv.getbuf().close()
        self.error = NoRoomError("存储空间已满，没有保存。请稍后重试，或联系管理员。")
        if self.chunked:  # how far it was taken apart is not known any more
            self.completed = True
            return len(data)
        self.body_rcv.buf = Nowhere()
        return int(super().received(data))
