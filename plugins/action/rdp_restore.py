# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a backup back. Documented in plugins/modules/rdp_restore.py."""

from __future__ import annotations

import functools
import typing as t

from ..plugin_utils._action import TIMEOUT_ARGUMENT, HostAction, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.errors import RefusedError
from ..plugin_utils._rdp.repairs import backup, restart
from ..plugin_utils._rdp.state import windows
from ..plugin_utils._saving import first_whole
from ..plugin_utils._services import LOOK, bring_up, wanted_after
from ..plugin_utils._steps import complaints, run_all, run_commands

# How long a service may take to come, in seconds.
_WAIT = 60


class ActionModule(HostAction):
    """Undoes one repair."""

    ARGUMENTS: t.ClassVar = {
        "backup": {"type": "str", "default": "latest"},
        "disconnect": {"type": "str", "choices": ["when_idle", "always", "never"], "default": "when_idle"},
        **TIMEOUT_ARGUMENT,
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Run the commands of the backup's script, look at the services, and mark the backup."""
        readings = self.gather_probes(host, (backup.BACKUPS, probes.SESSIONS, *LOOK))
        windows.refuse_emulated(readings)
        wanted = backup.candidates(readings.of(backup.BACKUPS), str(arguments["backup"]))
        name, commands, skipped = first_whole(functools.partial(self.gather_more, host, readings), readings, wanted)
        path = backup.path_of(readings.of(probes.SYSTEM_ROOT), name)
        if restart.disconnects(commands):
            if arguments["disconnect"] == "never":
                raise RefusedError(
                    f"Nothing was changed: to put {path} back restarts TermService, and 'disconnect' is 'never'."
                )
            restart.refuse_while_connected(arguments["disconnect"], readings.get(probes.SESSIONS))
            seen = self.gather_more(host, readings, (probes.TERM_SERVICE_DEPENDENTS,))
            restart.refuse_other_dependents(seen.get(probes.TERM_SERVICE_DEPENDENTS))
        result: Result = {
            "changed": True,
            "backup": path,
            "commands": [command.line for command in commands],
            "restarted": restart.disconnects(commands),
        }
        if skipped:
            result["warnings"] = [
                f"These backups are not whole, so nothing was changed after them, and they are left out: "
                f"{', '.join(skipped)}."
            ]
        if self._task.check_mode:
            return result
        # A service that is in the wanted state already answers with an error, which is none here.
        failed = [text for text in complaints(commands, run_all(host, commands)) if not text.startswith("'net ")]
        failed += bring_up(host, wanted_after(commands, readings), lambda: self.gather_probes(host, LOOK), _WAIT)
        if failed:
            raise RefusedError(f"The backup {path} could not be put back completely: {' '.join(failed)}")
        if unmarked := run_commands(host, (backup.mark_restored(path),)):
            result["warnings"] = [*result.get("warnings", ()), f"It could not be marked as put back: {unmarked[0]}"]
        return result
