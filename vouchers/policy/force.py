"""Which version of a scheme holds on a day: a published one waits for its first day, the one before holds till then.

Told from the first days alone, so that no clock and no sweep stands between a text and its day. The state of a version
that was overtaken follows with the next sweep or act.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.states import Standing, VersionState


def has_begun(version: SchemeVersion, on: date) -> bool:
    """Whether the first day of a version has come."""
    return version.effective_from is None or version.effective_from <= on


def version_in_force(scheme_id: int, *, on: date) -> SchemeVersion | None:
    """The version in force on a day: of those published whose first day has come, the newest text."""
    return _newest_begun(published_versions(scheme_id), on)


def versions_in_force(*, on: date) -> list[SchemeVersion]:
    """Every version in force on a day, for visitors; rehearsals are left out."""
    found = (_newest_begun(versions, on) for versions in _by_scheme())
    return [version for version in found if version is not None]


def version_shown(scheme_id: int, *, on: date) -> SchemeVersion | None:
    """The version in force on a day, else the first that waits for its day."""
    return _shown(published_versions(scheme_id), on)


def versions_shown(*, on: date) -> list[SchemeVersion]:
    """What visitors see of every scheme: the version in force, else the first that waits; rehearsals are left out."""
    found = (_shown(versions, on) for versions in _by_scheme())
    return [version for version in found if version is not None]


def latest_text(scheme_id: int) -> SchemeVersion | None:
    """The newest text: of those published, in force or waiting, else of all; for names, which no day decides."""
    newest = select(SchemeVersion).where(SchemeVersion.scheme_id == scheme_id).order_by(SchemeVersion.number.desc())
    return next(reversed(published_versions(scheme_id)), None) or db.session.scalar(newest.limit(1))


def waiting_versions(scheme_id: int, *, on: date) -> list[SchemeVersion]:
    """The published versions of a scheme that wait for their first day, the first to come first."""
    waiting = [one for one in published_versions(scheme_id) if not has_begun(one, on)]
    return sorted(waiting, key=_first_day)


def successor_of(version: SchemeVersion, *, on: date) -> SchemeVersion | None:
    """The newer text of the scheme that holds on a day in place of this one."""
    newest = version_in_force(version.scheme_id, on=on)
    return newest if newest is not None and newest.number > version.number else None


def overtaken_versions(scheme_id: int, *, on: date) -> list[tuple[SchemeVersion, SchemeVersion]]:
    """The published versions whose place a newer text has taken by a day, each with that text."""
    newest = version_in_force(scheme_id, on=on)
    if newest is None:
        return []
    return [(one, newest) for one in published_versions(scheme_id) if one.number < newest.number]


def standing_of(version: SchemeVersion, *, on: date) -> VersionState | Standing:
    """How a version stands on a day, whatever its row says already."""
    if version.state is not VersionState.PUBLISHED:
        return version.state
    if not has_begun(version, on):
        return Standing.WAITING
    return version.state if successor_of(version, on=on) is None else VersionState.SUPERSEDED


def replaced_by(version: SchemeVersion, *, on: date) -> list[SchemeVersion]:
    """The published versions that have no day left once this one is published: it holds from its first day."""
    begins = has_begun(version, on)
    first = _first_day(version)
    others = (one for one in published_versions(version.scheme_id) if one.id != version.id)
    return [one for one in others if begins or _first_day(one) >= first]


def schemes_published() -> list[int]:
    """The keys of the schemes that have a published version, rehearsals among them."""
    is_published = SchemeVersion.state == VersionState.PUBLISHED
    return list(
        db.session.scalars(select(SchemeVersion.scheme_id).where(is_published).distinct().order_by("scheme_id"))
    )


def published_versions(scheme_id: int) -> list[SchemeVersion]:
    """The published versions of a scheme, in force or waiting, the newest text last."""
    return list(db.session.scalars(_published().where(SchemeVersion.scheme_id == scheme_id)))


def _published() -> Select[SchemeVersion]:
    is_published = SchemeVersion.state == VersionState.PUBLISHED
    return select(SchemeVersion).where(is_published).order_by(SchemeVersion.number)


def _by_scheme() -> Iterable[list[SchemeVersion]]:
    statement = _published().join(Scheme).options(joinedload(SchemeVersion.scheme))
    statement = statement.where(Scheme.is_rehearsal.is_(False)).order_by(None)
    found: dict[int, list[SchemeVersion]] = {}
    for version in db.session.scalars(statement.order_by(Scheme.title, SchemeVersion.number)):
        found.setdefault(version.scheme_id, []).append(version)
    return found.values()


def _newest_begun(versions: list[SchemeVersion], on: date) -> SchemeVersion | None:
    return next((one for one in reversed(versions) if has_begun(one, on)), None)


def _shown(versions: list[SchemeVersion], on: date) -> SchemeVersion | None:
    return _newest_begun(versions, on) or min(versions, key=_first_day, default=None)


def _first_day(version: SchemeVersion) -> date:
    return version.effective_from or date.min
