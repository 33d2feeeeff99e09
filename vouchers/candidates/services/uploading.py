"""Bringing a register in: the file is kept as it came, and a job reads it."""

from dataclasses import dataclass
from datetime import date, datetime

from vouchers.audit.services import Subject, record
from vouchers.candidates import queries, rules
from vouchers.candidates.models import CandidateList
from vouchers.candidates.services.moving import SUBJECT, person_of
from vouchers.candidates.states import ListState
from vouchers.db.base import db
from vouchers.files.rules import MOST_BYTES, Upload, clean_name, is_polyglot
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass, FileKind
from vouchers.files.store import current_store
from vouchers.jobs import services as jobs
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy import queries as policy

COMPUTE_JOB = "candidates.compute"
_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class NewList:
    """A register to be read: for which window, whose data and of which day, and until when enterprises may answer."""

    window: str
    title: str
    source: str
    as_of: date
    expires_on: date


def receive_register(upload: Upload, *, field: str) -> Received:
    """Check that the bytes are text of a size that can be read, and store them; before the transaction."""
    name, findings = clean_name(upload.name), []
    if not upload.content:
        findings.append(Finding("file.empty", "文件是空的", way="，请重新选择文件。", field=field))
    if len(upload.content) > MOST_BYTES:
        params: dict[str, str | int] = {"most": MOST_BYTES // _MEBIBYTE}
        message = "登记册超过 {most} MB 的上限"
        findings.append(Finding("file.too_large", message, params, "，请只留需要的列，或分成几份。", field=field))
    if not name.lower().endswith(".csv") or not _is_text(upload.content):
        message, way = "登记册应为 UTF-8 编码的 CSV 文件", "，请在表格软件里另存为“CSV UTF-8（逗号分隔）”。"
        findings.append(Finding("file.kind", message, way=way, field=field))
    elif is_polyglot(upload.content, FileKind.CSV):
        message, way = "文件“{name}”里混有网页等其他内容", "，请从原系统重新导出后上传。"
        findings.append(Finding("file.polyglot", message, {"name": name}, way, field=field))
    if findings:
        raise RuleViolation(findings)
    return Received(current_store().put(upload.content), len(upload.content), FileKind.CSV, name)


def upload(new: NewList, received: Received, *, actor: Actor, at: datetime) -> CandidateList:
    """Keep a register for a window that is matched automatically; a job reads it and computes the candidates."""
    window, person, on = policy.window(new.window), person_of(actor), beijing_date(at)
    policy.confirm_covered(window.scheme, actor, on=on)
    findings = rules.day_findings(new.as_of, new.expires_on, on=on, closes_on=beijing_date(window.closes_at))
    if not queries.is_automatic(window) or policy.has_closed(window, at):
        message, way = "这个窗口不办理免申即享，或已经截止。", "请选择方案写明免申即享、正在受理的窗口。"
        findings.append(Finding("not-automatic", message, way=way, field="window"))
    if findings:
        raise RuleViolation(findings)
    owner = Owner(office_id=window.scheme.office_id)
    stored = keep(received, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at)
    found = CandidateList(
        window_id=window.id,
        file_id=stored.id,
        title=new.title,
        source=new.source,
        as_of=new.as_of,
        expires_on=new.expires_on,
        state=ListState.READING,
        uploaded_by_id=person,
        created_at=at,
    )
    db.session.add(found)
    db.session.flush()
    details = {"window": window.public_id, "sha256": stored.sha256, "as_of": new.as_of.isoformat()}
    subject, change = Subject(SUBJECT, found.public_id), ("", found.state.value)
    record("candidates.upload", subject, actor=actor, at=at, change=change, details=details)
    jobs.enqueue(COMPUTE_JOB, found.public_id, payload={"list": found.public_id}, at=at)
    return found


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
