# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring a listener back: its key from a reference, and a restart of TermService."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..checks.listener import LISTENER
from ..checks.protocol import PROTOCOL
from ..diagnosis import diagnose
from ..errors import RdpError, RefusedError, UnreadableError
from ..model import Change, Command, Expectation, Finding, Plan, TextFile
from ..probes import WINSTATIONS_KEY
from ..quoting import write_file
from ..state.host import Host, known
from ..state.listener_key import (
    MICROSOFTS,
    Difference,
    differences,
    is_foreign,
    merged,
    required_differences,
    shown,
    switched_off,
)
from ..state.listener_values import Tree, completed
from ..state.port_owner import strangers
from ..state.services import startable
from ..tools import reg
from . import restart
from .backup import export, exported
from .reference import Reference, refuse_other_build, render

Method = t.Literal["converge", "replace"]

# From so many values on, one file is imported instead of setting each of them.
_MANY = 12


@dataclasses.dataclass(frozen=True)
class ListenerRequest:
    """What somebody asks of a listener.

    Attributes:
        expected: Its name.
        folder: Where to save what is going to change.
        method: ``converge`` sets what differs, ``replace`` takes the whole key of the reference.
        reference: A working key once its turn has come, or why there is none. None to go by what Windows itself needs.
        allow_other_build: Whether the reference may come from another build of Windows.
        may_restart: Whether TermService may be restarted.
    """

    expected: Expectation
    folder: str
    method: Method = "converge"
    reference: Reference | RdpError | None = None
    allow_other_build: bool = False
    may_restart: bool = True


def plan(request: ListenerRequest, host: Host) -> Plan:
    """Plan the way to a listener that listens and lets people in: what is wrong in its key, and a restart.

    Raises:
        RdpError: There is no reference, and its turn has come.
        RefusedError: It can't be repaired, or must not be.
        UnreadableError: Something that could decide was not read.
    """
    one = host.listening
    if not _needs_repair(_judged(request, host), one.name, one.tree):
        return Plan()
    if one and one.tree is not None:
        # These act without a restart.
        key = f"{WINSTATIONS_KEY}\\{one.name}"
        return _by_commands(key, one.tree, switched_off(one.tree), request.folder, ())
    if isinstance(request.reference, RdpError):
        raise request.reference
    if request.reference and not request.allow_other_build:
        refuse_other_build(request.reference, build_of(host))
    term, redirector = host.term_service.state, host.um_rdp_service.state
    # Without its key a listener works until TermService starts again.
    restarts = restart.term_service(term, redirector) if request.may_restart and not one else ()
    _refuse_stranger_on_port(one.tree, host)
    made = write_key(one.name, one.tree, request.reference, request.method, request.folder, restarts)
    if host.term_service.runs:
        return made
    before, after = {**made.before, "TermService": "stopped"}, {**made.after, "TermService": "running"}
    return dataclasses.replace(made, before=before, after=after)


def is_rewritten(before: Host) -> bool:
    """Whether a repair writes the listener's key anew, so that a handshake has to verify what it asks for.

    Args:
        before: The host before the repair.

    Raises:
        UnreadableError: The key could not be read.
    """
    return before.listener.tree is None


def needs_reference(before: Host) -> bool:
    """Whether only a reference says what to write: Windows makes no listener of another name itself.

    Raises:
        UnreadableError: The key could not be read.
    """
    return before.listener.tree is None and before.listener_name.casefold() != MICROSOFTS.casefold()


def build_of(host: Host) -> int | None:
    """Return the build of Windows, None if it could not be read."""
    version = known(lambda: host.version)
    return version.build if version else None


def without_nla(requires_nla: bool | None, summary: str, host: Host) -> str:
    """Say that a listener whose key was written anew does not ask for Network Level Authentication, or nothing.

    Where a policy says how the listener authenticates, or nobody knows, the key does not count.

    Args:
        requires_nla: What the handshake has shown, None if it did not.
        summary: What the handshake has shown, as a sentence.
        host: The host.
    """
    if requires_nla is not False:
        return ""
    try:
        policy = host.policy_key
    except UnreadableError:
        return ""
    if policy is not None and any(policy.get(name) for name in ("UserAuthentication", "SecurityLayer")):
        return ""
    return f"The new listener does not ask for Network Level Authentication, although its key says so. {summary}"


