"""What slices above add to a voucher's page: they hand in panels, this slice only leaves the place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from vouchers.issuance.models import Voucher


class Place(StrEnum):
    """Where a panel stands."""

    MAIN = "main"
    ASIDE = "aside"


class Reader(StrEnum):
    """Who looks at the page."""

    ENTERPRISE = "enterprise"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a voucher's page: a template under `parts` and what it shows, as `panel.values`."""

    place: Place
    template: str
    values: Mapping[str, Any]


PanelMaker = Callable[[Voucher, Reader, date], Panel | None]
"""Makes a panel for a voucher, a reader and a day, or none; the factory names the makers."""
