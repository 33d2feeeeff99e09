"""A simulation in a process of its own, with limits on memory and time: a register is foreign bytes."""

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vouchers.policy.loader import compiled_of
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import read_facts

_ROOT = Path(__file__).resolve().parents[3]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from vouchers.policy.relational.apart import main; main()"
_MEMORY, _CPU_SECONDS, _WALL_SECONDS = 4 * 2**30, 120, 150
_UNREADABLE = {
    "level": "error",
    "message": "没有算完：登记册太大，或文件已损坏",
    "mend": "请核对文件是否完整，或分成几份后再试",
    "row": 0,
    "total": 0,
}

Asked = Mapping[str, Any]
"""What is asked, as plain values: pack, against, kind, phase, on, budget, per_day, assumed, file."""


def simulated(asked: Asked) -> dict[str, Any]:
    """The findings of a register, and the simulation where none stands in the way; never an exception for bad bytes."""
    with TemporaryDirectory(prefix="vouchers-simulate-") as folder, (Path(folder) / "answer").open("w+b") as answer:
        try:
            subprocess.run(  # noqa: S603  our own interpreter and our own script
                [sys.executable, "-I", "-B", "-c", _START, str(_ROOT)],
                input=json.dumps(asked).encode(),
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={"LANG": "C.UTF-8", "TMPDIR": folder},
                timeout=_WALL_SECONDS,
                check=True,
            )
            answer.seek(0)
            found: dict[str, Any] = json.load(answer)
        except (subprocess.SubprocessError, ValueError):
            return {"findings": [_UNREADABLE], "result": None}
    return found


def main() -> None:
    """The child's side: read the question, give up memory and time, write the answer."""
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
    json.dump(_answer(asked), sys.stdout, ensure_ascii=False)


def _answer(asked: Asked) -> dict[str, Any]:
    """DuckDB and Ibis take a second to import: only this process does."""
    from vouchers.policy.relational.columns import CannotSay  # noqa: PLC0415
    from vouchers.policy.relational.engines import DuckDB, duckdb_session  # noqa: PLC0415
    from vouchers.policy.relational.register import read_register  # noqa: PLC0415
    from vouchers.policy.relational.simulation import Question, simulate  # noqa: PLC0415

    compiled = compiled_of(asked["pack"])
    against = compiled_of(asked["against"]) if asked["against"] else None
    day, phase = date.fromisoformat(asked["on"]), Phase(asked["phase"])
    question = Question(compiled, asked["kind"], phase, day, asked["budget"], asked["per_day"], against)
    words, path = question.vocabulary, Path(asked["file"])
    assumed, _unfit = read_facts(asked["assumed"], words)
    with duckdb_session() as session:
        try:
            needed, rules = question.needed, question.rules_reading()
            register = read_register(session, path, needed, vocabulary=words, rules=rules, assumed=assumed)
            findings = [{**asdict(one), "file": "", "mend": _on_a_page(one.mend)} for one in register.findings]
            if register.errors:
                return {"findings": findings, "result": None}
            if question.budget is not None and not question.per_day and "applied_on" not in register.keys:
                return {"findings": [*findings, _NO_DAYS], "result": None}
            return {"findings": findings, "result": simulate(question, register, DuckDB(session)).as_dict()}
        except CannotSay as error:
            return {"findings": [{**_UNREADABLE, "message": str(error), "mend": ""}], "result": None}


def _on_a_page(mend: str) -> str:
    """A way to mend as the page has it: its field, not the option of the command."""
    return mend.replace("用 --assume 说明全册相同的值", "在“全册相同的事实”里写明")


_NO_DAYS = {
    **_UNREADABLE,
    "message": "写了预算，登记册却没有“申请日期”一列，算不出何时用完",
    "mend": "请加上这一列，或写明每天多少件申请",
}
