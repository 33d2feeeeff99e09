"""The worker: claims what is due, prepares it without a lock, finishes it and marks it done in one transaction."""

import logging
import threading
from contextlib import suppress
from datetime import date, datetime

from flask import Flask

from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.db.writing import Unavailable
from vouchers.jobs import rules, services
from vouchers.jobs.registry import Hopeless, JobKind, Sweep
from vouchers.jobs.services import Claim, LeaseLost
from vouchers.kernel.actor import job as job_actor
from vouchers.kernel.clock import beijing_date, now
from vouchers.kernel.faults import doing, fault

log = logging.getLogger(__name__)

DAILY = "daily"
PAUSE_SECONDS = 2.0
END_SECONDS = 25.0
_MOST_PORTIONS = 100_000


class Stopped(Exception):
    """The worker was told to stop in the midst of a sweep; what is left waits for the next one."""


def run_due(app: Flask, *, at: datetime, stop: threading.Event | None = None) -> int:
    """Do all jobs that are due at this instant, up to a stop; returns how many were tried.

    Sweeps that were broken off wait too while a jump of the clock waits for a person: they would run at its new date.
    """
    tried = 0
    held = DAILY if jumped_from(app, at=at) else None
    with app.app_context():
        for sweep in app.extensions["frequent_sweeps"]:
            _sweep(sweep, at=at, stop=stop)
        while stop is None or not stop.is_set():
            fault("job.claiming")
            with transaction():
                claimed = services.claim(at=at, held=held)
            if claimed is None:
                return tried
            doing.set(claimed.kind)
            fault("job.claimed")
            _run(app, claimed, at=at, stop=stop)
            tried += 1
        return tried


def run_daily(app: Flask, *, at: datetime, stop: threading.Event | None = None) -> dict[str, int]:
    """Do every sweep over dates, portion by portion; returns how many things each did. Stopped when told to."""
    jobs: tuple[Sweep, ...] = app.extensions["daily_jobs"]
    with app.app_context():
        done = {_name(sweep): _sweep(sweep, at=at, stop=stop) for sweep in jobs}
        with transaction():
            services.note_done(DAILY, beijing_date(at).isoformat(), at=at)
    return done


def jumped_from(app: Flask, *, at: datetime) -> date | None:
    """The last day of the sweeps, when so much time has passed since that a person must confirm today's; else None."""
    with app.app_context():
        last = services.last_day(DAILY)
        db.session.rollback()
    return last if rules.is_jump(last, beijing_date(at)) else None


def run_until(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop: due jobs every two seconds, the sweeps once on each day in Beijing."""
    while not stop.is_set():
        try:
            _ask_for_today(app)
            run_due(app, at=now(), stop=stop)
        except Exception:  # a worker outlives a database that is away for a while
            log.exception("the worker could not look for jobs; it will try again")
        stop.wait(PAUSE_SECONDS)


def start_embedded(app: Flask, stop: threading.Event) -> threading.Thread:
    """Work in a thread beside the pages until the event is set; join it for END_SECONDS, then let it go.

    A job that takes longer is taken over by the next worker when its lease ends.
    """
    thread = threading.Thread(target=run_until, args=(app, stop), name="jobs", daemon=True)
    thread.start()
    return thread


def _ask_for_today(app: Flask) -> None:
    at = now()
    day = beijing_date(at).isoformat()
    if app.extensions.get("jobs_day") == day:
        return
    last = jumped_from(app, at=at)
    if last is not None:
        if app.extensions.get("jobs_held") != day:  # said once, not every two seconds
            log.warning("no sweep since %s: check the clock, then confirm with `flask jobs daily --confirm-jump`", last)
            app.extensions["jobs_held"] = day
        return
    with app.app_context(), transaction():
        services.enqueue(DAILY, day, payload={}, at=at)
    app.extensions["jobs_day"] = day


def _run(app: Flask, claimed: Claim, *, at: datetime, stop: threading.Event | None) -> None:
    try:
        _do(app, claimed, at=at, stop=stop)
    except Stopped:
        with suppress(LeaseLost, Unavailable), transaction():
            services.put_back(claimed)
    except LeaseLost:
        log.warning("job %s was taken over by another worker", claimed.job_id)
    except Hopeless as error:
        log.warning("job %s (%s) was given up: %s", claimed.job_id, claimed.kind, error)
        db.session.rollback()
        with suppress(LeaseLost, Unavailable), transaction():
            services.give_up(claimed, str(error))
    except Exception as error:  # whatever a job does wrong, the worker goes on with the next one
        log.exception("job %s (%s) failed", claimed.job_id, claimed.kind)
        db.session.rollback()
        fault("job.failing")
        with suppress(LeaseLost, Unavailable), transaction():  # then its lease runs out and it comes again
            services.fail(claimed, f"{type(error).__name__}: {error}", at=at)
        fault("job.put-off")


def _do(app: Flask, claimed: Claim, *, at: datetime, stop: threading.Event | None) -> None:
    if claimed.kind == DAILY:
        run_daily(app, at=at, stop=stop)
        with transaction():
            services.finish(claimed)
        return
    kinds: dict[str, JobKind] = app.extensions["job_kinds"]
    kind = kinds[claimed.kind]
    prepared = kind.prepare(claimed.payload) if kind.prepare else None
    db.session.rollback()  # what was read is over; nothing is held while waiting for the lock
    fault("job.prepared")
    with transaction():
        services.finish(claimed)  # first, so that a worker that lost its lease does no work
        fault("job.before-effect")
        kind.finish(claimed.payload, prepared, actor=job_actor(claimed.kind), at=at)
        fault("job.after-effect")
    fault("job.done")


def _sweep(sweep: Sweep, *, at: datetime, stop: threading.Event | None) -> int:
    total = 0
    for _ in range(_MOST_PORTIONS):
        if stop is not None and stop.is_set():
            raise Stopped
        with transaction():
            fault("sweep.before")
            done = sweep(actor=job_actor(_name(sweep)), at=at)
            fault("sweep.after")
        total += done
        if done == 0:
            return total
    raise RuntimeError(f"{_name(sweep)} never ends: it must return 0 when nothing is left")


def _name(sweep: Sweep) -> str:
    return str(getattr(sweep, "__name__", sweep))
