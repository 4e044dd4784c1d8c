# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repair of a listener's key without Ansible: every line that the collection sends but the restart's.

The restart has nothing to do with the registry, and Wine has no UmRdpService.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import regfile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change, Command, CommandResult, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import backup, listener, restart, undo_script
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.reference import Reference, from_file, render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import listener_tree
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import BUILT_IN, Tree, Typed, label
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import lines
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import OEM, Host

LISTENER = "RDP-Tcp"
KEY = f"{probes.WINSTATIONS_KEY}\\{LISTENER}"
_SEED = r"C:\seed.reg"
_SEEN = r"C:\seen{}.reg"


def number(value: int) -> Typed:
    """A REG_DWORD."""
    return Typed("REG_DWORD", value)


def text(value: str) -> Typed:
    """A REG_SZ."""
    return Typed("REG_SZ", value)


#: A listener's key with what such keys really hold. None of Windows' own values is missing: a replacement adds those.
HEALTHY: Tree = {
    "": {
        **BUILT_IN,
        "CallbackNumber": text(""),
        "InitialProgram": text(r"C:\Program Files (x86)\it's; one, two=3 ~ `@#$\shell.exe"),
        "InputBufferLength": number(0x800),
        "KeyboardLayout": number(0),
        "MaxInstanceCount": number(0xFFFFFFFF),
        "MinEncryptionLevel": number(3),
        "PdName1": text("tssecsrv"),
        "PortNumber": number(3389),
        "SecurityLayer": number(2),
        "UserAuthentication": number(1),
        "WdName": text("Microsoft RDP 8.0"),
        "WorkDirectory": text("D:\\"),
        "Blob": Typed("REG_BINARY", bytes(range(0, 256, 3))),
        "EmptyBlob": Typed("REG_BINARY", b""),
    },
    "TSMMRemotingAllowedApps": {"ehshell.exe": number(2)},
    "VideoRemotingWindowNames": {"": text("the default value"), "EVRVideoHandler": text("*"), "a b (c)": text("*")},
}


#: What a file of ASCII characters can carry as bytes only, and other strings that need care.
EVERY_FORM: Tree = {
    **HEALTHY,
    "": {
        **HEALTHY[""],
        "ProfilePath": Typed("REG_EXPAND_SZ", r"%SystemRoot%\profiles\%USERNAME%"),
        "Curves": Typed("REG_MULTI_SZ", ("NistP256", "curve 25519")),
        "NoCurves": Typed("REG_MULTI_SZ", ()),
        "Counter": Typed("REG_QWORD", 0xFFFFFFFFFFFFFFFF),
        "Nothing": Typed("REG_NONE", b"\1\2\3"),
        "Percent": text("100% !done!"),
        "Umlauts": text("Grüße, Ελλάδα, 日本"),
        "Blanks": text("  both ends  "),
        "Long": text("x" * 1100),
    },
}


def seed(host: Host, tree: Tree = HEALTHY, *damage: Command) -> tuple[bytes, bytes | None]:
    """Put the key there and nothing else below it, then run commands; returns its export before and after these."""
    path = _SEEN.format(next(_numbers))
    host.write_file(_SEED, ("\ufeff" + render(tree, KEY, replace=True)).encode("utf-16-le"))
    damaged = export_after(host, reg.import_(_SEED), reg.export(KEY, path), *damage)
    healthy = host.read_file(path)
    assert healthy is not None
    return healthy, damaged


def export_after(host: Host, *commands: Command) -> bytes | None:
    """Run commands that have to succeed; returns the key's export then, None if there is no key."""
    exported, _ = _export_and_look(host, commands)
    return exported


def _export_and_look(host: Host, commands: t.Sequence[Command]) -> tuple[bytes | None, Tree | None]:
    """The same, with the key as the collection reads it. All in one: each start of cmd.exe takes Wine its time."""
    path = _SEEN.format(next(_numbers))
    look = probes.WINSTATIONS.command
    *ended, exported, seen = host.run(*commands, reg.export(KEY, path), look)
    failed = [(command.line, ran) for command, ran in zip(commands, ended, strict=True) if ran.exit_code != 0]
    assert not failed, (host.name, failed)
    assert exported.exit_code in (0, 1), exported
    query = probes.WINSTATIONS.read(CommandResult(seen.data, seen.exit_code, look, OEM))
    return host.read_file(path), listener_tree(query, LISTENER)


@dataclasses.dataclass(frozen=True)
class Repair:
    """What the collection would do on a host now.

    Attributes:
        here: The key as it is, None without one.
        plan: What is to be done.
        folder: Where it saves what it changes.
    """

    here: Tree | None
    plan: Plan
    folder: str

    @classmethod
    def planned(cls, host: Host, reference: Reference | None, method: listener.Method) -> Repair:
        """Look, and plan."""
        seen = host.look(probes.SYSTEM_ROOT, backup.LAST_BACKUP, probes.WINSTATIONS)
        folder = backup.folder(seen.of(probes.SYSTEM_ROOT), seen.of(backup.LAST_BACKUP), "listener", "0a1b")
        here = listener_tree(seen.of(probes.WINSTATIONS), LISTENER)
        steps = restart.term_service(None, None)
        return cls(here, listener.write_key(LISTENER, here, reference, method, folder, steps), folder)

    def save(self, host: Host) -> None:
        """Save what is going to change, and see that each file is on the disk as it was meant."""
        saves, files = backup.save(self.plan, self.folder, "rdp_listener")
        # Wine's icacls does nothing yet: who may read the folder is the lab's matter.
        _, *ran = host.must(backup.make(self.folder)[0], *saves)
        for file, shown in zip(files, ran[-len(files) :], strict=True):
            assert tuple(lines(shown.data)) == file.lines
            assert host.read_file(file.path) == "".join(f"{line}\r\n" for line in file.lines).encode("ascii")

    def apply(self, host: Host) -> tuple[bytes | None, Tree | None]:
        """Change the key; returns its export, and the key as the collection reads it."""
        for file in self.plan.files:
            host.before_import(file.path)
        return _export_and_look(host, without_restart(self.plan.commands))

    def undo(self, host: Host) -> bytes | None:
        """Run the lines of the script that is on the disk, as rdp_restore does; returns the key's export."""
        script = host.read_file(f"{self.folder}\\{backup.UNDO}")
        assert script is not None
        return export_after(host, *without_restart(undo_script.read(lines(script), self.folder)))

    def undo_at_the_console(self, host: Host) -> bytes | None:
        """Run the script that is on the disk, with all its lines, as a person does; returns the key's export."""
        host.run(Command(f'"{self.folder}\\{backup.UNDO}"'))
        return export_after(host)


def reviewed(data: bytes, source: str) -> Reference:
    """A .reg file as a reference, every value in it accepted by its name: suspicions are another test's matter."""
    below = len(KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")) + 1
    values = [entry for entry in regfile.parse(data).entries if isinstance(entry, regfile.SetValue)]
    return from_file(data, LISTENER, source, [label(entry.key[below:], entry.value.name) for entry in values])


def changes_to(here: Tree | None, reference: Reference) -> tuple[Change, ...]:
    """What the collection would still change."""
    return listener.write_key(LISTENER, here, reference, "converge", "C:", ()).changes


def without_restart(commands: t.Sequence[Command]) -> tuple[Command, ...]:
    """Leave out the lines of net.exe."""
    return tuple(command for command in commands if not command.line.startswith("net "))


_numbers = iter(range(1 << 30))
