"""Gunicorn's settings, read from the environment; it finds this file by its name."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

# A thread a request means a connection a request: a pool a process keeps them open.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

# Each process counts requests for itself; whichever is asked for the metrics adds them up.
_counters = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if not _counters:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="coop-metrics-",
        dir="/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
    )

# A thread that comes back from the database waits this long for the interpreter while the event
# loop is busy, at each of a request's statements: the default of 5 ms makes a busy process idle.
sys.setswitchinterval(0.0005)

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "uvicorn_worker.UvicornWorker"
# Nobody's headers change the address and scheme of a request here, whatever the environment
# says: the application reads the proxy's, and only where BEHIND_PROXY says that there is one.
forwarded_allow_ips = ""
# Heartbeats go to memory: the container's disk is read-only.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True
timeout = 60
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
# The application writes one line a request, without addresses and paths.
accesslog = None
loglevel = os.environ.get("LOG_LEVEL", "info").lower()


def post_worker_init(worker: Any) -> None:  # noqa: ARG001
    """Keep the collector from walking through the loaded application, again and again."""
    from coop.garbage import settle  # noqa: PLC0415 - the application is importable by now

    settle()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn fixes the signature
    """Take what a process that ended still claims to hold open out of the metrics."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads its folder when imported

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:  # noqa: ARG001
    """Remove the counters of all processes, from a folder that was made here."""
    if not _counters:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
