"""Gunicorn's settings, read from the environment; it finds this file by its name."""

import os

# A thread a request means a connection a request: a pool a process keeps them open.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

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
