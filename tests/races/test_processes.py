"""Several processes that write into one database through the services: the limits hold over all of them."""

import json
import subprocess
import sys

from tests.factories.redemption import Stage, make_stage
from tests.races.claims import drafts
from tests.races.conftest import NOON, Siege
from tests.races.harness import ROOT
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind

PROCESSES = 3
WHOLE, THIRD, THIRD_NET = 4_800_000, 1_600_000, 3_333_333


def test_processes_together_take_no_more_than_the_hold_and_no_claim_twice(siege: Siege) -> None:
    stage = make_stage(hold=WHOLE)
    claims = [one.public_id for one in drafts(stage, 6, amount=THIRD, net=THIRD_NET, at=NOON)]
    running = [start(siege, stage, claims[place:] + claims[:place]) for place in range(PROCESSES)]
    db.session.rollback()  # starting takes its time: no snapshot of ours stays open

    said = race(running)

    assert said.count("submitted") == 3
    assert set(said) == {"submitted", "Conflict", "RuleViolation"}
    assert ledger.balance_of(AccountKind.HELD, stage.order) == WHOLE - 3 * THIRD


def start(siege: Siege, stage: Stage, claims: list[str]) -> subprocess.Popen[str]:
    """A process that has its claims and waits for the word."""
    command = [sys.executable, "-m", "tests.races.writer"]
    process = subprocess.Popen(  # noqa: S603  our own command
        command, cwd=ROOT, env=siege.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    tell(process, json.dumps({"actor": plain(stage.provider), "at": NOON.isoformat(), "claims": claims}))
    return process


def race(running: list[subprocess.Popen[str]]) -> list[str]:
    """Let all of them go once all are ready; what each said of each claim."""
    for process in running:
        assert hear(process) == "ready"
    for process in running:
        tell(process, "go")
    said = [outcome for process in running for outcome in json.loads(hear(process))]
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    return said


def plain(actor: Actor) -> dict[str, object]:
    """A person of an organisation, as a process is told who acts."""
    return {
        "name": actor.name,
        "role": actor.role,
        "user_id": actor.user_id,
        "person_id": actor.person_id,
        "organisation_id": actor.organisation_id,
    }


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()
