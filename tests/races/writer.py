"""A process that submits claims through the services: one of several that write into the same database.

It reads the ids of drafts as one JSON line, says that it is ready, waits for a second, and tells what came of each.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from vouchers import config
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.errors import DomainError
from vouchers.redemption import services


def main() -> None:
    """Submit what was read, all at the word."""
    asked = json.loads(sys.stdin.readline())
    actor, at = Actor(ActorKind.USER, **asked["actor"]), datetime.fromisoformat(asked["at"])
    app = create_app(config.load(os.environ, Path(os.environ["INSTANCE_PATH"])))
    with app.app_context():
        _say("ready")
        sys.stdin.readline()
        _say(json.dumps([_submit(claim, actor, at) for claim in asked["claims"]]))


def _submit(claim: str, actor: Actor, at: datetime) -> str:
    try:
        with transaction():
            services.submit_draft(claim, actor=actor, at=at)
    except DomainError as refusal:
        return type(refusal).__name__
    return "submitted"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
