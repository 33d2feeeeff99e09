"""What the daily command did on every working day: closing, lapsing, ending notices, expiring."""

from vouchers.applications import services as applications
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import DAILY, World
from vouchers.issuance import services as issuance
from vouchers.notices import services as notices

_SWEEPS = (applications.lapse_due, notices.end_due, issuance.activate_due, issuance.expire_due)


def sweeps(world: World) -> Story:
    """Every morning from the first notice to the last working day."""
    for ago in range(190, -1, -1):
        yield (at := world.days.at(ago, "06:00"))
        for sweep in _SWEEPS:
            while sweep(actor=DAILY, at=at):
                pass
