"""The spending of an ex-post case, as the pages of applications and review show it."""

from datetime import date

from flask_babel import gettext as _

from vouchers.applications.models import Application
from vouchers.applications.parts import CasePart
from vouchers.redemption.display import items
from vouchers.redemption.rules.outcomes import reds
from vouchers.subsidies import queries
from vouchers.subsidies.services import examine, snapshot_of
from vouchers.subsidies.services.examining import KEY
from vouchers.subsidies.states import LABELS, STANDINGS


def of_case(application: Application, on: date) -> CasePart | None:
    """What a case that is paid directly must show of the money spent; other kinds have no such part."""
    if not queries.is_direct(application):
        return None
    invoices, papers = queries.invoices_of(application.id), queries.papers_of(application.id)
    claim, checks = queries.claim_of_case(application.id), examine(application, on=on)
    subsidy = claim.voucher.public_id if claim else ""
    return CasePart(
        key=KEY,
        name=_("合同、发票和付款凭证"),
        page="subsidies_enterprise.show_spending",
        hint=_("发票 %(n)s 张，其他材料 %(m)s 份", n=len(invoices), m=len(papers)),
        findings=tuple(reds(checks)),
        snapshot=snapshot_of(application),
        template="subsidies/parts/on_case.html",
        values={"invoices": invoices, "papers": papers, "checks": items(checks), "labels": LABELS, "subsidy": subsidy},
        words=_(STANDINGS[claim.state]) if claim else "",
    )
