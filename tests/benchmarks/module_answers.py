# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emulated hosts that answer the modules of ansible.windows that are called by hand.

No PowerShell runs. A module's result is made from the host's state, in the form and about the size that the module's
documentation (RETURN in ansible.windows 3) gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.machine import Machine
from lab.state.registry import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_QWORD, TYPE_NAMES, Value
from lab.state.services import RUNNING

Result = dict[str, Any]
Canned = Callable[[Result], Result]

_UTF8 = 65001
_START_MODES = ("boot", "system", "auto", "manual", "disabled")


class AnsweringMachine(Machine):
    """A host of the lab with answers for modules (see lab/shell/powershell/modules.py)."""

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name, **details)
        self.canned_modules: dict[str, Canned] = {
            "ansible.windows.win_command": self._win_command,
            "ansible.windows.win_reg_stat": self._win_reg_stat,
            "ansible.windows.win_service_info": self._win_service_info,
        }

    def _win_command(self, arguments: Result) -> Result:
        line = str(arguments["_raw_params"])
        ran = self.create_process(line, code_page=_UTF8)
        return {
            "changed": True,
            "cmd": line,
            "rc": ran.exit_code,
            "stdout": ran.stdout.decode("utf-8"),
            "stderr": ran.stderr.decode("utf-8"),
            "start": "2026-01-01 12:00:00.000000",
            "end": "2026-01-01 12:00:00.100000",
            "delta": "0:00:00.100000",
            "failed": ran.exit_code != 0,
        }

    def _win_reg_stat(self, arguments: Result) -> Result:
        key = self.registry.get(str(arguments["path"]).replace(":", "", 1))
        if key is None:
            return {"changed": False, "exists": False}
        if "name" in arguments:
            value = key.get(str(arguments["name"]))
            return {"changed": False, "exists": value is not None, **(_property(value) if value else {})}
        properties = {name: _property(value) for name, value in key.items()}
        names = [subkey.name for subkey in key.subkeys()]
        return {"changed": False, "exists": True, "properties": properties, "sub_keys": names}

    def _win_service_info(self, arguments: Result) -> Result:
        service = self.services.get(str(arguments["name"]))
        if service is None:
            return {"changed": False, "exists": False, "services": []}
        info = {
            "checkpoint": service.checkpoint,
            "controls_accepted": ["stop", "session_change"],
            "dependencies": list(service.dependencies),
            "dependency_of": [other.name for other in self.services.dependents(service.name, active=False)],
            "description": self.service_display(service),
            "desktop_interact": False,
            "display_name": self.service_display(service),
            "error_control": "normal",
            "failure_actions": [{"type": "restart", "delay_ms": 60000}, {"type": "none", "delay_ms": 0}],
            "failure_actions_on_non_crash_failure": False,
            "failure_command": None,
            "failure_reboot_msg": None,
            "failure_reset_period_sec": 86400,
            "launch_protection": "none",
            "load_order_group": service.group,
            "name": service.name,
            "path": service.image_path,
            "pre_shutdown_timeout_ms": 10000,
            "preferred_node": None,
            "process_id": service.pid,
            "required_privileges": ["SeChangeNotifyPrivilege", "SeCreateGlobalPrivilege", "SeImpersonatePrivilege"],
            "service_exit_code": 0,
            "service_flags": [],
            "service_type": "win32_share_process",
            "sid_info": "unrestricted",
            "start_mode": _START_MODES[service.start],
            "state": "started" if service.state == RUNNING else "stopped",
            "triggers": [],
            "username": service.account,
            "wait_hint_ms": 0,
            "win32_exit_code": service.exit_code,
        }
        return {"changed": False, "exists": True, "services": [info]}


def _property(value: Value) -> Result:
    """A value as win_reg_stat gives it."""
    data: Any = value.text
    if value.type in (REG_DWORD, REG_QWORD):
        data = value.number
    elif value.type == REG_MULTI_SZ:
        data = value.texts
    elif value.type == REG_BINARY:
        data = list(value.raw)
    raw = [f"0x{byte:02x}" for byte in value.raw] if value.type == REG_BINARY else data
    return {"type": TYPE_NAMES[value.type], "value": data, "raw_value": raw}