def _judged(request: ListenerRequest, host: Host) -> Finding:
    """Judge the listener. A stopped service is not in the way: it is started with the listener."""
    states = (known(lambda: host.term_service.state), known(lambda: host.term_service.config))
    starts = request.may_restart and startable(*states)
    check = dataclasses.replace(LISTENER, requires=(PROTOCOL,)) if starts else LISTENER
    return diagnose((check,), host, request.expected)[0]


def _needs_repair(finding: Finding, listener: str, here: Tree | None) -> bool:
    """Whether a listener has to be repaired.

    Raises:
        RefusedError: It can't be, or must not be.
    """
    if finding.status in ("ok", "warning"):
        # Without its key a listener works until TermService starts again.
        return here is None and finding.status == "warning"
    if finding.status != "problem":
        raise RefusedError(
            f"Nothing was changed, because it can't be told whether the listener {listener} works: {finding.summary} "
            "winops.rdp.rdp_info says what comes first."
        )
    if is_foreign(listener, here or {}):
        raise RefusedError(
            f"Nothing was changed: the listener {listener} belongs to another product (Citrix, Azure Virtual Desktop), "
            "which has to repair it."
        )
    if not finding.repair:
        raise RefusedError(f"Nothing was changed: {finding.summary} {finding.fix}")
    return True


def _refuse_stranger_on_port(here: Tree | None, host: Host) -> None:
    """Refuse a restart that can't help, because another program holds the listener's port.

    Raises:
        RefusedError: One does.
    """
    port = {name.casefold(): value.data for name, value in (here or {}).get("", {}).items()}.get("portnumber")
    if not isinstance(port, int):
        return
    if others := strangers(host.owners(port)):
        processes = ", ".join(str(owner.pid) for owner in others)
        raise RefusedError(
            f"Nothing was changed: another program (process {processes}) holds TCP port {port}, so TermService can't "
            "listen there. See the finding port_conflict of winops.rdp.rdp_info."
        )


def write_key(
    listener: str,
    here: Tree | None,
    reference: Reference | None,
    method: Method,
    folder: str,
    restart: tuple[Change, ...],
) -> Plan:
    """Plan how to write the key of a listener that doesn't listen, and the restart that makes it count.

    Args:
        listener: Its name.
        here: Its key, None if it is missing.
        reference: A working key, None to go by what Windows itself needs.
        method: As in ListenerRequest.
        folder: Where to save what is going to change.
        restart: How to restart TermService, nothing if the user doesn't want that.

    Raises:
        RefusedError: The key is missing, and Windows makes none of that name itself.
    """
    key = f"{WINSTATIONS_KEY}\\{listener}"
    if reference is None and here is None and listener.casefold() != MICROSOFTS.casefold():
        raise RefusedError(
            f"Nothing was changed: the key of the listener {listener} is missing, and only {MICROSOFTS} is Windows' "
            "own, so a working one of the same build of Windows is needed as 'reference', 'reference_file' or "
            "'reference_directory'."
        )
    found = required_differences(here or {}) if reference is None else differences(here or {}, reference.tree)
    todo = [difference for difference in found if not difference.kept]
    if here is None and reference is None:
        return _by_file(key, here, completed({}), folder, restart, replace=False)
    if reference is not None:
        # A file that begins with [-KEY] removes the key (https://support.microsoft.com/help/310516; Wine's
        # programs/reg/tests/import.c, which is run on Windows as well).
        # Unseen: one file may remove a key and make it again.
        whole = here is None or method == "replace"
        tree = completed(reference.tree) if whole else reference.tree
        replace = method == "replace" and here is not None
        by_file = functools.partial(_by_file, key, here, tree, folder, restart, replace=replace)
        if whole or len(todo) > _MANY:
            return by_file()
        try:
            return _by_commands(key, here or {}, todo, folder, restart)
        except ValueError:
            # `reg add` has no words for some types, and some characters can't stand in a command.
            return by_file()
    return _by_commands(key, here or {}, todo, folder, restart)


