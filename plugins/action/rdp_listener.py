# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a listener back. Documented in plugins/modules/rdp_listener.py."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Mistake, Result
from ..plugin_utils._rdp import probes, restart
from ..plugin_utils._rdp.checks.listener import LISTENER
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.checks.service import on_its_way, startable
from ..plugin_utils._rdp.doctor import Readings
from ..plugin_utils._rdp.listener_key import compared
from ..plugin_utils._rdp.model import Finding, Plan
from ..plugin_utils._rdp.reference import Reference, from_facts, from_file, refuse_other_build
from ..plugin_utils._rdp.remedies import listener
from ..plugin_utils._repair import RESTART_ARGUMENTS, RepairAction


class ActionModule(RepairAction):
    """Keeps a listener listening."""

    CHECK = LISTENER
    ALSO = (probes.UM_RDP_SERVICE_STATE,)
    ADVICE = "The article's next step is to restart Windows."
    ARGUMENTS: t.ClassVar = {
        "state": {"type": "str", "choices": ["listening"], "default": "listening"},
        "method": {"type": "str", "choices": ["converge", "replace"], "default": "converge"},
        "reference": {"type": "dict"},
        "reference_file": {"type": "path"},
        "reference_directory": {"type": "path"},
        "allow_other_build": {"type": "bool", "default": False},
        **LISTENER_ARGUMENT,
        **RESTART_ARGUMENTS,
        **TIMEOUT_ARGUMENT,
    }
    MUTUALLY_EXCLUSIVE = (("reference", "reference_file", "reference_directory"),)

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """Read the reference before anything is sent to the host."""
        name = str(arguments["listener"])
        self._reference: Reference | None = None
        sources = ("reference", "reference_file", "reference_directory")
        if arguments["method"] == "replace" and all(arguments[source] is None for source in sources):
            raise Mistake(
                "The value 'replace' of option 'method' needs the key of a working listener: set one of the options "
                "'reference', 'reference_file' and 'reference_directory'."
            )
        if arguments["reference"] is not None:
            self._reference = from_facts(arguments["reference"], "the value of option 'reference'")
        elif arguments["reference_file"] is not None:
            path = str(arguments["reference_file"])
            self._reference = from_file(self.read_file("reference_file", path), name, path)
        elif arguments["reference_directory"] is not None:
            folder = str(arguments["reference_directory"])
            if not Path(self.find_file("reference_directory", folder)).is_dir():
                raise Mistake(f"The value {folder!r} of option 'reference_directory' is a file. Allowed is a folder.")

    def pending(self, readings: Readings) -> bool:
        """Whether TermService is starting or stopping."""
        return on_its_way(readings.get(probes.TERM_SERVICE_STATE))

    def plan(self, readings: Readings, arguments: dict[str, t.Any], folder: str) -> Plan:
        """Set what is wrong in the key, and restart TermService."""
        name = str(arguments["listener"])
        tree = probes.listener_tree(readings.of(probes.WINSTATIONS), name)
        if not listener.needs_repair(self._judged(readings), name, tree):
            return Plan()
        reference = self._matching(readings)
        services = (readings.of(probes.TERM_SERVICE_STATE), readings.of(probes.UM_RDP_SERVICE_STATE))
        restarts = () if arguments["restart"] == "never" else restart.term_service(*services)
        listener.refuse_stranger_on_port(tree, readings.of(probes.SOCKETS), services[0])
        plan = listener.plan(name, tree, reference, arguments["method"], folder, restarts)
        if restart.runs(services[0]):
            return plan
        before, after = {**plan.before, "TermService": "stopped"}, {**plan.after, "TermService": "running"}
        return dataclasses.replace(plan, before=before, after=after)

    def report(self, readings: Readings, arguments: dict[str, t.Any]) -> Result:
        """Return how the key differs from the reference, or from what every listener needs."""
        tree = probes.listener_tree(readings.of(probes.WINSTATIONS), str(arguments["listener"]))
        return {
            "differences": compared(tree or {}, self._reference.tree if self._reference else None),
            "reference": self._reference.source if self._reference else None,
        }

    def _judged(self, readings: Readings) -> Finding:
        """Judge the listener. A stopped service is not in the way: it is started with the listener."""
        states = (readings.get(probes.TERM_SERVICE_STATE), readings.get(probes.TERM_SERVICE_CONFIG))
        starts = self._arguments["restart"] != "never" and startable(*states)
        check = dataclasses.replace(LISTENER, requires=(PROTOCOL,)) if starts else LISTENER
        return self.findings((check,), readings)[0]

    def _matching(self, readings: Readings) -> Reference | None:
        """Return the reference, if it comes from the same build of Windows."""
        version = readings.get(probes.VERSION)
        build = version.build if version else None
        directory = self._arguments["reference_directory"]
        if self._reference is None and directory is not None:
            if build is None:
                raise Mistake("The build of this Windows could not be read, so no baseline can be chosen.")
            path = f"{directory}/{build}.reg"
            data = self.read_file("reference_directory", path)
            self._reference = from_file(data, str(self._arguments["listener"]), path)
        if self._reference is not None and not self._arguments["allow_other_build"]:
            refuse_other_build(self._reference, build)
        return self._reference
