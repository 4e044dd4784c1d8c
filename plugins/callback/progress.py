# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress while many hosts are examined. Documented below, as Ansible reads it from here."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: One line for each host, as it finishes
version_added: 0.1.0
description:
  - Shows the progress of a play that examines hundreds of hosts. Each host gets one line as M(winops.rdp.rdp_info)
    finishes with it, with how many are done, how it is, and the cause of its trouble, as far as it fits the terminal.
    A host that could not be reached or examined has the whole reason there. Every ten seconds it says how fast it goes
    and how long it may still take. At the end it counts the hosts by their state and names the slowest.
  - Takes the place of the report that M(winops.rdp.rdp_info) prints of each host. The summary of
    M(winops.rdp.rdp_report) is still printed.
  - Of all other tasks it prints what changed and everything that went wrong, the way the default callback does it.
    Errors, warnings and unreachable hosts are never left out. What went well or was skipped is shown with C(-v), and
    so is the result of a look.
author:
  - winops.rdp contributors (@winops)
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - Set as stdout callback in the configuration, or with E(ANSIBLE_STDOUT_CALLBACK).
options:
  quiet:
    description: Print no line for a host on which everything is ok.
    type: bool
    default: false
    env:
      - name: WINOPS_RDP_PROGRESS_QUIET
    ini:
      - section: callback_winops_rdp_progress
        key: quiet
    version_added: 0.1.0
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_report
"""

EXAMPLES = r"""
# On the command line:
#   ANSIBLE_STDOUT_CALLBACK=winops.rdp.progress ansible-playbook winops.rdp.audit -i inventory.yml
#
# or in ansible.cfg:
#   [defaults]
#   stdout_callback = winops.rdp.progress
#   [callback_winops_rdp_progress]
#   quiet = true
#
# prints lines like:
#   [ 12/300] [XX] web03  service: TermService is stopped.
"""

import collections
import textwrap
import time
import typing as t

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as Default

from ..plugin_utils._rdp.model import Status
from ..plugin_utils._rdp.phrases import number
from ..plugin_utils._rdp.report.marks import REPAIRED, TERMINAL_MARKS
from ..plugin_utils._terminal import width

# Between two words about the speed, in seconds.
_PACE_EVERY = 10.0
_SLOWEST = 5
# The names of hosts are set to one width, but for longer ones.
_LONGEST_NAME = 24

_COLOURS = {
    "ok": C.COLOR_OK,
    "warning": C.COLOR_WARN,
    "problem": C.COLOR_ERROR,
    "unknown": C.COLOR_UNREACHABLE,
    "unreachable": C.COLOR_UNREACHABLE,
    "failed": C.COLOR_ERROR,
}
_WORST_FIRST = ("problem", "failed", "unreachable", "unknown", "warning")


class CallbackModule(Default):  # type: ignore[misc]
    """Ansible's default output, with one line instead of the result of each look."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "winops.rdp.progress"

    def __init__(self) -> None:
        super().__init__()
        self._hosts: tuple[str, ...] = ()
        self._states: dict[str, str] = {}
        self._began: dict[tuple[str, str], float] = {}
        self._took: dict[str, float] = {}
        # When the first look began, when the last one ended, when the speed was last told.
        self._first = self._last = self._told = 0.0

    # -- the diagnosis of a host ---------------------------------------------------------------------------------------

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """Remember how many hosts there are."""
        super().v2_playbook_on_play_start(play)
        variables = play.get_variable_manager().get_vars(play=play, include_hostvars=False)
        self._hosts = tuple(variables.get("ansible_play_hosts_all") or ())

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        """Remember when a host began."""
        super().v2_runner_on_start(host, task)
        self._began[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """Show a look as one line, a repair as another, and of anything else what changed."""
        if _is_diagnosis(result.result):
            self._diagnosed(result)
        elif _is_repair(result):
            self._repaired(result)
        elif self._is_worth_telling(result):
            super().v2_runner_on_ok(result)

    def v2_runner_item_on_ok(self, result: t.Any) -> None:
        """Do the same with one round of a loop."""
        if _is_diagnosis(result.result):
            self._diagnosed(result)
        elif self._is_worth_telling(result):
            super().v2_runner_item_on_ok(result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        """Show why a host could not be examined, and everything about anything else that went wrong."""
        if _is_diagnosis(result.result):
            self._diagnosed(result)
        elif _is_of_rdp_info(result):
            self._not_diagnosed(result, "failed")
        else:
            super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        """Show why a host could not be reached, and everything about one that was lost later."""
        if _is_of_rdp_info(result):
            self._not_diagnosed(result, "unreachable")
        else:
            self._done(result, "unreachable")
            super().v2_runner_on_unreachable(result)

    def _diagnosed(self, result: t.Any) -> None:
        status, text = _verdict(result.result)
        self._done(result, status)
        self._handle_warnings_and_exception(result)
        if status != "ok" or not self.get_option("quiet"):
            self._banner(result)
            self._line(TERMINAL_MARKS[status], result, text, _COLOURS[status])
        self._tell_pace()

    def _not_diagnosed(self, result: t.Any, state: str) -> None:
        self._done(result, state)
        # Not the exception: it is the reason in many lines.
        self._handle_warnings(result.result)
        self._banner(result)
        reason = str(result.result.get("msg", "")).removeprefix("Task failed: ")
        self._line(TERMINAL_MARKS["unknown"], result, f"{state}: {reason}", _COLOURS[state], cut=False)
        self._tell_pace()

    def _repaired(self, result: t.Any) -> None:
        self._handle_warnings_and_exception(result)
        finding = result.result["finding"]
        changed = bool(result.result.get("changed"))
        if changed or finding["status"] != "ok" or self._display.verbosity:
            self._banner(result)
            mark = REPAIRED if changed else TERMINAL_MARKS[finding["status"]]
            colour = C.COLOR_CHANGED if changed else _COLOURS.get(finding["status"], C.COLOR_OK)
            self._line(mark, result, f"{finding['check']}: {finding['summary']}", colour)

    def _line(self, mark: str, result: t.Any, text: str, colour: str, *, cut: bool = True) -> None:
        count = str(max(len(self._hosts), len(self._states)))
        names = min(_LONGEST_NAME, max((len(name) for name in self._hosts), default=0))
        done = f"{len(self._states):>{len(count)}}/{count}"
        line = _printable(f"[{done}] {mark} {self.host_label(result):<{names}}  {text}")
        if cut and len(line) > width():
            # The summary has the whole of it.
            line = f"{line[: width() - 2]}.."
        self._display.display(line, color=colour)
        if self._run_is_verbose(result):
            self._display.display(self._dump_results(result.result), color=colour)

    def _done(self, result: t.Any, state: str) -> None:
        """Count a host by its latest result."""
        name = result.host.get_name()
        now = time.monotonic()
        began = self._began.get((name, result.task._uuid), now)
        self._states[name] = state
        self._took[name] = max(self._took.get(name, 0.0), now - began)
        self._last = now
        if not self._first or began < self._first:
            self._first = self._told = began

    # -- how it goes ---------------------------------------------------------------------------------------------------

    def _tell_pace(self) -> None:
        """Say from time to time how fast it goes."""
        if self._last - self._told < _PACE_EVERY:
            return
        self._told = self._last
        done, total = len(self._states), len(self._hosts)
        rate = done / (self._last - self._first)
        left = f", about {(total - done) / rate:.0f} s left" if total > done else ""
        self._display.display(f"{done} of {total} hosts, {rate:.1f} a second{left}", color=C.COLOR_VERBOSE)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Count the hosts, name the slowest, and end as the default callback does."""
        if self._states:
            self._display.banner("REMOTE DESKTOP")
            self._sum_up()
        super().v2_playbook_on_stats(stats)

    def _sum_up(self) -> None:
        count = collections.Counter(self._states.values())
        seconds = max(self._last - self._first, 0.001)
        hosts = number(len(self._states), "host")
        states = ", ".join(f"{count[state]} {state}" for state in _COLOURS if count[state])
        worst = next((state for state in _WORST_FIRST if count[state]), "ok")
        self._display.display(
            f"{hosts} in {seconds:.1f} s ({len(self._states) / seconds:.1f} a second): {states}", color=_COLOURS[worst]
        )
        slowest = sorted(self._took.items(), key=lambda item: (-item[1], item[0]))[:_SLOWEST]
        if len(self._took) > 1:
            names = ", ".join(f"{name} {took:.1f} s" for name, took in slowest)
            self._display.display(textwrap.fill(_printable(f"The slowest: {names}"), width(), break_on_hyphens=False))

    # -- all other tasks -----------------------------------------------------------------------------------------------

    def _is_worth_telling(self, result: t.Any) -> bool:
        """Whether to show a task that went well: it changed something, warns, or the output is verbose."""
        told = result.result
        return bool(
            told.get("changed") or told.get("warnings") or told.get("deprecations") or self._run_is_verbose(result)
        )

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        """Show what was skipped if the output is verbose, or if it warns."""
        if self._is_worth_telling(result):
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: t.Any) -> None:
        """Do the same with one round of a loop."""
        if self._is_worth_telling(result):
            super().v2_runner_item_on_skipped(result)

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        """Show the file that a task includes if the output is verbose."""
        if self._display.verbosity:
            super().v2_playbook_on_include(included_file)

    def _task_start(self, task: t.Any, prefix: str | None = None) -> None:
        """Keep the heading of a task until there is something to print below it."""
        if prefix is not None:
            self._task_type_cache[task._uuid] = prefix
        # With these strategies the tasks of several hosts mix, so none is the last one.
        mixed = self._play is not None and str(self._play.strategy).rpartition(".")[2] in ("free", "host_pinned")
        self._last_task_name = None if mixed else task.get_name().strip()
        if self._display.verbosity:
            self._print_task_banner(task)

    def _banner(self, result: t.Any) -> None:
        if self._last_task_banner != result.task._uuid:
            self._print_task_banner(result.task)


def _is_diagnosis(result: t.Mapping[str, t.Any]) -> bool:
    return isinstance(result.get("findings"), list) and "healthy" in result


def _is_of_rdp_info(result: t.Any) -> bool:
    return str(result.task.action).rpartition(".")[2] == "rdp_info"


def _is_repair(result: t.Any) -> bool:
    finding = result.result.get("finding")
    return isinstance(finding, dict) and {"check", "status", "summary"} <= set(finding)


def _verdict(result: t.Mapping[str, t.Any]) -> tuple[Status, str]:
    """Return how a host is, and why."""
    cause = result["root_cause"]
    if cause:
        return "problem", f"{cause['check']}: {cause['summary']}"
    statuses: tuple[Status, ...] = ("unknown", "warning")
    for status in statuses:
        for finding in result["findings"]:
            if finding["status"] == status:
                return status, f"{finding['check']}: {finding['summary']}"
    return "ok", "Remote Desktop is fine." if result["healthy"] else "Not everything was judged."


def _printable(text: str) -> str:
    """Return a line without characters that would do something to a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
