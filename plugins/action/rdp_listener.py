# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a listener back. Documented in plugins/modules/rdp_listener.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..plugin_utils._action import LISTENER_ARGUMENT, TIMEOUT_ARGUMENT, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import probes
from ..plugin_utils._rdp.checks.listener import LISTENER
from ..plugin_utils._rdp.errors import OptionError, RdpError, RefusedError, UnreadableError
from ..plugin_utils._rdp.model import Plan
from ..plugin_utils._rdp.repairs import listener
from ..plugin_utils._rdp.repairs.reference import Reference, from_facts, from_file
from ..plugin_utils._rdp.repairs.run import RepairRun
from ..plugin_utils._rdp.state.host import Host, known
from ..plugin_utils._rdp.state.listener_key import compared, shown
from ..plugin_utils._rdp.state.services import on_its_way
from ..plugin_utils._repair import BACKUP_COPY_ARGUMENT, DISCONNECT_ARGUMENTS, RepairAction
from ..plugin_utils._verification import detour

# Stands among the arguments, beside the options, when the reference has its turn: Windows' own values have it first.
_REFERENCE_TURN = "reference_turn"


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

    # What the options name, once it was read.
    _reference: Reference | None = None

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """Read the reference before anything is sent to the host."""
        name = str(arguments["listener"])
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
        return on_its_way(known(lambda: host.term_service.state))

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Repair with what Windows itself needs. Where that doesn't hold and was undone, the reference has its turn."""
        first = super().act(host, arguments)
        if first["reference_used"] or not first.get("failed") or not first.get("backup"):
            return first
        if not self._has_reference(arguments) or not self._key_is_as_before(host, first):
            return first
        try:
            second = super().act(host, {**arguments, _REFERENCE_TURN: True})
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
        options = run.arguments
        request = listener.ListenerRequest(
            self.expected,
            run.folder,
            method=options["method"],
            reference=self._reference_of(run),
            allow_other_build=options["allow_other_build"],
            may_restart=options["disconnect"] != "never",
        )
        return listener.plan(request, host)

    def handshake_port(self, host: Host, run: RepairRun) -> int | None:
        """Try the handshake with a listener whose key was written anew, where this computer can."""
        return None if self._why_no_handshake(run) else self._port_to_verify(host, run)

    def verify(self, host: Host, run: RepairRun) -> str:
        """A listener whose key was written anew has to ask for Network Level Authentication."""
        seen = run.verification
        return listener.without_nla(seen.requires_nla, seen.summary, host) if seen and seen.holds else ""

    def report(self, host: Host, run: RepairRun) -> Result:
        """Return how the key differs from the reference, or from what every listener needs, and the verification."""
        seen, reference, doubt = run.verification, self._reference, ""
        if run.held and self._port_to_verify(host, run) is not None:
            doubt = self._why_no_handshake(run) or ("" if seen.holds else seen.summary)
        doubt = doubt and (
            "The listener was verified by its row in qwinsta and TermService's socket alone, not by a handshake: "
            f"{doubt}"
        )
        return {
            "differences": compared(host.listener.tree or {}, reference.tree if reference else None),
            "reference": reference.source if reference else None,
            "reference_used": self._is_reference_turn(run) and reference is not None,
            "verification": seen.to_json() if seen else None,
            **({"warnings": [doubt]} if doubt else {}),
        }

    def _port_to_verify(self, host: Host, run: RepairRun) -> int | None:
        """Return the port of a listener whose key was written anew. Without a restart it does not listen there yet."""
        return host.port if run.arguments["disconnect"] != "never" and listener.is_rewritten(run.before) else None

    def _why_no_handshake(self, run: RepairRun) -> str:
        """Say why this computer can't, or must not, try the handshake, or nothing."""
        if not run.arguments["verify_from_controller"]:
            return "'verify_from_controller' is false."
        way = detour(self._connection)
        return f"Ansible reaches this host through {way}." if way else ""

    def _is_reference_turn(self, run: RepairRun) -> bool:
        """Whether the reference says what to write."""
        options = run.arguments
        if options["method"] == "replace" or options.get(_REFERENCE_TURN):
            return True
        return self._has_reference(options) and listener.needs_reference(run.before)

    def _has_reference(self, arguments: t.Mapping[str, t.Any]) -> bool:
        return self._reference is not None or arguments["reference_directory"] is not None

    def _key_is_as_before(self, host: WindowsHost, first: Result) -> bool:
        """Whether a repair that did not hold has left the key as it was."""
        try:
            tree = self._gather(host).listener.tree
        except UnreadableError:
            return False
        values = (tree or {}).get("", {})
        return all(shown(values.get(name)) == data for name, data in first["before"].items() if name != "TermService")

    def _reference_of(self, run: RepairRun) -> Reference | RdpError | None:
        """Return the reference once its turn has come, and from a folder the file of this host's build."""
        if not self._is_reference_turn(run):
            return None
        directory = run.arguments["reference_directory"]
        if self._reference is None and directory is not None:
            build = listener.build_of(run.before)
            if build is None:
                return OptionError("The build of this Windows could not be read, so no baseline can be chosen.")
            path = f"{directory}/{build}.reg"
            try:
                data = self.read_file("reference_directory", path)
                self._reference = from_file(data, self.expected.listener, path, run.arguments["accept_values"])
            except RdpError as exc:
                return exc
        return self._reference
