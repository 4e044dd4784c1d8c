# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""icacls: shows, saves, restores and changes the DACLs of files and directories.

https://learn.microsoft.com/windows-server/administration/windows-commands/icacls. Errors go to standard error as
`name: message`, the summary to standard output; the exit code is the Win32 error of the last failure. The file of
/save is UTF-16LE without a byte order mark, two lines for each object: its name as seen from the folder in which the
first one lies, and its DACL.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from ...state.files import Directory, FileError
from ...state.security import READ_CONTROL, READ_DATA, WRITE_DAC, WRITE_OWNER, Ace, Descriptor, SddlError, parse_sddl
from ..call import ToolCall
from .rights import ace_text, find_sid, parse_rights

INVALID_PARAMETER, NONE_MAPPED = 87, 1332


@dataclasses.dataclass
class IcaclsOptions:
    """What the command line asks for."""

    name: str = ""
    verb: str = ""  # save restore setowner; empty: show, or change when there are changes
    argument: str = ""
    # verb, sid, flags, mask
    changes: list[tuple[str, str, tuple[str, ...], int]] = dataclasses.field(default_factory=list)
    inheritance: str = ""
    recurse: bool = False
    go_on: bool = False
    quiet: bool = False
    link: bool = False


class BadLineError(Exception):
    """A command line that icacls refuses; `code` is the exit code, `word` what it names."""

    def __init__(self, word: str, code: int = INVALID_PARAMETER) -> None:
        super().__init__(word)
        self.word, self.code = word, code


def main(call: ToolCall) -> int:
    """ICACLS name [/save file | /restore file | /setowner user | /grant … /deny … /remove …] [/T] [/C] [/L] [/Q]."""
    try:
        options = _parse(call, call.arguments)
    except BadLineError as bad:
        if bad.code == NONE_MAPPED:
            call.err(f"{bad.word}: {call.texts['win32.1332']}")
            call.out(call.texts["icacls.summary"].format(done=0, failed=1))
            return NONE_MAPPED
        call.err(call.texts["icacls.invalid"].format(word=bad.word))
        if not bad.word.startswith("/"):
            return INVALID_PARAMETER
        return call.not_understood(f"option {bad.word}") and INVALID_PARAMETER
    run = _Run(call, options)
    return run.restore() if options.verb == "restore" else run.all()


def _parse(call: ToolCall, arguments: list[str]) -> IcaclsOptions:
    if not arguments or arguments[0].startswith("/"):
        raise BadLineError(arguments[0] if arguments else "")
    options = IcaclsOptions(arguments[0].rstrip("\\") if len(arguments[0]) > 3 else arguments[0])
    rest = list(arguments[1:])
    while rest:
        word = rest.pop(0)
        lower = word.lower()
        if lower in ("/save", "/restore", "/setowner"):
            if not rest:
                raise BadLineError(word)
            options.verb, options.argument = lower[1:], rest.pop(0)
        elif lower in ("/grant", "/grant:r", "/deny", "/remove", "/remove:g", "/remove:d"):
            taken = 0
            while rest and not rest[0].startswith("/"):
                options.changes.append(_change(call, lower[1:], rest.pop(0)))
                taken += 1
            if not taken:
                raise BadLineError(word)
        elif lower in ("/inheritance:e", "/inheritance:d", "/inheritance:r"):
            options.inheritance = lower[-1]
        elif lower in ("/t", "/c", "/q", "/l"):
            options.recurse |= lower == "/t"
            options.go_on |= lower == "/c"
            options.quiet |= lower == "/q"
            options.link |= lower == "/l"
        else:
            raise BadLineError(word)
    return options


def _change(call: ToolCall, verb: str, text: str) -> tuple[str, str, tuple[str, ...], int]:
    account, rights = text, ""
    if not verb.startswith("remove"):
        account, colon, rights = text.partition(":")
        if not colon:
            raise BadLineError(text)
    found = parse_rights(rights) if rights else ((), 0)
    if found is None:
        raise BadLineError(text)
    sid = find_sid(account, call.texts)
    if sid is None:
        raise BadLineError(account, NONE_MAPPED)
    return verb, sid, found[0], found[1]


def changed(descriptor: Descriptor, options: IcaclsOptions) -> Descriptor:
    """The descriptor after /inheritance, /grant, /deny and /remove, in the order in which they stand."""
    if options.inheritance == "e":
        descriptor = dataclasses.replace(descriptor, protected=False)
    elif options.inheritance:
        # d: inherited entries become explicit ones; r: they go
        own = descriptor.aces if options.inheritance == "d" else descriptor.explicit()
        kept_aces = tuple(
            dataclasses.replace(ace, flags=tuple(flag for flag in ace.flags if flag != "ID")) for ace in own
        )
        descriptor = dataclasses.replace(descriptor, aces=kept_aces, protected=True)
    aces = list(descriptor.explicit())
    for verb, sid, flags, mask in options.changes:
        if verb.startswith("remove"):
            kept = {"remove": (), "remove:g": (True,), "remove:d": (False,)}[verb]
            aces = [ace for ace in aces if ace.sid != sid or ace.deny in kept]
            continue
        deny = verb == "deny"
        if verb == "grant:r":
            aces = [ace for ace in aces if ace.sid != sid or ace.deny]
        same = next((ace for ace in aces if (ace.sid, ace.deny, ace.flags) == (sid, deny, flags)), None)
        if same is not None:
            aces[aces.index(same)] = dataclasses.replace(same, mask=same.mask | mask)
        else:
            aces.append(Ace(sid, mask, deny, flags))
    return descriptor.with_aces(tuple(aces))


