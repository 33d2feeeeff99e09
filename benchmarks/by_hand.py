"""Approving claims in full as somebody would write it for the bare driver alone: the floor under the services.

Appointment, impartiality, duty, red letters, claim, transfers, message and the chained event that vouches for the rows
are asked for or written as by the services; what is left out is everything that makes it readable and safe to change.
`flask ledger verify` finds nothing wrong after it.
"""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from vouchers.audit.rules import ALGORITHM, covered, link, row_digest
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import canonical_json
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.identifiers import new_public_id
from vouchers.kernel.money import format_yuan, split
from vouchers.ledger.rules import act_digest
from vouchers.redemption.models import Claim

_CLAIM = """
    SELECT c.id, c.number, c.state, c.amount, c.version, c.evidence_hash, a.public_id, v.id, v.public_id,
           v.voucher_kind, s.scheme_id, h.public_id, p.public_id, o.organisation_id, m.pack_id, m.office_id,
           c.invoice_id
      FROM claims c JOIN vouchers v ON v.id = c.voucher_id JOIN applications a ON a.id = v.application_id
      JOIN scheme_versions s ON s.id = v.scheme_version_id JOIN schemes m ON m.id = s.scheme_id
      JOIN enterprises e ON e.id = v.enterprise_id
      JOIN organisations h ON h.id = e.organisation_id JOIN organisations p ON p.id = c.payee_id
      JOIN providers o ON o.id = c.provider_id
     WHERE c.public_id = %s"""
_POSTS = """
    SELECT a.role, a.office_id, a.schemes, o.kind FROM appointments a LEFT JOIN offices o ON o.id = a.office_id
     WHERE a.user_id = %s AND a.valid_from <= %s AND (a.valid_until IS NULL OR a.valid_until >= %s)"""
_TIES = """
    SELECT EXISTS (SELECT 1 FROM mandates WHERE person_id = %s)
        OR EXISTS (SELECT 1 FROM control_links WHERE holder_person_id = %s)
        OR EXISTS (SELECT 1 FROM conflicts WHERE person_id = %s)"""
_HOLD_INVOICE = "SELECT id FROM invoices WHERE id = %s FOR UPDATE"
_RED = "SELECT coalesce(sum(reduction - applied), 0) FROM red_letters WHERE invoice_id = %s"
_DUTY = (
    "INSERT INTO case_duties (case_id, person_id, duty, part, since) VALUES (%s, %s, 'decide', '', %s)"
    " ON CONFLICT (case_id, person_id) DO NOTHING"
)
_HAS_DUTY = "SELECT duty FROM case_duties WHERE case_id = %s AND person_id = %s"
_SEALED = ("id", *Claim.SEALED)
_APPROVE = (
    "UPDATE claims SET state = 'approved', approved = %s, approved_by_id = %s, version = version + 1"  # noqa: S608
    f" WHERE id = %s AND version = %s RETURNING {', '.join(_SEALED)}"
)
_HELD = "SELECT layer, balance, id FROM ledger_accounts WHERE kind = 'held' AND subject = %s AND balance > 0"
_ACCOUNTS = "SELECT name, id, balance FROM ledger_accounts WHERE name IN (%s, %s, %s, %s) ORDER BY id"
_OPEN = (
    "INSERT INTO ledger_accounts (name, kind, unit, balance, scheme_id, voucher_kind, layer, party, subject, period)"
    " VALUES (%s, 'payable', 'CNY', 0, %s, %s, %s, %s, '', '') ON CONFLICT (name) DO NOTHING"
)
_TRANSFER = (
    'INSERT INTO transfers (act_id, kind, debit_id, credit_id, amount, unit, "key", reason, actor_name, at)'
    " VALUES (%s, 'redeem', %s, %s, %s, 'CNY', %s, %s, %s, %s) RETURNING id"
)
_VOUCHER = "SELECT state FROM vouchers WHERE id = %s"
_LEFT = "SELECT balance FROM ledger_accounts WHERE kind = 'voucher' AND subject = %s AND balance > 0"
_MESSAGE = (
    "INSERT INTO messages (public_id, organisation_id, role, code, params, link, at)"
    " VALUES (%s, %s, '', 'claim_approved', %s, %s, %s)"
)
_HEAD = "SELECT seq, hash FROM audit_head WHERE id = 1"
_MOVE_HEAD = "UPDATE audit_head SET seq = %s, hash = %s WHERE id = 1"


