# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run demo``: sick Windows hosts on loopback, audited, repaired and audited again by the real ansible-playbook.

Runs in the installed environment, with the lab on the path. Ends with an error unless every host is healthy at last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import HostSpec, Lab

#: Faults that the repair playbook mends, alone and together, on English and German Windows.
HOSTS = (
    HostSpec("web01", ("protocol-disabled",)),
    HostSpec("web02", ("service-stopped",)),
    HostSpec("sql01", ("service-disabled",)),
    HostSpec("druck-berlin", ("umrdp-stopped",), "de-DE"),
    HostSpec("lager-berlin", ("protocol-disabled", "service-stopped"), "de-DE"),
    HostSpec("app01", ("listener-key-missing",)),
    HostSpec("app02", ("certificate-expired",)),
    HostSpec("archiv-bonn", ("machinekeys-denied", "certificate-missing"), "de-DE"),
    HostSpec("app03", ("keyfile-denied",)),
    HostSpec("vpn01", ("firewall-rule-off",)),
    HostSpec("kasse-bonn", ("gpo-local-blocks",), "de-DE"),
    HostSpec("fileserver"),
)

# Warnings are repaired only where that is asked for.
_OPTIONS = ("-e", "troubleshoot_quiet=true", "-e", "troubleshoot_repair_warnings=true")

_RULE = "=" * 100
_NEXT = r"""
What next: your own hosts. An inventory, hosts.yml:

    windows:
      hosts:
        web01.example.com:
        web02.example.com:
      vars:
        ansible_connection: winrm
        ansible_port: 5985
        ansible_winrm_transport: ntlm
        ansible_user: EXAMPLE\admin

Look; nothing is changed (-k asks for the password):

    ./run ansible-playbook winops.rdp.audit -i hosts.yml -k

See what a repair would do, then let it:

    ./run ansible-playbook winops.rdp.repair -i hosts.yml -k --check --diff
    ./run ansible-playbook winops.rdp.repair -i hosts.yml -k
"""
_STARTED = time.monotonic()


def phase(sentence: str) -> None:
    """Say in one sentence what comes now."""
    print(f"\n{_RULE}\n{time.monotonic() - _STARTED:3.0f} s  {sentence}\n{_RULE}", flush=True)


def play(inventory: Path, *arguments: str) -> None:
    """Show the command that a person would type, and run it.

    Raises:
        SystemExit: it failed.
    """
    print(f"$ ansible-playbook -i {inventory.name} {' '.join(arguments)}\n", flush=True)
    environment = {
        **os.environ,
        # What is shown is what the hosts said and what was changed.
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_FORKS": str(len(HOSTS)),
    }
    if sys.stdout.isatty():
        environment["ANSIBLE_FORCE_COLOR"] = "true"
    command = ["ansible-playbook", "-i", str(inventory), *arguments]
    code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        sys.exit(f"\ndemo: {' '.join(command)} ended with {code}")


def main() -> int:
    """Show it all."""
    phase("Start emulated Windows hosts on loopback; Ansible reaches them over WinRM, as it would real ones.")
    with tempfile.TemporaryDirectory(prefix="rdp-demo-") as folder, Lab(HOSTS) as lab:
        inventory = Path(folder) / "inventory.yml"
        lab.write_inventory(inventory)
        for host in HOSTS:
            print(f"  {host.name:<14} {host.language}  {', '.join(host.faults) or 'healthy'}")
        phase("Audit: one task looks at everything on each host. Nothing is changed.")
        play(inventory, "winops.rdp.audit", "--check")
        phase("Repair: what is changed is saved before and proven afterwards, and --diff shows it.")
        play(inventory, "winops.rdp.repair", "--diff", *_OPTIONS)
        phase("Audit again: every host is healthy, and nothing is left to change.")
        play(inventory, "winops.rdp.audit", "-e", "troubleshoot_fail_on=warning")
        phase("Stop the hosts.")
    print(_NEXT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