def _by_commands(key: str, here: Tree, todo: t.Sequence[Difference], folder: str, restart: tuple[Change, ...]) -> Plan:
    undo = _undo(key, here, todo, {one.subkey for one in todo}, folder) if todo else ()
    return Plan(
        changes=tuple(
            Change(
                reg.add(_path(key, one.subkey), one.name, value.type, value.data),
                why=f"Set {one.label} to what a working listener has.",
                undo=undo if number == 0 else (),
            )
            for number, one in enumerate(todo)
            if (value := one.there)
        ),
        restart=restart,
        saves=(export(key, folder),) if todo else (),
        before={one.label: shown(one.here) for one in todo},
        after={one.label: shown(one.there) for one in todo},
    )


def _by_file(
    key: str, here: Tree | None, reference: Tree, folder: str, restart: tuple[Change, ...], *, replace: bool
) -> Plan:
    # One import: the key is never missing between two commands.
    target = merged(here or {}, reference)
    file = f"{folder}\\new-{exported(key)}"
    changed = [one for one in differences(here or {}, target) if not one.kept or (replace and one.there is None)]
    undo = (reg.delete_key(key),) if here is None else _undo(key, here, changed, target, folder)
    if replace:
        _refuse_lossy(here or {}, reference)
    try:
        lines = tuple(render(target, key, replace=replace).rstrip("\r\n").split("\r\n"))
        write_file(file, lines)
    except ValueError as exc:
        raise RefusedError(
            f"Nothing was changed: the reference holds something that can't be sent to a host safely ({exc})."
        ) from exc
    return Plan(
        changes=(Change(reg.import_(file), why="Write the listener's key.", undo=undo),),
        restart=restart,
        saves=(export(key, folder),) if here is not None else (),
        files=(TextFile(file, lines),),
        before={one.label: shown(one.here) for one in changed},
        after={one.label: shown(one.there) for one in changed},
    )


def _refuse_lossy(here: Tree, reference: Tree) -> None:
    """Refuse to write a host's own values again that may not have come over unchanged.

    Raises:
        RefusedError: A string has characters that the console's code page may have replaced.
    """
    for one in differences(here, reference):
        text = one.here.data if one.kept and one.here else ""
        if isinstance(text, str) and ("?" in text or "\ufffd" in text):
            raise RefusedError(
                f"Nothing was changed: the host's own value {one.label} ({text}) can't be carried over safely. "
                "Use 'method: converge', which leaves it alone."
            )


def _undo(
    key: str, here: Tree, changed: t.Sequence[Difference], subkeys: t.Iterable[str], folder: str
) -> tuple[Command, ...]:
    """Return how to put a key back: what was saved is imported, what was not there is removed.

    Args:
        key: The listener's key.
        here: The key as it is.
        changed: The values that change.
        subkeys: The sub-keys that there will be.
        folder: Where the key is saved.
    """
    existing = {folded for subkey in here for folded in _ancestry(subkey.casefold())}
    new_keys = {
        next(path for path in _ancestry(subkey) if path.casefold() not in existing)
        for subkey in subkeys
        if subkey.casefold() not in existing
    }
    new_values = [one for one in changed if one.here is None and one.subkey.casefold() in existing]
    return (
        reg.import_(f"{folder}\\{exported(key)}"),
        *(reg.delete_value(_path(key, one.subkey), one.name) for one in new_values),
        *(reg.delete_key(_path(key, subkey)) for subkey in sorted(new_keys)),
    )


def _ancestry(subkey: str) -> list[str]:
    """Return a path with all those above it, the topmost first."""
    parts = subkey.split("\\")
    return ["", *("\\".join(parts[:length]) for length in range(1, len(parts) + 1))] if subkey else [""]


def _path(key: str, subkey: str) -> str:
    return f"{key}\\{subkey}" if subkey else key
