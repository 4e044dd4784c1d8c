# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab, as readable YAML."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

CONNECTIONS = ("winrm", "psrp", "ssh-cmd", "ssh-powershell")
AUTHS = ("ntlm", "basic")
SSH_ARGS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"

Value = str | int | bool | None


def connection_variables(
    connection: str, auth: str, *, user: str, password: str, ssh_port: int = 0, ssh_key: str = ""
) -> dict[str, Value]:
    """The variables by which Ansible reaches every host of the lab."""
    if connection not in CONNECTIONS:
        raise ValueError(f"unknown connection {connection!r}; known are {', '.join(CONNECTIONS)}")
    if auth not in AUTHS:
        raise ValueError(f"unknown auth {auth!r}; known are {', '.join(AUTHS)}")
    variables: dict[str, Value] = {"ansible_user": user, "ansible_password": password}
    if connection == "winrm":
        variables |= {
            "ansible_connection": "winrm",
            "ansible_port": 5985,
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": auth,
            "ansible_winrm_proxy": None,
        }
    elif connection == "psrp":
        variables |= {
            "ansible_connection": "psrp",
            "ansible_port": 5985,
            "ansible_psrp_protocol": "http",
            "ansible_psrp_auth": auth,
            # pypsrp refuses to seal messages with Basic
            "ansible_psrp_message_encryption": "auto" if auth == "ntlm" else "never",
            "ansible_psrp_ignore_proxy": True,
        }
    else:
        del variables["ansible_password"]  # a key instead: Ansible would need sshpass for a password
        variables |= {
            "ansible_connection": "ssh",
            "ansible_port": ssh_port,
            "ansible_shell_type": connection.removeprefix("ssh-"),
            "ansible_ssh_private_key_file": ssh_key,
            "ansible_ssh_common_args": SSH_ARGS,
        }
    return variables


def render(hosts: Mapping[str, str], variables: Mapping[str, Value]) -> str:
    """An inventory with the group `windows`: host names and their addresses, and the group's variables."""
    lines = ["---", "# An emulated Windows fleet; its addresses and its password die with it.", "windows:", "  vars:"]
    lines += [f"    {name}: {_scalar(value)}" for name, value in variables.items()]
    lines.append("  hosts:")
    for name, address in hosts.items():
        lines += [f"    {name}:", f"      ansible_host: {address}"]
    return "\n".join(lines) + "\n"


def _scalar(value: Value) -> str:
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


def publish(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
