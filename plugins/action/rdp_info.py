# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnoses a host, or the recording of one. Documented in plugins/modules/rdp_info.py."""

from __future__ import annotations

import datetime
import functools
import typing as t
from pathlib import Path

from ..plugin_utils import _recording
from ..plugin_utils._action import LISTENER_ARGUMENT, PORT_ARGUMENT, TIMEOUT_ARGUMENT, Answering, HostAction, Result
from ..plugin_utils._host import WindowsHost
from ..plugin_utils._rdp import diagnosis
from ..plugin_utils._rdp.checks import CHECKS
from ..plugin_utils._rdp.checks.protocol import PROTOCOL
from ..plugin_utils._rdp.errors import OptionError, RecordingError
from ..plugin_utils._rdp.facts import SEEN, facts
from ..plugin_utils._rdp.model import EXPECTS, CommandResult, Expectation, PortProbe
from ..plugin_utils._rdp.recording import redact
from ..plugin_utils._rdp.recording.format import Recording
from ..plugin_utils._rdp.report.terminal import host_report
from ..plugin_utils._rdp.report.windows_names import windows_and_build
from ..plugin_utils._rdp.state import windows


class ActionModule(HostAction):
    """Looks once, judges everything, changes nothing on the host."""

    ARGUMENTS: t.ClassVar = {
        "checks": {"type": "list", "elements": "str", "choices": [check.id for check in CHECKS]},
        "expect": {"type": "str", "choices": list(EXPECTS), "default": "enabled"},
        "fail_on": {"type": "str", "choices": ["never", "problem", "unknown", "warning"], "default": "never"},
        "outputs": {"type": "bool", "default": False},
        "quiet": {"type": "bool", "default": False},
        "record": {"type": "path"},
        "redact": {"type": "bool", "default": True},
        "rights": {"type": "bool", "default": False},
        "replay": {"type": "path"},
        "verify_from_controller": {"type": "bool", "default": False},
        **LISTENER_ARGUMENT,
        **PORT_ARGUMENT,
        **TIMEOUT_ARGUMENT,
    }

    # What keeps the answers, with ``record``, and what gives them, with ``replay``.
    _recorder: _recording.Recorder | None = None
    _recorded: _recording.RecordedHost | None = None

    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Diagnose the host of the task, or without it what was recorded."""
        try:
            if arguments["replay"] is None:
                return super().perform(arguments, result)
            return self._replay(arguments)
        except RecordingError as exc:
            raise OptionError(str(exc)) from exc

    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Return the findings with the cause, the next step and the facts."""
        now = datetime.datetime.now(tz=datetime.UTC)
        expected = Expectation(
            listener=str(arguments["listener"]),
            port=arguments["port"],
            rights=arguments["rights"],
            expect=arguments["expect"],
            must_answer=arguments["verify_from_controller"],
            now=now,
        )
        if arguments["record"] is None:
            return self._diagnosis(host, self.host_name, expected, arguments)
        self._recorder = _recording.Recorder(host)
        diagnosis = self._diagnosis(self._recorder, self.host_name, expected, arguments)
        recording = Recording(self._recorder.answers, now, self.host_name, expected.listener, expected.port)
        return diagnosis | self._save(_recording.with_code_page(recording), arguments)

    def probe_from_here(self, command: PortProbe) -> CommandResult | None:
        """Look at a port of the host from the controller, or at what was seen when it was recorded."""
        if self._recorded:
            return self._recorded.query([command.line])[0]
        asked = datetime.datetime.now(tz=datetime.UTC)
        ran = super().probe_from_here(command)
        if self._recorder:
            self._recorder.note(command.line, ran, asked)
        return ran

    def _replay(self, arguments: dict[str, t.Any]) -> Result:
        folder = _recording.find(self._on_controller(arguments["replay"]), self.host_name)
        recording = _recording.load(folder)
        # What the user said when the host was recorded counts, unless this task says something else.
        expected = Expectation(
            listener=str(arguments["listener"]) if "listener" in self._task.args else recording.listener,
            port=arguments["port"] if "port" in self._task.args else recording.port,
            now=recording.time,
            rights=arguments["rights"],
            expect=arguments["expect"],
            must_answer=arguments["verify_from_controller"],
        )
        self._recorded = _recording.RecordedHost(recording)
        self.missing = "is not in this recording"
        diagnosis = self._diagnosis(self._recorded, _title(recording, self.host_name, folder), expected, arguments)
        if arguments["record"] is None:
            return diagnosis | {"recording": _described(recording, folder)}
        return diagnosis | self._save(recording, arguments)

    def _diagnosis(self, answering: Answering, name: str, expected: Expectation, arguments: dict[str, t.Any]) -> Result:
        chosen = arguments["checks"]
        checks = [check for check in CHECKS if not chosen or check.id in chosen]
        # A recording holds what every check needs, whichever are reported now.
        # What a host is meant to be is judged first, whichever checks are reported.
        judged = checks if expected.expect == "enabled" else [check for check in CHECKS if check in (PROTOCOL, *checks)]
        host = self.gather(answering, judged if arguments["record"] is None else CHECKS, expected, SEEN)
        found = tuple(
            filter(lambda one: one.check in {check.id for check in checks}, diagnosis.diagnose(judged, host, expected))
        )
        seen = facts(host, expected)
        findings = [finding.to_json() for finding in found]
        cause = diagnosis.root_cause(found, checks)
        report = functools.partial(host_report, name, windows_and_build(seen["windows"]), found)
        self.tell(report, quiet=arguments["quiet"], of_one_host=True)
        result: Result = {
            "changed": False,
            "healthy": diagnosis.healthy(found, checks),
            "root_cause": cause.to_json() if cause else None,
            "next_step": diagnosis.next_step(found, cause),
            "findings": findings,
            "facts": seen,
            "expect": expected.expect,
            "report": report(),
            "time": f"{expected.now:%Y-%m-%dT%H:%M:%SZ}" if expected.now else None,
        }
        if windows.is_emulated(host.readings):
            result["warnings"] = [windows.REDIRECTED]
        if arguments["outputs"]:
            result["outputs"] = host.readings.printed()
        if failing := diagnosis.failing(found, arguments["fail_on"]):
            result.update(failed=True, msg=f"Remote Desktop on this host: {'; '.join(failing)}")
        return result

    def _save(self, recording: Recording, arguments: dict[str, t.Any]) -> Result:
        if arguments["redact"] and not recording.redacted:
            recording = redact.redacted(recording, self._own_names())
        folder = _recording.save(recording, self._on_controller(arguments["record"]), self.host_name)
        return {"recording": _described(recording, folder)}

    def _own_names(self) -> tuple[str, ...]:
        """Return what the controller calls the host and its own account there."""
        own = (getattr(self._play_context, name, None) for name in ("remote_addr", "remote_user"))
        return tuple(str(name) for name in (self.host_name, *own) if name)

    def _on_controller(self, path: str) -> Path:
        return Path(self._loader.path_dwim(path))


def _title(recording: Recording, inventory_name: str, folder: Path) -> str:
    name = inventory_name if folder.name == inventory_name else recording.host or folder.name
    return f"{name}, recorded {recording.time:%Y-%m-%d %H:%M} UTC" if recording.time else name


def _described(recording: Recording, folder: Path) -> Result:
    return {
        "folder": str(folder),
        "host": recording.host,
        "time": f"{recording.time:%Y-%m-%dT%H:%M:%SZ}" if recording.time else None,
        "redacted": recording.redacted,
        "made_by": recording.made_by,
        "left_out": [answer.command for answer in recording.commands if answer.data is None],
    }
