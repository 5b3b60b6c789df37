"""Workers fork: importing the layouts must not start polars' threads before."""

import subprocess
import sys

from states.layouts import fl
from tests.layouts.official import line

# The child hangs for ever if the parent's thread pool was started before the fork.
SCRIPT = """
import io, os, signal, sys
from states.layouts import fl, known, recognize, synthesis, write
from states.layouts.parse import parse_voters
child = os.fork()
if child == 0:
    signal.alarm(20)
    (batch,) = parse_voters(io.BytesIO(sys.argv[1].encode()), fl.VOTERS)
    os._exit(0 if len(batch.rows) == 1 else 1)
sys.exit(os.waitpid(child, 0)[1])
"""


def test_a_process_forked_after_the_import_can_parse() -> None:
    voter = line(fl.VOTERS, {"Voter ID": "100000001"})
    done = subprocess.run([sys.executable, "-c", SCRIPT, voter], check=False)
    assert done.returncode == 0
