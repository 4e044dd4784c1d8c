# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports the findings of many hosts, and who reaches them. Documented in plugins/modules/rdp_report.py."""

from __future__ import annotations

import typing as t

from ansible import constants as C

from ..plugin_utils._action import RdpAction, Result
from ..plugin_utils._files import diff
from ..plugin_utils._rdp.errors import OptionError
from ..plugin_utils._rdp.report.headline import counts, headline
from ..plugin_utils._rdp.report.terminal import PLAIN, Style, fleet_summary
from ..plugin_utils._rdp.report.terminal_reach import reach_report
from ..plugin_utils._reports import check_formats, file_mode, gather, write_all


class ActionModule(RdpAction):
    """Works on the controller alone, with what rdp_info found before."""

    ARGUMENTS: t.ClassVar = {
        "results": {"type": "dict"},
        "sources": {"type": "list", "elements": "path", "default": []},
        "before": {"type": "dict", "default": {}},
        "repairs": {"type": "dict", "default": {}},
        "refusals": {"type": "dict", "default": {}},
        "reach": {"type": "dict", "default": {}},
        "previous": {"type": "path"},
        "time": {"type": "str"},
        "title": {"type": "str", "default": "Remote Desktop"},
        "dest": {"type": "list", "elements": "path", "default": []},
        "mode": {"type": "str"},
        "quiet": {"type": "bool", "default": False},
    }

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """Refuse what can't be reported or written."""
        if arguments["results"] is None and not arguments["sources"] and not arguments["reach"]:
            raise OptionError("There is nothing to report: give one of the options 'results', 'sources' and 'reach'.")
        if arguments["reach"] and not arguments["reach"].keys() >= {"targets", "vantages", "blocked"}:
            raise OptionError("The value of option 'reach' is not what the filter winops.rdp.reach_matrix returned.")
        check_formats("dest", arguments["dest"])

    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Print the summary, and write the files."""
        mode = file_mode("mode", arguments["mode"])
        report, changes = gather(arguments)
        dry = bool(self._task.check_mode)
        written = write_all(arguments["dest"], report, changes, mode, dry=dry)
        # What a saved report calls a repair was one.
        predicted = dry and not arguments["sources"]

        def summary(style: Style = PLAIN) -> str:
            parts = [fleet_summary(report, changes, style, predicted=predicted)] if report.hosts else []
            if arguments["reach"]:
                parts.append(reach_report(arguments["reach"]))
            return "\n\n".join(parts) or fleet_summary(report, changes, style)

        self.tell(summary, quiet=arguments["quiet"])
        return {
            "changed": any(file.changed for file in written),
            "summary": summary(),
            "headline": headline(report),
            "counts": counts(report),
            "files": [str(file.path) for file in written],
            "diff": [diff(file, C.MAX_FILE_SIZE_FOR_DIFF) for file in written if file.changed],
        }
