"""Names of workers, as leases hold them."""

from __future__ import annotations

import os
import socket
from uuid import uuid4


def worker_name() -> str:
    """Return a name no other worker has: host, process and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
