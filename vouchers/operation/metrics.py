"""Figures for a monitor (Prometheus): requests by page, work that waits, the size of the database. Per process."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from vouchers.db.base import db
from vouchers.jobs import queries as jobs
from vouchers.kernel.clock import now

REGISTRY = "metrics"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def add_metrics(app: Flask) -> None:
    """Count and time every request of this application."""
    registry = CollectorRegistry()
    served = Counter("vouchers_requests", "Requests served", ["method", "page", "status"], registry=registry)
    took = Histogram("vouchers_request_seconds", "Time to answer", ["page"], buckets=_SECONDS, registry=registry)
    registry.register(_Waiting())
    app.extensions[REGISTRY] = registry

    def start() -> None:
        g.metrics_started = perf_counter()

    def count(response: Response) -> Response:
        page = request.endpoint or "none"  # a page, never an address: addresses are without number
        served.labels(request.method if page != "none" else "any", page, str(response.status_code)).inc()
        if "metrics_started" in g:
            took.labels(page).observe(perf_counter() - g.metrics_started)
        return response

    app.before_request(start)
    app.after_request(count)


class _Waiting(Collector):
    """What the database says when asked: looked up at each collection."""

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read when the collector is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Jobs by state, the longest wait, the size of the database files."""
        yield from _sizes()
        up = GaugeMetricFamily("vouchers_database_up", "Whether the database answers")
        try:
            yield from _jobs()
            up.add_metric([], 1)
        except SQLAlchemyError:
            db.session.rollback()
            up.add_metric([], 0)
        yield up


def _jobs() -> Iterator[Metric]:
    by_state = GaugeMetricFamily("vouchers_jobs", "Jobs that are not done", labels=["state"])
    for state, number in jobs.counts().items():
        by_state.add_metric([state.value], number)
    yield by_state
    at = now()
    waited = (at - jobs.waiting_since(at=at)).total_seconds()
    yield GaugeMetricFamily("vouchers_jobs_oldest_seconds", "How long the oldest due job has waited", value=waited)


def _sizes() -> Iterator[Metric]:
    settings = current_app.config["SETTINGS"]
    if not settings.is_sqlite:
        return
    main = Path(db.engine.url.database or "")
    sizes = GaugeMetricFamily("vouchers_database_bytes", "Size of the database files", labels=["file"])
    for name, path in (("database", main), ("journal", main.with_name(main.name + "-wal"))):
        sizes.add_metric([name], path.stat().st_size if path.exists() else 0)
    yield sizes
