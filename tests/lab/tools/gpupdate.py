# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpupdate: has the service apply Group Policy again, and waits for it.

https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate: 600 seconds by default, 0 does
not wait, -1 waits for ever; what has not finished then goes on in the background. Without administrator's rights the
computer half fails and the exit code is still 0, as a published report says. Assumed: 1 after any other failure.
"""

from __future__ import annotations

import re

from ..state.policy.group_policy import RefreshOutcome
from .call import ToolCall

KNOWN = re.compile(r"/(force|target:(computer|user)|wait:-?\d+)", re.I)
DEFAULT_WAIT = 600


def main(call: ToolCall) -> int:
    """GPUPDATE [/target:computer|user] [/force] [/wait:seconds]."""
    options = [argument.lower() for argument in call.arguments]
    for option in options:
        if KNOWN.fullmatch(option) is None:
            return call.not_understood(f"option {option}")
    waits = [int(option.partition(":")[2]) for option in options if option.startswith("/wait:")]
    call.out(call.texts["gpupdate.start"])
    call.out("")
    code = 0
    if "/target:user" not in options:
        code = _computer(call, "/force" in options, waits[-1] if waits else DEFAULT_WAIT)
    if "/target:computer" not in options:
        code = _user(call) or code
    call.out("")
    return code


def _computer(call: ToolCall, force: bool, wait: int) -> int:
    machine = call.machine
    # Unseen: without administrator's rights gpupdate ends with 0, with 1 when no domain controller answers.
    if not machine.elevated:
        return _failed(call, "gpupdate.computer_failed", RefreshOutcome("gpupdate.denied")) and 0
    policy = machine.policy
    if 0 <= wait < policy.duration:
        policy.start(force=force)
        machine.tick(wait)
        if policy.running and wait:
            call.out(call.texts["gpupdate.too_long"])
        return 0
    machine.tick(policy.duration)
    outcome = policy.refresh(force=force)
    if outcome.failure:
        return _failed(call, "gpupdate.computer_failed", outcome)
    call.out(call.texts["gpupdate.computer"])
    return 0


def _user(call: ToolCall) -> int:
    policy = call.machine.policy
    policy.refresh_user()
    if not policy.controller_reachable:
        return _failed(call, "gpupdate.user_failed", RefreshOutcome("gpupdate.no_controller"))
    call.out(call.texts["gpupdate.user"])
    return 0


def _failed(call: ToolCall, heading: str, outcome: RefreshOutcome) -> int:
    for key in (heading, outcome.failure, "gpupdate.diagnose"):
        call.out(call.texts[key].format(subject=outcome.subject))
        call.out("")
    return 1
