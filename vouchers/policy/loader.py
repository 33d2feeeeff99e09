"""From the text of a pack to the pack and its findings; bad input gives findings, never a traceback."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as File

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vouchers.kernel.canonical import canonical_json, digest
from vouchers.policy.checks.agreement import check_agreement
from vouchers.policy.checks.binding import check_binding
from vouchers.policy.checks.carried import check_carried
from vouchers.policy.checks.cases import check_cases
from vouchers.policy.checks.choosing import check_choosing
from vouchers.policy.checks.clauses import check_clauses
from vouchers.policy.checks.conflicts import check_conflicts
from vouchers.policy.checks.context import context
from vouchers.policy.checks.examples import check_examples
from vouchers.policy.checks.fairness import check_fairness
from vouchers.policy.checks.meaning import check_meaning
from vouchers.policy.checks.numbers import check_numbers
from vouchers.policy.checks.people import check_people
from vouchers.policy.checks.reach import check_reach
from vouchers.policy.checks.sellers import check_sellers
from vouchers.policy.checks.words import check_words
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import LARGEST_BYTES, Document, PackFinding, read_document
from vouchers.policy.pack.values import Part
from vouchers.policy.rules.compiled import CompiledPack, compile_pack
from vouchers.policy.rules.facts import suggestion

_CHECKS = (
    check_words,
    check_clauses,
    check_numbers,
    check_agreement,
    check_fairness,
    check_binding,
    check_people,
    check_choosing,
    check_meaning,
)


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """What came of reading a pack: the pack ready to decide when nothing is wrong, its hash, and all findings."""

    file: str
    data: object
    digest: str
    pack: PolicyPack | None
    compiled: CompiledPack | None
    findings: tuple[PackFinding, ...]
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[PackFinding, ...]:
        """The findings that stand in the way of publication."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def not_yet(self) -> tuple[PackFinding, ...]:
        """The shapes that the product does not carry out yet; they too stand in the way of publication."""
        return tuple(finding for finding in self.findings if finding.level == "not-yet")

    @property
    def warnings(self) -> tuple[PackFinding, ...]:
        """The findings that ask for a reasoned answer."""
        return tuple(finding for finding in self.findings if finding.level == "warning")


def load_pack(path: File) -> LoadedPack:
    """A pack from its file, with the wording of its sources where the pack names a text beside it."""
    try:
        if path.stat().st_size > LARGEST_BYTES * 2:
            text = " " * (LARGEST_BYTES + 1)
        else:
            text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        finding = PackFinding(str(path), 1, "", "unreadable", "读不出文件", "请核对路径，并用 UTF-8 保存")
        return LoadedPack(str(path), None, "", None, None, (finding,))
    return load_text(text, str(path), beside=path.parent)


def load_text(text: str, file: str, *, beside: File | None = None) -> LoadedPack:
    """A pack from its text."""
    document = read_document(text, file)
    if document.data is None or document.findings:
        return LoadedPack(file, document.data, "", None, None, document.findings)
    content = digest(document.data)
    try:
        pack = pack_of(document.data)
    except ValidationError as error:
        return LoadedPack(file, document.data, content, None, None, tuple(_shape_findings(document, error)))
    examined = context(pack, document, _texts(pack, beside))
    findings = [finding for check in _CHECKS for finding in check(examined)]
    compiled = None
    if not any(finding.level == "error" for finding in findings):
        compiled = compile_pack(pack, content)
        findings += [*check_cases(examined, compiled), *check_reach(examined), *check_conflicts(examined, compiled)]
        findings += [*check_examples(examined), *check_sellers(examined, compiled), *check_carried(examined)]
    findings.sort(key=lambda finding: (finding.line, finding.code))
    lines = {rule: document.line(path) for rule, path in examined.places.items()}
    return LoadedPack(file, document.data, content, pack, compiled, tuple(findings), lines)


def pack_of(data: object) -> PolicyPack:
    """The pack of plain data, as stored with a version."""
    return PolicyPack.model_validate_json(canonical_json(data), strict=True)


