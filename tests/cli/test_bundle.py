"""`make bundle` for a room without a network, on a project that needs one small wheel: made, unpacked, installed.

The product's own eighty wheels would have to be fetched, as `test_room` does in a siege; the scripts are the same,
and so is what they refuse.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
"""No index answers: whatever is installed was there."""


def wheel(folder: Path) -> Path:
    """A package of one line."""
    info = "parcel-1.0.dist-info"
    parts = {
        "parcel.py": b"ARRIVED = True\n",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sums = {name: base64.urlsafe_b64encode(hashlib.sha256(said).digest()).rstrip(b"=") for name, said in parts.items()}
    record = "".join(f"{name},sha256={own.decode()},{len(parts[name])}\n" for name, own in sums.items())
    path = folder / "parcel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, said in {**parts, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            archive.writestr(name, said)
    return path


def environment(project: Path) -> None:
    """A `.venv` at hand, with our own pip: making one of its own is not what is looked at."""
    venv.create(project / ".venv", with_pip=False)
    (site,) = (project / ".venv/lib").glob("python*/site-packages")
    shutil.copytree(Path(sysconfig.get_path("purelib")) / "pip", site / "pip")


def run(project: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **NOWHERE, **environ}
    return subprocess.run(command, cwd=project, env=given, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout whose lock names the one wheel, set up already."""
    made, shelf = tmp_path / "project", tmp_path / "shelf"
    shelf.mkdir()
    shutil.copytree(ROOT / "bin", made / "bin")
    digest = hashlib.sha256(wheel(shelf).read_bytes()).hexdigest()
    (made / "requirements.lock").write_text(f"parcel==1.0 --hash=sha256:{digest}\n")
    (made / "pyproject.toml").write_text('[project]\nname = "vouchers"\nversion = "9.9"\n')
    (made / ".gitignore").write_text(".venv\ninstance\ndist\n")
    (made / "instance/fonts").mkdir(parents=True)
    for name in FONTS:
        (made / "instance/fonts" / name).write_bytes(name.encode())
    environment(made)
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@localhost commit -q -m made"):
        assert run(made, "git", *command.split()).returncode == 0
    return made


def test_what_was_bundled_is_installed_where_there_is_no_network(project: Path, tmp_path: Path) -> None:
    shelf = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "shelf")}
    made = run(project, "bin/bundle", "bare", **shelf)
    assert made.returncode == 0, made.stderr
    (archive,) = (project / "dist").glob("vouchers-9.9-*.tar.gz")
    (tmp_path / "room").mkdir()
    assert run(project, "tar", "xzf", str(archive), "-C", str(tmp_path / "room")).returncode == 0
    (room,) = (tmp_path / "room").iterdir()

    assert run(room, "sha256sum", "--quiet", "-c", "SHA256SUMS").returncode == 0
    environment(room)
    installed = run(room, "bin/setup", "run")

    assert installed.returncode == 0, installed.stderr
    assert run(room, ".venv/bin/python", "-c", "import parcel; assert parcel.ARRIVED").returncode == 0
    assert [(room / "instance/fonts" / name).read_bytes() for name in FONTS] == [name.encode() for name in FONTS]

    (room / "wheels/parcel-1.0-py3-none-any.whl").write_bytes(b"something else")
    (room / ".venv/.requirements.lock.sha256").unlink()
    for path in (room / ".venv/lib").glob("python*/site-packages/parcel*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run(room, "sha256sum", "--quiet", "-c", "SHA256SUMS").returncode != 0
    assert run(room, "bin/setup", "run").returncode != 0


def test_a_room_that_lacks_system_packages_is_told_which_and_how(project: Path, tmp_path: Path) -> None:
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("sh", "dirname", "grep", "tr", "cat", "id", "python3"):  # neither apt-get nor fc-list
        (few / name).symlink_to(str(shutil.which(name)))

    refused = run(project, "bin/setup", "run", PATH=str(few))
    (project / "wheels").mkdir()
    (project / "wheels/python").write_text("9.9")
    other = run(project, "bin/setup", "run", PATH=str(few))

    assert refused.returncode == 1
    assert "缺少系统软件包" in refused.stderr
    assert "fonts-noto-cjk" in refused.stderr
    assert "python3-venv" not in refused.stderr
    assert other.returncode == 1
    assert "python3-venv" in other.stderr
    assert "9.9" in other.stderr


def test_nothing_is_bundled_that_was_not_committed(project: Path) -> None:
    (project / "bin/setup").write_text("exit 0\n")

    made = run(project, "bin/bundle")

    assert made.returncode == 1
    assert "未提交的改动" in made.stderr
    assert not (project / "dist").exists()
