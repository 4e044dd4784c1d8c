# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run record-hosts``: record the hosts of tests/fixtures anew, for when a command or a check has changed.

The hosts are the lab's. Runs in the installed environment, with the lab on the path. It leaves each expected.json
alone: what a host is judged to be is for a person to confirm, and tests/unit/test_recorded_hosts.py shows what has
become of it.
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

RESULTS = FIXTURES.with_name("results.json")
HEALTHY = (HostSpec("server2022"), *(HostSpec(name, windows=name) for name in ("server2019", "server2016", "win11")))
#: Each fault of tests/made_results.py, by the check that tells most about it.
FAULTS = (
    HostSpec("policy", ("gpo-domain-blocks",)),
    HostSpec("service", ("service-stopped",)),
    HostSpec("cert", ("certificate-expired",)),
    HostSpec("firewall", ("firewall-rule-off",)),
    HostSpec("port", ("port-changed",)),
    HostSpec("listener", ("service-dll-unreadable",)),
)


def record_results() -> int:
    """Write what rdp_info returns for healthy hosts and for some faults; the exit code of ansible-playbook."""
    with tempfile.TemporaryDirectory(prefix="rdp-results-") as folder, Lab((*HEALTHY, *FAULTS)) as lab:
        inventory, report = Path(folder) / "inventory.yml", Path(folder) / "rdp.json"
        lab.write_inventory(inventory)
        options = json.dumps({"troubleshoot_report": str(report), "troubleshoot_quiet": True})
        command = ["ansible-playbook", "-i", str(inventory), "winops.rdp.audit", "-e", options]
        code = subprocess.run(command, env={**os.environ}, stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            return code
        hosts = {host["name"]: host for host in json.loads(report.read_text(encoding="utf-8"))["hosts"]}
    well = hosts[HEALTHY[0].name]
    document = {
        "name": well["name"],
        "findings": well["findings"],
        "facts": well["facts"],
        "windows": [hosts[spec.name]["facts"]["windows"] for spec in HEALTHY],
        "faults": {
            spec.name: [one for one in hosts[spec.name]["findings"] if one["status"] != "ok"] for spec in FAULTS
        },
    }
    RESULTS.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(RESULTS)
    return 0


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
    return record_results()


if __name__ == "__main__":
    sys.exit(main())
