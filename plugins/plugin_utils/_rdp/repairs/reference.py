# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a listener's key can be taken from: a .reg file, a saved baseline, the facts of another host."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import RefusedError, RegFileError
from ..formats import regfile
from ..formats.hives import long_path
from ..probes import WINSTATIONS_KEY
from ..state.listener_key import essential_differences, from_plain
from ..state.listener_values import Suspicion, Tree, Typed, from_hosts, suspicions_of_reference
from .only_key import FileKey, entries, only_key

# The line by which a baseline says from which build of Windows it comes. It is a comment to regedit.
_BUILD = re.compile(rb"^; winops\.rdp: build (\d{1,9})\b", re.M)


@dataclasses.dataclass(frozen=True)
class Reference:
    """A listener's key from elsewhere.

    Attributes:
        tree: The key.
        build: The build of Windows that it comes from, None if nothing says so.
        source: Where it comes from, for people.
    """

    tree: Tree
    build: int | None
    source: str


def from_file(data: bytes, listener: str, source: str, accepted: t.Collection[str] = ()) -> Reference:
    """Read a .reg file that holds a listener's key and nothing else.

    Args:
        data: What the file holds.
        listener: The listener's name.
        source: What people call the file.
        accepted: The suspicious values that somebody wants all the same, by their names.

    Raises:
        RefusedError: It holds anything else, isn't understood, or has a suspicious value. The text names the line, or
            the values.
    """
    key = f"{WINSTATIONS_KEY}\\{listener}"
    try:
        tree = _tree(only_key(regfile.parse(data), key), key)
    except RegFileError as exc:
        raise RefusedError(f"{source} can't be used as a reference: {exc}.") from exc
    accepts = {name.casefold() for name in accepted}
    if wrong := [one for one in suspicions_of_reference(tree) if one.label.casefold() not in accepts]:
        raise RefusedError(
            f"Nothing was changed: {source} holds what no host should get unasked: {_in_words(wrong)}. Take it out of "
            "the file, or name each value that you want in 'accept_values'."
        )
    build = _BUILD.search(data.replace(b"\0", b""))
    return _usable(Reference(tree, int(build[1]) if build else None, source))


def from_facts(facts: t.Any, source: str) -> Reference:
    """Take what rdp_info found on another host: the values of an allow-list that are plausible, nothing else.

    Raises:
        RefusedError: These are not such facts, or the other host has no listener.
    """
    try:
        tree = from_hosts(from_plain(facts["listener"]["key"]))
        build = facts["windows"]["build"]
    except (KeyError, TypeError, ValueError) as exc:
        raise RefusedError(
            f"{source} is no reference: the facts of winops.rdp.rdp_info on a host with a listener are needed ({exc})."
        ) from exc
    return _usable(Reference(tree, build if isinstance(build, int) else None, source))


def baseline(facts: t.Any, host: str) -> str:
    """Return the listener's key of a host as a .reg file that says from which build it comes.

    Raises:
        RefusedError: These are not the facts of a host with a working listener, or it has a suspicious value. The text
            names each.
    """
    reference = from_facts(facts, f"host {host}")
    tree = from_plain(facts["listener"]["key"])
    if wrong := suspicions_of_reference(tree):
        raise RefusedError(f"The listener of host {host} is no reference: {_in_words(wrong)}.")
    key = f"{WINSTATIONS_KEY}\\{facts['listener']['name']}"
    header, _newline, rest = render(tree, key).partition("\r\n")
    return f"{header}\r\n; winops.rdp: build {reference.build}, from a healthy host\r\n{rest}"


def baselines(results: t.Mapping[str, t.Any]) -> tuple[list[dict[str, t.Any]], list[str]]:
    """Return a baseline for each build of Windows among hosts, and why others give none.

    Args:
        results: What rdp_info returned for each host, by name. Hosts without findings don't count.

    Returns:
        For each build ``{build, host, text}``, in order; and what is wrong with each host that was passed over.
    """
    files: dict[int, dict[str, t.Any]] = {}
    refused: list[str] = []
    for name, result in sorted(results.items()):
        build = _build(result)
        if build is None or _finding(result) not in ("ok", "warning"):
            continue
        try:
            text = baseline(result["facts"], name)
        except RefusedError as exc:
            refused.append(str(exc))
        else:
            files.setdefault(build, {"build": build, "host": name, "text": text})
    return [files[build] for build in sorted(files)], refused


