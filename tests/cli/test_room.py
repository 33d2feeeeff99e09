"""The product itself from a bundle, where there is no network: installed, started, asked, a certificate printed.

Only in a siege: a hundred megabytes of wheels are fetched for it, and it takes minutes.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.crash.results import spent
from tests.tally import keep

ROOT = Path(__file__).parents[2]
PAGES = ("/", "/readyz", "/sign-in", "/verify/", "/notices/", "/audit-heads")
WITHOUT_NETWORK = ("unshare", "--net", "--map-root-user", "sh", "-euc")
ROUND = f"""
ip link set lo up
begun=$(date +%s)
bin/setup run
echo "seconds to install: $(($(date +%s) - begun))"
.venv/bin/flask --app app prepare
.venv/bin/flask --app app jobs run --once
.venv/bin/flask --app app serve --port 5399 & served=$!
for page in {" ".join(PAGES)}; do
    .venv/bin/python - "$page" <<'ASK'
import sys, time, urllib.request
for _ in range(120):
    try:
        print("answered", urllib.request.urlopen("http://127.0.0.1:5399" + sys.argv[1], timeout=30).status, sys.argv[1])
        break
    except OSError:
        time.sleep(1)
ASK
done
kill -TERM $served
wait $served
.venv/bin/flask --app app doctor
"""


def run(folder: Path, *command: str) -> str:
    """What the command says; where it fails, all of it."""
    kept = {name: value for name, value in os.environ.items() if name not in {"APP_ENV", "DATABASE_URL", "APP_CLOCK"}}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


if os.environ.get("SIEGE") == "full":

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_the_product_starts_from_a_bundle_without_a_network(tmp_path: Path, kind: str) -> None:
        begun, project = time.monotonic(), tmp_path / "project"
        run(tmp_path, "git", "clone", "--quiet", str(ROOT), str(project))
        shutil.copytree(ROOT / "instance/fonts", project / "instance/fonts")
        run(project, "bin/bundle", "bare")
        (archive,) = (project / "dist").glob("*.tar.gz")
        (tmp_path / "room").mkdir()
        run(tmp_path, "tar", "xzf", str(archive), "-C", str(tmp_path / "room"))
        (room,) = (tmp_path / "room").iterdir()
        run(room, "sha256sum", "--quiet", "-c", "SHA256SUMS")

        told = run(room, *WITHOUT_NETWORK, ROUND)

        assert [line for line in told.splitlines() if line.startswith("answered")] == [
            f"answered 200 {p}" for p in PAGES
        ]
        assert "✓ 凭证字体: Noto Sans SC" in told
        printed = [one for one in (room / "instance/files").rglob("*") if one.is_file() and is_pdf(one)]
        assert len(printed) > 0
        fonts = run(room, "pdffonts", str(printed[0]))
        assert "Paper" in fonts
        megabytes = round(archive.stat().st_size / 2**20)
        installed = int(told.partition("seconds to install: ")[2].split()[0])
        figures = {"pages": len(PAGES), "certificates": len(printed), "archive in MiB": megabytes}
        keep("siege-room", kind, "from a bundle", {**figures, "seconds to install": installed, **spent(begun)})


def is_pdf(path: Path) -> bool:
    """By its first bytes."""
    return path.read_bytes().startswith(b"%PDF")
