# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums up what was found on the hosts and on the way to them. Documented in plugins/modules/rdp_report.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import Mistake, RdpAction, Result
from ..plugin_utils._rdp.report.reach import reach_report
from ..plugin_utils._rdp.report.terminal import fleet_summary


class ActionModule(RdpAction):
    """Works on the controller alone, with what rdp_info found before."""

    ARGUMENTS: t.ClassVar = {
        "results": {"type": "dict"},
        "reach": {"type": "dict"},
        "quiet": {"type": "bool", "default": False},
    }

    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Return the summary, and print it."""
        results, reach = arguments["results"], arguments["reach"]
        if results is None and reach is None:
            raise Mistake("One of the options 'results' and 'reach' is required.")
        if reach is not None and not reach.keys() >= {"targets", "vantages", "blocked"}:
            raise Mistake("The value of option 'reach' is not what the filter winops.rdp.reach_matrix returned.")
        parts = [fleet_summary(results)] if results is not None else []
        if reach is not None:
            parts.append(reach_report(reach))
        summary = "\n\n".join(parts)
        self.tell(summary, quiet=arguments["quiet"])
        return {"changed": False, "summary": summary}
