# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run record-hosts``: record the hosts of tests/fixtures/hosts anew from the lab, for when a command has changed.

Runs in the installed environment, with the lab on the path. It leaves each expected.json alone: what a host is judged
to be is for a person to confirm, and tests/unit/test_recorded_hosts.py shows what has become of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lab import HostSpec, Lab

FIXTURES = Path(__file__).resolve().parents[1] / "tests/fixtures/hosts"

#: Each folder, with what is wrong with the host in it.
HOSTS = (
    HostSpec("healthy"),
    HostSpec("blocked-by-gpo", ("gpo-domain-blocks",)),
    HostSpec("certificate-expired-japanese", ("certificate-expired",), "ja-JP"),
    HostSpec("no-listener-key", ("listener-key-missing",)),
    HostSpec("port-taken-german", ("port-taken",), "de-DE"),
)


def main() -> int:
    """Record every host and put the recordings in place of the old ones; the exit code of ansible-playbook."""
    with tempfile.TemporaryDirectory(prefix="rdp-record-") as folder, Lab(HOSTS) as lab:
        inventory = Path(folder) / "inventory.yml"
        lab.write_inventory(inventory)
        options = json.dumps({"troubleshoot_record_directory": folder, "troubleshoot_quiet": True})
        command = ["ansible-playbook", "-i", str(inventory), "winops.rdp.record", "-e", options]
        code = subprocess.run(command, env={**os.environ}, stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            return code
        for host in HOSTS:
            place = FIXTURES / host.name
            expected = (place / "expected.json").read_bytes() if (place / "expected.json").is_file() else None
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(Path(folder) / host.name, place)
            if expected is not None:
                (place / "expected.json").write_bytes(expected)
            print(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
