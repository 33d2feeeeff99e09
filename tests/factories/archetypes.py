"""The ways cities run their vouchers, told through the services with the packs as they ship."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask

from tests.factories import providers, review
from tests.factories.applications import Ground, confirm, make_ground
from tests.factories.notices import approve, end_notices, make_notice
from tests.factories.parties import received_pdf
from tests.factories.redemption import Stage, add_account, new_claim, served_order
from tests.factories.settlement import Bureau, answers, make_indicators, sent_batch
from vouchers.applications import queries, rules, services
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.kernel.actor import Actor
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.parties import queries as parties
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.pack.reading import read_document
from vouchers.providers.services import OfferingTerms
from vouchers.redemption import services as redemption
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.services import Approval, InvoiceFile, Verification
from vouchers.settlement import services as settlement
from vouchers.settlement.models import Batch

POLICIES = Path(__file__).parents[2] / "seeds" / "policies"
ENVELOPE = 1_000_000_000  # fen per layer
NOTICE = {"id": "notice", "say": "公示 5 个工作日", "working_days": 5, "provenance": "local"}
Change = Callable[[dict[str, Any]], object]
_numbers = count(700)


@dataclass
class Story:
    """One scheme in force with its money and people, and what came of it so far."""

    app: Flask
    ground: Ground
    kind: str
    layers: tuple[str, ...]
    bureau: Bureau = field(default_factory=Bureau)

    @property
    def pot(self) -> Pot:
        """Where the money of the kind stands."""
        return Pot(self.ground.scheme_id, self.kind)

    @property
    def money(self) -> Stage:
        """As much of a stage as finance needs."""
        nobody, actor = Party("", ""), self.ground.officer("acceptor")
        return Stage(self.ground.scheme_id, 0, "", "", nobody, nobody, actor, actor, 0)

    def left(self) -> int:
        """What all layers may still promise."""
        return sum(ledger.balance(self.pot.envelope(layer)) for layer in self.layers)

    def owed(self, organisation_id: int) -> int:
        """What an organisation is owed over all layers."""
        payee = parties.organisation(organisation_id).public_id
        return sum(ledger.balance(self.pot.payable(layer, payee=payee)) for layer in self.layers)

    def paid(self, organisation_id: int) -> int:
        """What an organisation has had over all layers."""
        payee = parties.organisation(organisation_id).public_id
        return sum(ledger.balance(self.pot.paid(layer, payee=payee)) for layer in self.layers)

    def prove(self) -> None:
        """What `flask ledger verify` and `flask audit verify` say."""
        db.session.rollback()
        for book in ("ledger", "audit"):
            answer = self.app.test_cli_runner().invoke(args=[book, "verify", "--json"])
            assert answer.exit_code == 0, answer.output
            assert json.loads(answer.output)["ok"]


def loaded(name: str, *changes: Change) -> LoadedPack:
    """A pack as it ships, with its data changed where a test is about that."""
    path = POLICIES / f"{name}.yaml"
    data: Any = read_document(path.read_text(encoding="utf-8"), path.name).data
    for change in changes:
        change(data)
    found = load_text(json.dumps(data, ensure_ascii=False), path.name, beside=POLICIES)
    assert found.pack is not None, found.findings
    return found


def with_notice(data: dict[str, Any]) -> None:
    """Put the list of those to be supported on notice, which a pack may leave out."""
    data["process"]["notice"] = NOTICE


def begin(app: Flask, pack: LoadedPack, *, at: datetime, kind: str = "compute") -> Story:
    """The scheme in force, its envelope and indicators checked by two."""
    assert pack.pack is not None
    layers = tuple(layer.id for layer in pack.pack.amount.funding.layers)
    story = Story(app, make_ground(at=at, granted=0, loaded=pack, kind=kind), kind, layers)
    for layer in layers:
        number = f"财〔2026〕{layer}"
        new = NewDocument(DocumentKind.ENVELOPE, story.ground.scheme_id, layer, number, ENVELOPE, voucher_kind=kind)
        with transaction():
            document = documents.record_document(new, actor=story.bureau.making, at=at).public_id
        with transaction():
            documents.check_document(document, actor=story.bureau.checking, at=at, seen_version=1)
    make_indicators(story.money, story.bureau, amount=ENVELOPE, layers=layers)
    return story


def drafted(story: Story, applicant: Actor, facts: Mapping[str, object], *, at: datetime, window: str = "") -> str:
    """A draft with these facts and every paper its pack asks for; opens its own transactions."""
    with transaction():
        draft = services.start(NewDraft(window or story.ground.window), actor=applicant, at=at)
        public_id = draft.public_id
        services.save_facts(public_id, SavedFacts(dict(facts), draft.version), actor=applicant, at=at)
    case = queries.get(public_id)
    compiled, on = queries.compiled_of(case), at.date()
    for paper in rules.asked_documents(compiled, case.voucher_kind, queries.facts_for(case, on=on), on):
        with transaction():
            seen, received = queries.get(public_id).version, received_pdf(f"{paper.id}.pdf")
            services.add_document(public_id, paper.id, received=received, seen_version=seen, actor=applicant, at=at)
    return public_id


def submitted(public_id: str, applicant: Actor, *, at: datetime) -> None:
    """Hand a draft over and confirm it."""
    with transaction():
        services.hand_over(public_id, seen_version=queries.get(public_id).version, actor=applicant, at=at)
    confirm(public_id, applicant, at=at)


def approved(
    story: Story, public_id: str, *, at: datetime, until: datetime, judged: Mapping[str, object] | None = None
) -> None:
    """Accept, examine, decide, put on notice where the pack wants it, and approve."""
    process = queries.compiled_of(queries.get(public_id)).pack.process
    review.accept(story.ground, public_id, at=at)
    for officer, _ in zip(("first", "second"), process.stages[:-1], strict=False):
        review.pass_stage(story.ground, public_id, officer, at=at, judged=judged or {})
    review.decide(story.ground, public_id, at=at)
    if process.notice:
        make_notice(story.ground, [public_id], at=at)
        end_notices(until)
    approve(story.ground, public_id, at=until)


def invoice_to(buyer: Party, seller: Party, gross: int, *, on: date, net: int | None = None) -> InvoiceFile:
    """An honest invoice over so much with tax, in fen."""
    before = gross * 100 // 106 if net is None else net
    lines = (SpecimenLine("*信息技术服务*智能算力租赁服务", before, gross - before),)
    content = bureau_xml(Specimen(next(_numbers), on, seller, buyer, lines))
    stored = Received(current_store().put(content), len(content), FileKind.XML, "发票.xml")
    return InvoiceFile(stored, from_plain(parse(content)))


def party_of(organisation_id: int) -> Party:
    """An organisation as it stands on an invoice."""
    organisation = parties.organisation(organisation_id)
    return Party(organisation.uscc or "", organisation.name)


def paid_out(story: Story, *, at: datetime) -> Batch:
    """Everything that is due, in a batch by two people, and the bank's answer that all was paid."""
    batch = sent_batch(story.money, story.bureau, at=at)
    rows = answers(batch, reference=f"YH{next(_numbers)}")
    with transaction():
        settlement.import_result(batch.public_id, rows, content=batch.number.encode(), actor=story.bureau.making, at=at)
    return batch


