"""Acts on schemes: bring a pack in, check, sign and publish its version, open and close windows."""

from vouchers.policy.services.versions import (
    PACKS,
    Signing,
    check_version,
    findings_of,
    import_pack,
    load,
    publish_version,
    review_fairness,
    revise,
    sign_version,
    stop_version,
    supersede_due,
)
from vouchers.policy.services.windows import NewWindow, close_due, close_window, open_window

__all__ = [
    "PACKS",
    "NewWindow",
    "Signing",
    "check_version",
    "close_due",
    "close_window",
    "findings_of",
    "import_pack",
    "load",
    "open_window",
    "publish_version",
    "review_fairness",
    "revise",
    "sign_version",
    "stop_version",
    "supersede_due",
]
