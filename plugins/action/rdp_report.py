# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums up the findings of all hosts of a play. Documented in plugins/modules/rdp_report.py."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import RdpAction, Result
from ..plugin_utils._rdp.report.terminal import fleet_summary


class ActionModule(RdpAction):
    """Works on the controller alone, with what rdp_info found before."""

    ARGUMENTS: t.ClassVar = {
        "results": {"type": "dict", "required": True},
        "quiet": {"type": "bool", "default": False},
    }

    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Return the summary, and print it."""
        summary = fleet_summary(arguments["results"])
        self.tell(summary, quiet=arguments["quiet"])
        return {"changed": False, "summary": summary}