class _Run:
    """One run: counts, messages, the last error."""

    def __init__(self, call: ToolCall, options: IcaclsOptions) -> None:
        self.call, self.options, self.files = call, options, call.machine.files
        self.done = self.failed = self.code = 0

    def all(self) -> int:
        """Every object that the name matches."""
        saved: list[str] = []
        actions: dict[str, Callable[[str, str], None]] = {
            "save": lambda shown, path: self._save(shown, path, saved), "setowner": self._set_owner,
        }  # fmt: skip
        action = actions.get(self.options.verb, self._change if self._changes() else self._show)
        if self.options.verb == "setowner" and find_sid(self.options.argument, self.call.texts) is None:
            self._failed(self.options.argument, NONE_MAPPED)
            return self._summary()
        for shown, path in self._names():
            if not self._each(action, shown, path) and not self.options.go_on:
                break
        if self.options.verb == "save" and saved:
            try:
                data = "".join(line + "\r\n" for line in saved).encode("utf-16-le")
                self.files.write(self.call.path(self.options.argument), data)
            except FileError as error:
                self.done = 0
                self._failed(self.options.argument, error.code)
        return self._summary()

    def _changes(self) -> bool:
        return bool(self.options.changes or self.options.inheritance)

    def _each(self, action: Callable[[str, str], None], shown: str, path: str) -> bool:
        try:
            action(shown, path)
        except FileError as error:
            self._failed(shown, error.code)
            return False
        self.done += 1
        return True

    def _names(self) -> list[tuple[str, str]]:
        """(as shown, absolute path) of what the name matches, with everything below it when asked."""
        name = self.options.name
        path = self.call.path(name)
        if "*" in name or "?" in name:
            prefix = name.rpartition("\\")[0]
            hits = [((prefix + "\\" if prefix else "") + hit.rpartition("\\")[2], hit) for hit in self.files.glob(path)]
            if not hits:
                self._failed(name, 2)
        else:
            hits = [(name, path)]
        found: list[tuple[str, str]] = []
        for shown, hit in hits:
            found.append((shown, hit))
            if self.options.recurse:
                found += self._below(shown, hit)
        return found

    def _below(self, shown: str, path: str) -> list[tuple[str, str]]:
        node = self.files.entry(path)
        if not isinstance(node, Directory):
            return []
        if not self.files.allowed(path, READ_DATA):
            self._failed(f"{shown}\\*", 5)
            return []
        found: list[tuple[str, str]] = []
        for child in node.children():
            found.append((f"{shown}\\{child.name}", f"{path}\\{child.name}"))
            found += self._below(*found[-1])
        return found

    def _object(self, path: str) -> str:
        """What is worked on: "/L performs the operation on a symbolic link instead of its destination"."""
        return path if self.options.link else self.files.followed(path)

    def _descriptor(self, path: str, wanted: int) -> Descriptor:
        descriptor = self.files.security(self._object(path))
        self.files.require(self._object(path), wanted)
        return descriptor

    def _show(self, shown: str, path: str) -> None:
        entries = [ace_text(ace, self.call.texts) for ace in self._descriptor(path, READ_CONTROL).aces]
        for number, entry in enumerate(entries or [""]):
            self.call.out((shown if number == 0 else " " * len(shown)) + " " + entry)
        self.call.out("")

    def _save(self, shown: str, path: str, saved: list[str]) -> None:
        base = self.call.path(self.options.name).rpartition("\\")[0]
        saved += [path[len(base) + 1 :], self._descriptor(path, READ_CONTROL).dacl()]
        self._processed(shown)

    def _change(self, shown: str, path: str) -> None:
        before = self._descriptor(path, READ_CONTROL | WRITE_DAC)
        self.files.set_security(self._object(path), changed(before, self.options))
        self._processed(shown)

    def _set_owner(self, shown: str, path: str) -> None:
        sid = find_sid(self.options.argument, self.call.texts) or ""
        self.files.set_security(self._object(path), dataclasses.replace(self._descriptor(path, WRITE_OWNER), owner=sid))
        self._processed(shown)

    def _processed(self, shown: str) -> None:
        if not self.options.quiet:
            self.call.out(self.call.texts["icacls.processed"].format(path=shown))

    def _failed(self, shown: str, code: int) -> None:
        self.failed += 1
        self.code = code
        self.call.err(f"{shown}: {self.call.texts.get(f'win32.{code}', str(code))}")

    def _summary(self) -> int:
        self.call.out(self.call.texts["icacls.summary"].format(done=self.done, failed=self.failed))
        return self.code

    # -- /restore ------------------------------------------------------------------------------------------------------

    def restore(self) -> int:
        """Give every object that the file names its saved DACL; owner and group stay."""
        try:
            data = self.files.read(self.call.path(self.options.argument))
        except FileError as error:
            self._failed(self.options.argument, error.code)
            return self._summary()
        text = data.removeprefix(b"\xff\xfe").decode("utf-16-le", "replace")
        lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
        if not lines or len(lines) % 2:
            self._failed(self.options.argument, INVALID_PARAMETER)
            return self._summary()
        for name, sddl in zip(lines[::2], lines[1::2], strict=True):
            shown = f"{self.options.name}\\{name}"
            done = self._each(functools.partial(self._restore, sddl=sddl), shown, self.call.path(shown))
            if not done and not self.options.go_on:
                break
        return self._summary()

    def _restore(self, shown: str, path: str, sddl: str) -> None:
        before = self._descriptor(path, WRITE_DAC)
        try:
            wanted = parse_sddl(sddl, owner=before.owner, group=before.group)
        except SddlError:
            raise FileError(1338, path) from None
        if not sddl.startswith("D:"):
            raise FileError(1338, path)
        self.files.set_security(self._object(path), wanted)
        self._processed(shown)
