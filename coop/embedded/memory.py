"""How much memory this machine, or the container around us, has."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1024 * 1024
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def megabytes() -> int:
    """Return the memory that may be used, in MiB."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.exists() else "max"
    return (min(physical, int(limit)) if limit.isdigit() else physical) // MIB
