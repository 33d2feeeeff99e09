"""INV-31: a request counts from the instant its last byte was read, not from when it is worked on."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from flask import Flask, request

from vouchers.web.arrival import arrived_at, note_arrival

BODY = b"note=" + b"x" * 4000


class Slow(BytesIO):
    """A body that takes a second at each reading."""

    def __init__(self, clock: Path, since: datetime) -> None:
        super().__init__(BODY)
        self._clock, self.at = clock, since

    def read(self, size: int | None = -1) -> bytes:
        """At most a thousand bytes."""
        part = super().read(min(size if size and size > 0 else 1000, 1000))
        if part:
            self.at += timedelta(seconds=1)
            self._clock.write_text(self.at.isoformat())
        return part

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """The same, into a buffer."""
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def test_a_request_has_arrived_when_its_last_byte_was_read(app: Flask, clock: Path, noon: datetime) -> None:
    slow = Slow(clock, noon)
    kind = "application/x-www-form-urlencoded"
    with app.test_request_context("/", method="POST", input_stream=slow, content_length=len(BODY), content_type=kind):
        note_arrival()
        taken = slow.at
        clock.write_text((slow.at + timedelta(minutes=2)).isoformat())  # the page waits for its turn

        assert arrived_at() == taken >= noon + timedelta(seconds=5)
        assert len(request.form["note"]) == 4000


def test_without_a_request_it_is_now(app: Flask, clock: Path, noon: datetime) -> None:
    assert arrived_at() == noon


def test_every_page_is_asked_after_its_request_has_arrived(app: Flask) -> None:
    names = [step.__name__ for step in app.before_request_funcs[None]]

    assert "note_arrival" in names
