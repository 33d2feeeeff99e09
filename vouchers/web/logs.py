"""Logs: one line per event with the request's id, for a person's eyes or as JSON; one line per request served."""

import logging
import re
import sys
from contextlib import nullcontext
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.types import EventDict, Processor

from vouchers.config import LogFormat, Settings
from vouchers.web.security import page_asked, request_id

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_QUIET = frozenset({"static", "operation_public.is_alive", "operation_public.is_ready", "operation_public.metrics"})

log = logging.getLogger("vouchers.request")


def write_logs(settings: Settings) -> None:
    """Send every log line of this process to standard error, in the format of the setting LOG_FORMAT."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    is_json = settings.log_format is LogFormat.JSON
    last: list[Processor] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False)]
        if is_json
        else [_on_one_line, structlog.dev.ConsoleRenderer(colors=False)]
    )
    handler = _Lines(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries only what is amiss
    logging.getLogger("vouchers").setLevel(logging.INFO)


class _Lines(logging.StreamHandler[Any]):
    """Puts a line together before its turn to write comes: others need not wait for that."""

    def handle(self, record: logging.LogRecord) -> bool:
        """Format, then write; whatever goes wrong with either is told as the library does."""
        if not self.filter(record):
            return False
        try:
            line = self.format(record) + self.terminator
            with self.lock or nullcontext():
                self.stream.write(line)
                self.flush()
        except Exception:  # noqa: BLE001  a line less, and no page the worse for it
            self.handleError(record)
        return True


def add_request_log(app: Flask) -> None:
    """Note each request by the pattern of its address, never by the address: that may hold a code or a name."""
    app.before_request(_start)
    app.after_request(_note)
    app.teardown_request(_end)


def _start() -> None:
    g.started = perf_counter()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _note(response: Response) -> Response:
    if request.endpoint not in _QUIET:
        log.info("request", extra=_told(response))
    return response


def _told(response: Response) -> dict[str, Any]:
    started = g.get("started")
    return {
        "method": request.method,
        "route": page_asked(),
        "status": response.status_code,
        "milliseconds": round((perf_counter() - started) * 1000, 1) if started else None,
        "address": request.remote_addr or "",
    }


def _end(_: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")


def _on_one_line(_: Any, __: str, event: EventDict) -> EventDict:
    """A line break or escape sequence in what somebody sent must not look like a line of ours."""
    event["event"] = _CONTROL.sub(lambda found: repr(found[0])[1:-1], str(event["event"]))
    return event
