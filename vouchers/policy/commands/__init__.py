"""Commands of policy: `flask policy …`."""

from vouchers.policy.commands import packs, writing
from vouchers.policy.commands.reading import policy

__all__ = ["packs", "policy", "writing"]
