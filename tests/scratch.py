"""Where tests keep their files: in memory where the machine has room, for each commit waits for the disk otherwise."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  folders made below it are their owner's alone, as below /tmp
ROOM_BYTES = 3 * 1024**3


def work_in_memory() -> None:
    """Let temporary files of this run and of its processes lie in memory; a siege and a given TMPDIR keep the disk."""
    if "TMPDIR" in os.environ or os.environ.get("SIEGE") == "full" or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it may have been asked for before
