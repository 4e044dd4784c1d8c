# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names planted wherever a tool can print one, and the look for what is left of them in a recording without names."""

from __future__ import annotations

import base64
import dataclasses
import random
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult

from .hosts import Seen, without_names

#: Whose they are, in the forms in which Windows' tools print them.
NAMES = (
    *("FILESRV07", "filesrv07.zqcorp.example", r"\\FILESRV07\depot$", "ZQCORP", "zqcorp.example", "zqcorp.local"),
    *(
        r"ZQCORP\svc-qansible",
        "svc-qansible",
        "svc-qansible@zqcorp.example",
        "hmeier",
        "Hannelore.Meierzq",
        "Zoë Quýnh",
    ),
    *("Zqontoso", "Zqontoso Remote Agent", r"D:\ZqontosoBuild\WINDOWS", r"C:\Users\hmeier\Desktop", "ZqontosoVpn.exe"),
    *("10.77.88.99", "172.31.200.201", "fd77:88:99:aa::1", "fe80::7788:99aa:bbcc:ddee%12", "77-88-99-AA-BB-CC"),
    *("S-1-5-21-777888999-777888998-777888997-1105", "{777888AA-9999-4BBB-8CCC-777888999AAA}", "Zq-Server-Policy"),
    *("OU=Zqlab,DC=zqcorp,DC=example", "CN=filesrv07.zqcorp.example", "7788AABBCCDDEEFF00112233445566778899AABB"),
    *("株式会社ゼットキュー", "Зкуорп", "zqprinter-3f", "ZQ-LIC-7788", "Zqdatacenter Wien", "zq_backup_admin"),
    *("SQLZQ$PROD", "https://zqintranet.example/rdp", "zqtenant.onmicrosoft.com", "MSSQL15.ZQINST"),
)
#: Sentences that Windows' tools print, with a place for a name, in several languages.
SENTENCES = (
    'INFO: The user "{}" does not have RSoP data.',
    "ERROR: Access is denied to {}.",
    "FEHLER: Der Zugriff auf {} wurde verweigert.",
    "エラー: {} へのアクセスが拒否されました。",
    "The file is in use on server FILESRV07 by {}.",
    "Session opened: {}",
    "[SC] OpenService FAILED 5: {}",
    "    {}    ",
    "{}",
    "Name: {} (2) 0x5",
)
_LEAST_BASE64 = 6
WAYS = ("instead", "instead, exit code 1", "at the beginning", "in the middle", "at the end")


@dataclasses.dataclass(frozen=True)
class Case:
    """One output of a host with names in it."""

    host: Seen
    command: Command
    way: str
    seed: int

    def __str__(self) -> str:
        return f"{self.host.name}: '{self.command.line}', {self.way} (seed {self.seed})"

    def wrong(self) -> str:
        """Return which names are left, or nothing."""
        # Alone, so that no other output tells what is a name.
        alone = dataclasses.replace(self.host, answers={self.command: self.output()})
        left = [
            name
            for output in without_names(alone).answers.values()
            for name in NAMES
            if any(place in output.data.lower() for place in _places(name))
        ]
        return f"left: {', '.join(left)}" if left else ""

    def output(self) -> CommandResult:
        """Return what the command prints."""
        chance = random.Random(self.seed)
        output = self.host.answers[self.command]
        said = "".join(f"{chance.choice(SENTENCES).format(name)}\r\n" for name in NAMES).encode()
        if self.way.startswith("instead"):
            return dataclasses.replace(output, data=said, exit_code=int(self.way != "instead"))
        lines = output.data.splitlines(keepends=True)
        place = {"at the beginning": 0, "at the end": len(lines)}.get(self.way, len(lines) // 2)
        return dataclasses.replace(output, data=b"".join([*lines[:place], said, *lines[place:]]))


def _places(name: str) -> t.Iterator[bytes]:
    """Return a name in every encoding in which it could be left, in lower case."""
    for data in (name.encode(), name.encode("utf-16-le")):
        yield data.lower()
        yield data.hex().encode()
        # Without the characters that depend on what stands before and behind.
        if len(hidden := base64.b64encode(data)[2:-4].lower()) > _LEAST_BASE64:
            yield hidden


def every_case(hosts: t.Iterable[Seen], seed: int) -> t.Iterator[Case]:
    """Return each output of each host with names in it in each way."""
    for host in hosts:
        for command in host.answers:
            for way in WAYS:
                yield Case(host, command, way, random.Random(f"{seed} {command.line} {way}").randrange(1 << 32))
