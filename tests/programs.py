# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real programs that tests use, and the corpus: what each is, whether it is here, how to get it.

Standard library only: ``./run programs`` and ``.ci/run`` read the table before anything is installed.
A test says ``@pytest.mark.needs_program("ssh")``; tests/programs_plugin.py does the rest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: Set to 1 where everything has to run (CI): a lacking program is then a failure, not a skip.
REQUIRE = "RDP_REQUIRE_PROGRAMS"
CORPUS = "RDP_CORPUS"


@dataclass(frozen=True)
class Program:
    """A real program: the name tests use, any of its executables, the Debian packages that bring it."""

    name: str
    executables: tuple[str, ...]
    packages: tuple[str, ...]
    #: What the tests prove with it.
    proves: str

    def find(self) -> str | None:
        """Where it is on this machine."""
        return next((place for executable in self.executables if (place := shutil.which(executable))), None)


#: Only programs that a test asks for: tests/unit/test_programs.py refuses a line that nobody needs.
PROGRAMS = (
    Program("ssh", ("ssh",), ("openssh-client",), "the collection over ansible_connection: ssh"),
    # Some of these live where an ordinary user's PATH does not lead.
    Program("xrdp", ("xrdp", "/usr/sbin/xrdp"), ("xrdp",), "outcomes on a real server: TLS, old security, no key"),
    Program(
        "freerdp-shadow",
        ("freerdp-shadow-cli",),
        ("freerdp2-shadow-x11",),
        "outcomes on a real server: NLA, TLS, old security, no certificate",
    ),
    Program("xfreerdp", ("xfreerdp",), ("freerdp2-x11",), "a real client gets in where we say so, and only there"),
    Program("Xvfb", ("Xvfb",), ("xvfb",), "the display that the two of FreeRDP insist on"),
    Program("wine", ("wine",), ("wine", "wine64"), "our lines in a real cmd.exe and registry, without Windows"),
    Program("openssl", ("openssl",), ("openssl",), "the same thumbprints, names and times of certificates"),
    Program("curl", ("curl",), ("curl",), "what Windows' curl.exe says of connections: the same options, codes, words"),
    Program("samba-tool", ("samba-tool",), ("samba-common-bin",), "Registry.pol as Samba reads and writes it"),
    Program("ip", ("ip", "/usr/sbin/ip"), ("iproute2",), "networks with routers between the vantages and the targets"),
    Program(
        "chromium", ("chromium", "chromium-browser"), ("chromium", "fonts-dejavu-core"), "the page in a real browser"
    ),
    Program("npm", ("npm",), ("npm",), "axe-core, which it brings, finds no fault in the page's accessibility"),
    Program("pdftotext", ("pdftotext",), ("poppler-utils",), "what the page prints"),
    Program("soffice", ("soffice",), ("libreoffice-calc-nogui",), "a spreadsheet takes no cell for a formula"),
    Program("nft", ("nft", "/usr/sbin/nft"), ("nftables",), "firewalls that drop, reset, forbid and lose packets"),
)


def program(name: str) -> Program:
    """The line of the table called ``name``.

    Raises:
        LookupError: there is none; the message lists those there are.
    """
    for candidate in PROGRAMS:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in PROGRAMS)
    raise LookupError(f"tests/programs.py has no program {name!r}; it has: {known}")


def packages_of(wanted: Iterable[Program]) -> list[str]:
    """The packages that bring these programs on Debian and Ubuntu, sorted, each once."""
    return sorted({package for each in wanted for package in each.packages})


def install_command(names: Iterable[str]) -> str:
    """The one line that installs these programs on Debian and Ubuntu."""
    return f"apt-get install --no-install-recommends {' '.join(packages_of(program(name) for name in names))}"


def corpus_folder(root: Path) -> Path | None:
    """The folder with recorded outputs of real Windows hosts: RDP_CORPUS, else ../shared/corpus beside the clone.

    Args:
        root: the clone.

    Returns:
        None if there is none at that place.
    """
    named = os.environ.get(CORPUS)
    folder = Path(named) if named else root.parent / "shared" / "corpus"
    return folder if (folder / "INDEX.tsv").is_file() else None
