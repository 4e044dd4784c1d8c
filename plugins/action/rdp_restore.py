# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a backup back. Documented in plugins/modules/rdp_restore.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, HostAction, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import backup, probes, restart
from ..plugin_utils._rdp.model import Probe, Refused
from ..plugin_utils._rdp.text import lines
from ..plugin_utils._repair import run_commands


class ActionModule(HostAction):
    """Undoes one repair."""

    ARGUMENTS: t.ClassVar = {
        "backup": {"type": "str", "default": "latest"},
        "restart": {"type": "str", "choices": ["when_idle", "always"], "default": "when_idle"},
        **TIMEOUT_ARGUMENT,
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Run the commands of the backup's script, and mark it."""
        readings = self.look(host, (backup.BACKUPS, probes.SESSIONS))
        name = backup.chosen(readings.of(backup.BACKUPS), str(arguments["backup"]))
        path = backup.path_of(readings.of(probes.SYSTEM_ROOT), name)
        show = Probe(backup.show_script(path), lambda output: lines(output.data, output.code_page))
        commands = backup.script_commands(self.look(host, (show,)).of(show))
        if restart.disconnects(commands):
            restart.refuse_while_connected(arguments["restart"], readings.get(probes.SESSIONS))
        result: Result = {
            "changed": True,
            "backup": path,
            "commands": [command.line for command in commands],
            "restarted": restart.disconnects(commands),
        }
        if self._task.check_mode:
            return result
        # A service that is in the wanted state already answers with an error, which is none here.
        failed = [text for text in run_commands(host, commands) if not text.startswith("'net ")]
        if failed:
            raise Refused(f"The backup {path} could not be put back completely: {' '.join(failed)}")
        run_commands(host, (backup.mark_restored(path),))
        return result
