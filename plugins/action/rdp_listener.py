# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a listener back. Documented in plugins/modules/rdp_listener.py."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.listener import LISTENER, Seen, Sessions, seen
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.diagnosis import diagnose
from ..plugin_utils._rdp.errors import OptionError, RefusedError, UnreadableError
from ..plugin_utils._rdp.model import Finding, Plan
from ..plugin_utils._rdp.readings import Readings
from ..plugin_utils._rdp.repairs import listener, restart
from ..plugin_utils._rdp.repairs.reference import Reference, from_facts, from_file, refuse_other_build
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host
from ..plugin_utils._rdp.state.listener import listener_tree
from ..plugin_utils._rdp.state.listener_key import MICROSOFTS, compared, shown
from ..plugin_utils._rdp.state.registry import policy_key
from ..plugin_utils._rdp.state.services import on_its_way, startable
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, DISCONNECT_ARGUMENTS, RepairAction
from ..plugin_utils._verification import Verification, detour, verify


class ActionModule(RepairAction):
    """Keeps a listener listening."""

    CHECK = LISTENER
    EXTRA_PROBES = (probes.UM_RDP_SERVICE_STATE,)
    FAILURE_ADVICE = "The article's next step is to restart Windows."
    ARGUMENTS: t.ClassVar = {
        "method": {"type": "str", "choices": ["converge", "replace"], "default": "converge"},
        "reference": {"type": "dict"},
        "reference_file": {"type": "path"},
        "reference_directory": {"type": "path"},
        "accept_values": {"type": "list", "elements": "str", "default": []},
        "allow_other_build": {"type": "bool", "default": False},
        "verify_from_controller": {"type": "bool", "default": True},
        **LISTENER_ARGUMENT,
        **DISCONNECT_ARGUMENTS,
        **TIMEOUT_ARGUMENT,
        **BACKUP_COPY_ARGUMENT,
    }
    MUTUALLY_EXCLUSIVE = (("reference", "reference_file", "reference_directory"),)

    # Whether the reference's turn has come: Windows' own values have it first.
    _asked = False
    # Whether the key is written anew, so that a handshake has to show that it asks for Network Level Authentication.
    _made = False
    _verification: Verification | None = None
    _not_proven = ""

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """Read the reference before anything is sent to the host."""
        name = str(arguments["listener"])
        self._reference: Reference | None = None
        sources = ("reference", "reference_file", "reference_directory")
        if arguments["method"] == "replace" and all(arguments[source] is None for source in sources):
            raise OptionError(
                "The value 'replace' of option 'method' needs the key of a working listener: set one of the options "
                "'reference', 'reference_file' and 'reference_directory'."
            )
        if arguments["reference"] is not None:
            self._reference = from_facts(arguments["reference"], "the value of option 'reference'")
        elif arguments["reference_file"] is not None:
            path = str(arguments["reference_file"])
            self._reference = from_file(self.read_file("reference_file", path), name, path, arguments["accept_values"])
        elif arguments["reference_directory"] is not None:
            folder = str(arguments["reference_directory"])
            if not Path(self.find_file("reference_directory", folder)).is_dir():
                raise OptionError(
                    f"The value {folder!r} of option 'reference_directory' is a file. Allowed is a folder."
                )

    def in_transition(self, host: Host) -> bool:
        """Whether TermService is starting or stopping."""
        readings = host.readings
        return on_its_way(readings.get(probes.TERM_SERVICE_STATE))

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Repair with what Windows itself needs. Where that doesn't hold and was undone, the reference has its turn."""
        self._asked = arguments["method"] == "replace"
        first = super().act(host, arguments)
        if self._asked or not first.get("failed") or not first.get("backup") or not self._has_reference(arguments):
            return first
        if not self._key_is_as_before(host, first):
            return first
        self._asked = True
        try:
            second = super().act(host, arguments)
        except RefusedError as exc:
            return {**first, "msg": f"{first['msg']} With the reference: {exc}"}
        return {
            **second,
            "steps": [*first["steps"], *second["steps"]],
            "commands": [*first["commands"], *second["commands"]],
            "restarted": first["restarted"] or second["restarted"],
            "warnings": [f"Windows' own values were not enough: {first['msg']}", *second.get("warnings", ())],
        }

    def plan(self, host: Host, run: RepairRun) -> Plan:
        """Set what is wrong in the key, and restart TermService unless the listener works without that."""
        readings, arguments, folder = host.readings, dict(run.arguments), run.folder
        name = str(arguments["listener"])
        one = self._seen(readings)
        if not listener.needs_repair(self._judged(host), name, one.tree):
            return Plan()
        if one.listens and one.tree is not None:
            return listener.turn_on(name, one.tree, folder)
        self._made = self._made or one.tree is None
        reference = self._matching(readings) if self._is_asked(one) else None
        services = (readings.of(probes.TERM_SERVICE_STATE), readings.of(probes.UM_RDP_SERVICE_STATE))
        never = arguments["disconnect"] == "never" or one.listens
        restarts = () if never else restart.term_service(*services)
        listener.refuse_stranger_on_port(one.tree, readings.of(probes.SOCKETS), services[0])
        plan = listener.plan(name, one.tree, reference, arguments["method"], folder, restarts)
        if restart.runs(services[0]):
            return plan
        before, after = {**plan.before, "TermService": "stopped"}, {**plan.after, "TermService": "running"}
        return dataclasses.replace(plan, before=before, after=after)

    def verify(self, host: Host, run: RepairRun) -> str:
        """Try the handshake with a listener whose key was written anew: it has to ask for Network Level Authentication.

        Where this computer can't see that, the listener's row and its socket have to do.
        """
        readings, arguments = host.readings, dict(run.arguments)
        port = self._seen(readings).port
        if not self._made or arguments["disconnect"] == "never" or port is None:
            return ""
        if not arguments["verify_from_controller"]:
            self._not_proven = "'verify_from_controller' is false."
        elif way := detour(self._connection):
            self._not_proven = f"Ansible reaches this host through {way}."
        else:
            self._verification = verify(self._connection, port)
            if self._verification.outcome != "rdp":
                self._not_proven = self._verification.summary
            elif self._verification.requires_nla is False and not _decided_by_policy(readings):
                return (
                    "The new listener does not ask for Network Level Authentication, although its key says so. "
                    f"{self._verification.summary}"
                )
        return ""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return how the key differs from the reference, or from what every listener needs, and the verification."""
        readings, arguments = host.readings, dict(run.arguments)
        tree = listener_tree(readings.of(probes.WINSTATIONS), str(arguments["listener"]))
        doubt = (
            "The listener was proven by its row in qwinsta and TermService's socket alone, not by a handshake: "
            f"{self._not_proven}"
        )
        return {
            "differences": compared(tree or {}, self._reference.tree if self._reference else None),
            "reference": self._reference.source if self._reference else None,
            "reference_used": self._asked and self._reference is not None,
            "verification": self._verification.to_json() if self._verification else None,
            **({"warnings": [doubt]} if self._not_proven else {}),
        }

    def _seen(self, readings: Readings) -> Seen:
        try:
            sessions: Sessions = readings.of(probes.SESSIONS)
        except UnreadableError as exc:
            sessions = exc
        return seen(
            str(self._arguments["listener"]),
            readings.of(probes.WINSTATIONS),
            sessions,
            readings.of(probes.SOCKETS),
            readings.of(probes.TERM_SERVICE_STATE),
        )

    def _is_asked(self, one: Seen) -> bool:
        """Whether the reference says what to write. Windows makes no listener of another name itself."""
        others = one.tree is None and one.name.casefold() != MICROSOFTS.casefold()
        self._asked = self._asked or (others and self._has_reference(self._arguments))
        return self._asked

    def _has_reference(self, arguments: dict[str, t.Any]) -> bool:
        return self._reference is not None or arguments["reference_directory"] is not None

    def _key_is_as_before(self, host: WindowsHost, first: Result) -> bool:
        """Whether a repair that did not hold has left the key as it was."""
        try:
            tree = self._gather(host).listener.tree
        except UnreadableError:
            return False
        values = (tree or {}).get("", {})
        return all(shown(values.get(name)) == data for name, data in first["before"].items() if name != "TermService")

    def _judged(self, host: Host) -> Finding:
        """Judge the listener. A stopped service is not in the way: it is started with the listener."""
        readings = host.readings
        states = (readings.get(probes.TERM_SERVICE_STATE), readings.get(probes.TERM_SERVICE_CONFIG))
        starts = self._arguments["disconnect"] != "never" and startable(*states)
        check = dataclasses.replace(LISTENER, requires=(PROTOCOL,)) if starts else LISTENER
        return diagnose((check,), host, self.expected)[0]

    def _matching(self, readings: Readings) -> Reference | None:
        """Return the reference, if it comes from the same build of Windows."""
        version = readings.get(probes.VERSION)
        build = version.build if version else None
        directory = self._arguments["reference_directory"]
        if self._reference is None and directory is not None:
            if build is None:
                raise OptionError("The build of this Windows could not be read, so no baseline can be chosen.")
            path = f"{directory}/{build}.reg"
            data = self.read_file("reference_directory", path)
            accepted = self._arguments["accept_values"]
            self._reference = from_file(data, str(self._arguments["listener"]), path, accepted)
        if self._reference is not None and not self._arguments["allow_other_build"]:
            refuse_other_build(self._reference, build)
        return self._reference


def _decided_by_policy(readings: Readings) -> bool:
    """Whether a policy says how the listener authenticates, or nobody knows: the key does not count then."""
    try:
        key = policy_key(readings.of(probes.POLICIES), readings.of(probes.POLICIES_PARENT))
    except UnreadableError:
        return True
    return key is not None and any(key.get(name) for name in ("UserAuthentication", "SecurityLayer"))