def compiled_of(data: object) -> CompiledPack:
    """The pack of plain data, ready to decide."""
    return compile_pack(pack_of(data), digest(data))


def _texts(pack: PolicyPack, beside: File | None) -> Mapping[str, str]:
    if beside is None:
        return {}
    root = beside.resolve()
    files = {key: (root / source.text).resolve() for key, source in pack.sources.items() if source.text}
    inside = {key: file for key, file in files.items() if file.is_relative_to(root) and file.is_file()}
    return {key: file.read_text(encoding="utf-8", errors="replace") for key, file in inside.items()}


def shape_sentences(error: ValidationError) -> Iterator[tuple[Path, str, str]]:
    """What the models refuse: the path of each problem, what is wrong, and how to mend it."""
    for path, _, message, mend in _shape_problems(error):
        yield path, message, mend


def _shape_findings(document: Document, error: ValidationError) -> Iterator[PackFinding]:
    for path, code, message, mend in _shape_problems(error):
        yield document.finding(path, code, message, mend=mend)


def _shape_problems(error: ValidationError) -> Iterator[tuple[Path, str, str, str]]:
    told: set[Path] = set()
    for detail in error.errors(include_url=False):
        path = tuple(step for step in detail["loc"] if _is_step(step))
        if path in told or _is_echo(detail):
            continue
        told.add(path)
        yield path, detail["type"].replace("_", "-"), *_sentence(detail, str(path[-1]) if path else "")


def _is_step(step: str | int) -> bool:
    return isinstance(step, int) or not (step.startswith("function-") or step in {"AmountChoice", "[key]"})


def _is_echo(detail: ErrorDetails) -> bool:
    """Whether this complaint only repeats another: the other form of a limit, a list emptied by a bad item."""
    plain = any(str(step).startswith("function-plain") for step in detail["loc"])
    return (plain and isinstance(detail["input"], dict)) or (detail["type"] == "too_short" and bool(detail["input"]))


def _sentence(detail: ErrorDetails, key: str) -> tuple[str, str]:
    kind = detail["type"]
    if kind == "missing":
        return f"缺少“{key}”", "请补上这一项"
    if kind == "extra_forbidden":
        return f"不认识“{key}”", suggestion(key, _known_keys()).replace(
            "请用 flask policy facts 查看词汇表。", "请删去这一项。"
        )
    if kind in {"value_error", "assertion_error"}:
        return f"“{key}”不合用：{detail['ctx']['error']}", "请改写这一处"
    if kind in {"literal_error", "enum"}:
        return f"“{key}”的值不在可选范围内", f"可选：{detail['ctx']['expected']}".replace(" or ", "、").replace("'", "")
    return f"“{key}”写得不对", _SHAPES.get(kind, "请对照已发布的政策包改写")


def _known_keys() -> set[str]:
    keys: set[str] = set()
    parts = [Part]
    while parts:
        part = parts.pop()
        parts += part.__subclasses__()
        keys |= {field.alias or name for name, field in part.model_fields.items()}
    return keys


_SHAPES = {
    "string_type": "这里应是文字（数字请加引号）",
    "int_type": "这里应是整数",
    "bool_type": "这里应是 true 或 false",
    "tuple_type": "这里应是列表",
    "dict_type": "这里应是“键: 值”",
    "model_type": "这里应是“键: 值”",
    "model_attributes_type": "这里应是“键: 值”",
    "string_pattern_mismatch": "编号只用小写字母、数字和连字符，版本号只用数字和点",
    "too_short": "至少要有一项",
    "string_too_short": "文字太短",
    "string_too_long": "文字太长",
    "greater_than_equal": "数值太小",
    "less_than_equal": "数值太大",
    "date_from_datetime_parsing": "日期写成 2026-05-01",
    "date_parsing": "日期写成 2026-05-01",
    "date_type": "日期写成 2026-05-01",
}
