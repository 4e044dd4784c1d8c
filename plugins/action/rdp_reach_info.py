# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans targets from the host of the task. Documented in plugins/modules/rdp_reach_info.py."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils.rdp_errors import ScanOptionError
from ..module_utils.rdp_result import scan_result
from ..module_utils.rdp_targets import ARGUMENTS, read_options
from ..plugin_utils._action import HostAction, Result, shown
from ..plugin_utils._host import WindowsHost, is_windows
from ..plugin_utils._rdp.errors import OptionError
from ..plugin_utils._rdp.reach import from_windows
from ..plugin_utils._rdp.tools import curl
from ..plugin_utils._reach import SLOW, named_in_ascii, scan_from


class ActionModule(HostAction):
    """Runs the module where there is Python, and Windows' own tools on a Windows host."""

    ARGUMENTS = ARGUMENTS
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Run the task."""
        if is_windows(self._connection):
            return super().run(tmp, task_vars)
        # As Ansible does for modules that have no action.
        result: Result = ActionBase.run(self, tmp, task_vars)
        in_background = bool(self._task.async_val)
        result.update(self._execute_module(task_vars=task_vars, wrap_async=in_background))
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return shown(result)

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Return what this Windows host sees."""
        if self._task.async_val:
            raise OptionError("This module does not support 'async' on a Windows host.")
        try:
            options = read_options(arguments)
        except ScanOptionError as exc:
            raise OptionError(str(exc)) from exc
        targets = named_in_ascii(options.targets)
        readings = self.gather_probes(host, (curl.VERSION, *from_windows.CLIENT))
        using = readings.get(curl.VERSION)
        return {
            **scan_result(scan_from(host, targets, options, using)),
            "client": from_windows.client(readings),
            **({} if using else {"warnings": [SLOW]}),
        }