def at(month: int, day: int) -> datetime:
    """Ten o'clock in Beijing on a day of 2026."""
    return datetime(2026, month, day, 2, tzinfo=UTC)


def red_letter_of(file: InvoiceFile, *, on: date) -> InvoiceFile:
    """A red letter that takes the whole of an invoice back."""
    paper = file.paper
    lines = tuple(SpecimenLine(line.name, -line.amount, -line.tax) for line in paper.lines)
    content = bureau_xml(Specimen(next(_numbers), on, paper.seller, paper.buyer, lines, original_number=paper.number))
    stored = Received(current_store().put(content), len(content), FileKind.XML, "红字发票.xml")
    return InvoiceFile(stored, from_plain(parse(content)))


def sold(
    story: Story,
    applicant: Actor,
    voucher: str,
    *,
    number: int,
    hold: int,
    accounts: bool = True,
    entry: OfferingTerms | None = None,
    **terms: Any,
) -> Stage:
    """An order on a voucher with an admitted provider, served in February and confirmed; `terms` as `served_order`."""
    seller = providers.admitted_provider(number, at=at(1, 5))
    listed = providers.listed(seller, entry or providers.terms(), at=at(1, 5))
    organisation = seller.provider.organisation
    actor = providers.own_actor(seller)
    if accounts:
        with transaction():
            add_account(organisation.id, actor=actor, number=f"62220202001122{number:05d}")
    order = served_order(voucher, listed, hold=hold, buyer=applicant, seller=actor, at=at(1, 22), **terms)
    buyer = party_of(applicant.organisation_id or 0)
    sides = Party(organisation.uscc or "", organisation.name)
    scheme = story.ground.scheme_id
    return Stage(scheme, 0, voucher, order, buyer, sides, actor, applicant, organisation.id)


def settled(story: Story, stage: Stage, *, by: Actor, amount: int, at: datetime, **claimed: object) -> str:
    """A claim handed in by one side, verified and approved by two; its public id. `claimed` as `new_claim`."""
    with transaction():
        claim = redemption.submit_claim(new_claim(stage, amount=amount, **claimed), actor=by, at=at)
        public_id, version = claim.public_id, claim.version
    with transaction():
        found = Verification(version, "已在电子税务局查验，结果一致")
        version = redemption.verify_claim(public_id, found, actor=story.ground.officer("acceptor"), at=at).version
    with transaction():
        redemption.approve_claim(
            public_id, Approval(version, amount), actor=story.ground.officer("second_decider"), at=at
        )
    return public_id
