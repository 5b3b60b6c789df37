"""PostgreSQL and Valkey from wheels, for a machine that has neither.

They run below the checkout's run folder, one pair a checkout, shared by everything that
runs from it: web, workers, beat, shell and tests. The settings only ask for addresses
(`folder`); starting is an explicit act of the entry points, `ensure_running()`.
"""

from __future__ import annotations

from django.conf import settings

from coop.embedded import postgresql, valkey
from coop.embedded.folder import RunFolder, open_run_folder

SERVICES = {"postgresql": postgresql, "valkey": valkey}


def ensure_running() -> None:
    """Start the services that no setting gives a real server for; cheap when they run.

    Safe to call from many processes at once. Raises `EmbeddedError`.
    """
    names: tuple[str, ...] = settings.EMBEDDED_SERVICES
    if names:
        start(open_run_folder(settings.RUN_FOLDER), names)


def start(folder: RunFolder, names: tuple[str, ...] = tuple(SERVICES)) -> None:
    """Start the named services of a run folder, unless they run already."""
    if all(SERVICES[name].is_ready(folder) for name in names):
        return
    with folder.locked():
        for name in names:
            if not SERVICES[name].is_ready(folder):
                SERVICES[name].start(folder)


def stop(folder: RunFolder, names: tuple[str, ...] = tuple(SERVICES)) -> None:
    """Stop the named services cleanly; nothing happens to one that does not run."""
    with folder.locked():
        for name in names:
            SERVICES[name].stop(folder)


def status(folder: RunFolder) -> dict[str, int | None]:
    """Return each service's process id, None where it does not run."""
    return {name: service.running_pid(folder) for name, service in SERVICES.items()}
