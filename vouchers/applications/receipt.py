"""提交回执 on paper: what was confirmed, by whom and when, with its digest. Drawn when asked for, always alike."""

from flask_babel import force_locale

from vouchers.applications import queries, tasklist
from vouchers.applications.models import Application, Submission
from vouchers.documents.chinese import chinese_date
from vouchers.documents.filling import fill
from vouchers.documents.press import PRESS
from vouchers.kernel.clock import BEIJING, beijing_date

_CHINESE = "zh_Hans_CN"
SHEETS = ("layouts/letter.css", "applications/print/receipt.css")


def receipt_pdf(application: Application, submission: Submission) -> bytes:
    """The receipt as PDF; a frozen snapshot always gives the same bytes."""
    return PRESS.printed(receipt_page(application, submission), sheets=SHEETS)


def receipt_name(application: Application, submission: Submission) -> str:
    """What the file is called, without its ending."""
    return f"提交回执 {application.number} 第{submission.revision}次"


def receipt_page(application: Application, submission: Submission) -> str:
    """The receipt as HTML, ready to print."""
    snapshot, measure = submission.snapshot, queries.measure_of(application)
    with force_locale(_CHINESE):  # papers are Chinese, whoever asks for them
        facts = tasklist.receipt_rows(application, snapshot)
        kind = queries.kind_name(application)
    return fill(
        "applications/print/receipt.html",
        {
            "office": application.scheme_version.scheme.office.name,
            "dated": chinese_date(beijing_date(submission.at)),
            "snapshot": snapshot,
            "submission": submission,
            "kind": kind,
            "scheme": application.scheme_version.scheme.title,
            "requested": measure.said(snapshot["requested"]),
            "computed": measure.said(snapshot["computed"]),
            "at": f"{chinese_date(beijing_date(submission.at))}{submission.at.astimezone(BEIJING):%H:%M}",
            "facts": facts,
            "papers": list(snapshot["documents"].values()),
        },
    )
