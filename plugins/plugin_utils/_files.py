# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller: those that a pattern names, and those that are written only when they change.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import tempfile
import typing as t
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Written:
    """A file that was written, or in check mode would have been.

    Attributes:
        path: Its full path.
        changed: Whether its contents or its mode are different now.
        before: What it held. None if it was not there.
        after: What it holds.
    """

    path: Path
    changed: bool
    before: bytes | None
    after: bytes


def matching(pattern: str) -> list[Path]:
    """Return the files that a path or a pattern such as ``slices/*.json`` names, by name. Folders are left out.

    A relative one begins in the folder in which Ansible was started. A name with brackets that is there counts as
    a name.
    """
    if Path(pattern).is_file():
        return [Path(pattern)]
    wanted = Path(pattern)
    below = wanted.relative_to(wanted.anchor)
    return sorted(path for path in Path(wanted.anchor).glob(str(below)) if path.is_file()) if below.parts else []


def write(path: Path, contents: bytes, mode: int | None, *, dry: bool) -> Written:
    """Write a file, all of it or nothing, and only if something is different.

    Args:
        path: Where. Its folder has to be there.
        contents: What.
        mode: Its permissions. None leaves those of a file that is there, and gives a new one the usual ones.
        dry: Only say what would be done.

    Raises:
        OSError: It can't be read or written.
    """
    # A link stays one; what it leads to is replaced.
    target = path.resolve()
    before = target.read_bytes() if target.exists() else None
    present = None if before is None else target.stat().st_mode & 0o7777
    same_mode = mode is None or mode == present
    changed = before != contents or not same_mode
    if changed and not dry:
        if before != contents:
            _replace(target, contents, mode if mode is not None else present)
        elif mode is not None:
            target.chmod(mode)
    if changed and dry and not os.access(target.parent, os.W_OK):
        raise FileNotFoundError(errno.ENOENT, "its folder is not there, or can't be written to")
    return Written(target, changed, before, contents)


def _replace(target: Path, contents: bytes, mode: int | None) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
        Path(name).chmod(_usual_mode() if mode is None else mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _usual_mode() -> int:
    """Return what a new file gets here. There is no other way to read the mask than to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def diff(written: Written, limit: int) -> dict[str, t.Any]:
    """Return what Ansible prints with --diff.

    Args:
        written: The file.
        limit: The size from which on files are not compared, 0 for none.
    """
    shown: dict[str, t.Any] = {"before_header": str(written.path), "after_header": str(written.path)}
    for side, contents, larger in (("before", written.before or b"", "dst"), ("after", written.after, "src")):
        if limit and len(contents) > limit:
            shown[f"{larger}_larger"] = limit
        else:
            shown[side] = contents.decode("utf-8", "replace")
    return shown