def choose(results: t.Mapping[str, t.Any], host: str) -> tuple[str, str]:
    """Choose a host of the fleet whose listener can be taken as a reference: one of two at least that agree.

    Args:
        results: What rdp_info returned for each host, by name. Hosts without findings don't count.
        host: The host that needs one.

    Returns:
        The name of the chosen host, empty if there is none, and why, as a sentence.
    """
    build = _build(results.get(host))
    if build is None:
        return "", f"The build of Windows on {host} is not known, so no other host can be a reference."
    same = [name for name, result in results.items() if name != host and _build(result) == build]
    working = sorted(name for name in same if _listens(results[name]))
    agreeing: dict[str, list[str]] = {}
    for name in working:
        if (values := _compared_by(results[name])) is not None:
            agreeing.setdefault(values, []).append(name)
    groups = sorted(agreeing.values(), key=len, reverse=True)
    if not groups or len(groups[0]) < 2:
        return "", (
            f"Of the {len(same)} other hosts with build {build} of Windows no two have working listeners that agree, "
            "value by value. What a single host says is not given to others."
        )
    if len(groups) > 1 and len(groups[1]) == len(groups[0]):
        return "", (
            f"The working listeners of build {build} don't agree: {' and '.join(names[0] for names in groups[:2])} "
            "differ, and as many hosts are like the one as like the other."
        )
    first, *others = groups[0]
    return first, f"{first} has a working listener and build {build}, and so has {others[0]}, with the same values."


def _compared_by(result: t.Any) -> str | None:
    """Return what other hosts may take of a result's listener, to be compared. None if it is suspicious."""
    try:
        tree = from_plain(result["facts"]["listener"]["key"])
    except (KeyError, TypeError, ValueError):
        return None
    if suspicions_of_reference(tree):
        return None
    values = from_hosts(tree)[""]
    return repr(sorted((name.casefold(), value.type, str(value.data).casefold()) for name, value in values.items()))


def _build(result: t.Any) -> int | None:
    build = ((result or {}).get("facts") or {}).get("windows", {}).get("build")
    return build if isinstance(build, int) else None


def _listens(result: t.Any) -> bool:
    return _finding(result) == "ok"


def _finding(result: t.Any) -> str:
    """Return the status of the check listener, nothing without it."""
    return next((str(one["status"]) for one in result.get("findings", ()) if one["check"] == "listener"), "")


def _in_words(found: t.Iterable[Suspicion]) -> str:
    return "; ".join(map(str, found))


def render(tree: Tree, key: str, *, replace: bool = False) -> str:
    """Return a key as the text of a .reg file.

    Args:
        tree: The key.
        key: Its path.
        replace: Whether the file first removes the key, so that nothing else is left in it.
    """
    keys = [
        FileKey(
            long_path(f"{key}\\{subkey}" if subkey else key),
            tuple(regfile.RegFileValue(name, value.type, value.data) for name, value in values.items()),
        )
        for subkey, values in sorted(tree.items(), key=lambda item: item[0].casefold())
    ]
    return regfile.render(entries(keys), delete_first=long_path(key) if replace else None)


def refuse_other_build(reference: Reference, build: int | None) -> None:
    """Refuse a key from another version of Windows.

    Raises:
        RefusedError: It is, or nobody knows.
    """
    if build is None:
        raise RefusedError(
            "Nothing was changed: the build of this Windows could not be read, so no reference can be matched."
        )
    if reference.build is None:
        raise RefusedError(
            f"Nothing was changed: {reference.source} doesn't say from which build of Windows it comes. This host has "
            f"build {build}. Use 'allow_other_build: true' if you know that it is the same."
        )
    if reference.build != build:
        raise RefusedError(
            f"Nothing was changed: {reference.source} comes from build {reference.build} of Windows, this host has "
            f"build {build}. Take a host of the same build, or use 'allow_other_build: true'."
        )


def _tree(keys: t.Iterable[FileKey], key: str) -> Tree:
    top = len(long_path(key)) + 1
    return {found.path[top:]: {value.name: Typed(value.type, value.data) for value in found.values} for found in keys}


def _usable(reference: Reference) -> Reference:
    if wrong := essential_differences(reference.tree):
        names = ", ".join(difference.label for difference in wrong)
        raise RefusedError(f"{reference.source} is no working listener: {names} is not as it has to be.")
    return reference