class ByHand:
    """The bare driver's approvals on one open connection."""

    def __init__(self, connection: Any, actor: Actor, at: datetime) -> None:
        self._is_sqlite = isinstance(connection, sqlite3.Connection)
        self._cursor = connection.cursor()
        self._actor, self._at = actor, at
        self._instant = str(at.replace(tzinfo=None)) + ".000000" if self._is_sqlite else at.astimezone(UTC)
        self._day = str(beijing_date(at)) if self._is_sqlite else beijing_date(at)
        self._rows_written: dict[str, dict[str, str]] = {}

    def approve(self, claims: list[tuple[str, int]], amount: int) -> None:
        """Approve each of these claims in a transaction of its own."""
        for public_id, version in claims:
            self._send("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            self._approve(public_id, version, amount)
            self._send("COMMIT")

    def _approve(self, public_id: str, seen: int, amount: int) -> None:
        claim = self._row(_CLAIM + ("" if self._is_sqlite else " FOR UPDATE OF c"), public_id)
        key, number, state, asked, version, evidence, case, voucher_id, voucher, kind, scheme, *rest = claim
        holder, payee, told, pack, office, invoice = rest
        self._rows_written = {}
        person = self._actor.person_id
        self._may_decide(pack, office)
        self._send(_DUTY, case, person, self._instant)
        if self._cursor.rowcount:
            taken = {"case_id": case, "person_id": person, "duty": "decide", "part": "", "since": self._instant}
            self._rows_written["case_duties"] = {f"{case}:{person}": row_digest(taken)}
        elif self._row(_HAS_DUTY, case, person) != ("decide",):
            raise ValueError("another duty is held")
        if not self._is_sqlite:
            self._row(_HOLD_INVOICE, invoice)
        if self._row(_RED, invoice) != (0,):
            raise ValueError("the invoice was taken back")
        if version != seen or state != "verified" or not 0 < amount <= asked:
            raise ValueError("not to be approved")
        sealed = dict(zip(_SEALED, self._row(_APPROVE, amount, person, key, version), strict=True))
        self._rows_written["claims"] = {str(key): row_digest(sealed)}
        self._pay(public_id, number, amount, pot=f"{scheme}:{kind}", holder=holder, payee=payee)
        lock = "" if self._is_sqlite else " FOR UPDATE"
        if self._row(_VOUCHER + lock, voucher_id) != ("active",) or not self._rows(_LEFT, voucher):
            raise ValueError("the voucher would end, which is not part of this")
        params = canonical_json({"number": number, "reason": "", "amount": format_yuan(amount)})
        self._send(_MESSAGE, new_public_id(), told, params, f"/provider/claims/{public_id}", self._instant)
        self._chain(public_id, {"asked": asked, "approved": amount, "evidence": evidence})

    def _may_decide(self, pack: str, office: int) -> None:
        actor = self._actor
        posts = [row for row in self._rows(_POSTS, actor.user_id, self._day, self._day) if row[0] == actor.role]
        schemes = {name for _, _, named, _ in posts for name in json.loads(named)}
        if not posts or (schemes and pack not in schemes) or (posts[0][3] == "lead" and posts[0][1] != office):
            raise ValueError("outside the appointment")
        if self._row(_TIES, actor.person_id, actor.person_id, actor.person_id)[0]:
            raise ValueError("ties are not part of this")

    def _pay(self, public_id: str, number: str, amount: int, *, pot: str, holder: str, payee: str) -> None:
        held = sorted(self._rows(_HELD, public_id))
        layers = [layer for layer, _, _ in held]
        parts = dict(zip(layers, split(amount, [balance for _, balance, _ in held]), strict=True))
        names = {
            layer: (f"held:{pot}:{layer}:{holder}:{public_id}::CNY", f"payable:{pot}:{layer}:{payee}:::CNY")
            for layer in layers
        }
        lock = "" if self._is_sqlite else " FOR UPDATE"
        wanted = [name for pair in names.values() for name in pair]
        found = self._rows(_ACCOUNTS + lock, *wanted)
        if len(found) < len(wanted):  # the first that this payee is owed
            scheme, kind = pot.split(":")
            opened = [(names[layer][1], int(scheme), kind, layer, payee) for layer in layers]
            self._cursor.executemany(self._in_dialect(_OPEN), opened)
            found = self._rows(_ACCOUNTS + lock, *wanted)
        accounts = {name: (key, left) for name, key, left in found}
        act, done = new_public_id(), []
        for layer, part in parts.items():
            (debit, left), (credit, _) = (accounts[name] for name in names[layer])
            if left < part:
                raise ValueError("not enough is held")
            transfer = f"redeem:{public_id}:{layer}"
            name = self._actor.name
            ((own,),) = self._rows(_TRANSFER, act, debit, credit, part, transfer, number, name, self._instant)
            done.append((own, "redeem", *names[layer], part, "CNY", transfer, number, None, name, self._at))
        self._rows_written["transfers"] = {act: act_digest(done)}

    def _chain(self, public_id: str, details: dict[str, Any]) -> None:
        last, previous = self._row(_HEAD + ("" if self._is_sqlite else " FOR UPDATE"))
        actor = self._actor
        event: dict[str, Any] = {
            "seq": last + 1,
            "at": self._at,
            "act": "claim.approve",
            "subject_type": "claim",
            "subject_id": public_id,
            "actor_kind": actor.kind.value,
            "actor_id": str(actor.user_id),
            "actor_name": actor.name,
            "actor_role": actor.role,
            "office": str(actor.office_id),
            "before": "verified",
            "after": "approved",
            "details": details,
            "rows": self._rows_written,
            "reason": "",
            "request_id": actor.request_id,
            "address": actor.address,
            "hash_alg": ALGORITHM,
        }
        instant = self._at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        own = link(previous, covered({**event, "at": instant}))
        written = {"details": canonical_json(details), "rows": canonical_json(self._rows_written)}
        row = {**event, **written, "at": self._instant}
        row |= {"previous_hash": previous, "hash": own}
        columns = ", ".join(f'"{name}"' for name in row)
        self._send(f"INSERT INTO audit_events ({columns}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())  # noqa: S608
        self._send(_MOVE_HEAD, last + 1, own)

    def _rows(self, statement: str, *values: object) -> list[Any]:
        self._send(statement, *values)
        found: list[Any] = self._cursor.fetchall()
        return found

    def _row(self, statement: str, *values: object) -> Any:
        (found,) = self._rows(statement, *values)
        return found

    def _send(self, statement: str, *values: object) -> None:
        self._cursor.execute(self._in_dialect(statement), values)

    def _in_dialect(self, statement: str) -> str:
        return statement.replace("%s", "?") if self._is_sqlite else statement
