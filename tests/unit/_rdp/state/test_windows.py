# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Windows is known here, the shell from which all of it is seen, and a Windows that is still being set up."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.protocol import PROTOCOL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.windows import (
    edition_id,
    installation_type,
    is_emulated,
    is_redirected,
    oem_code_page,
    refuse_emulated,
    refuse_older,
    refuse_unfinished_setup,
    unfinished_setup,
)

from unit._rdp.hosts import check_of
from unit._rdp.state.outputs import DENIED, NOT_FOUND, listing, read, readings

SETUP = probes.SETUP_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
DONE = ("", SETUP, "    SystemSetupInProgress    REG_DWORD    0x0", "    OOBEInProgress    REG_DWORD    0x0", "")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), 0),
        (("",), 0),
        ((DENIED,), 1),
        ((DENIED,), 0),
        (DONE[:3], 0),
        (("", rf"{SETUP}\AllowStart"), 0),
        ((*DONE[:3], "    OOBEInProgr", ""), 0),
    ],
)
def test_nothing_is_changed_when_nobody_knows_whether_setup_has_finished(lines: tuple[str, ...], code: int) -> None:
    with pytest.raises(RefusedError, match="nobody knows whether Windows Setup has finished"):
        refuse_unfinished_setup(read(probes.SETUP, *lines, code=code))


def test_setup_that_has_finished_or_not() -> None:
    refuse_unfinished_setup(read(probes.SETUP, *DONE))
    for name in ("SystemSetupInProgress", "OOBEInProgress"):
        lines = [line.replace("0x0", "0x1") if name in line else line for line in DONE]
        with pytest.raises(RefusedError, match=f"{name} is 1"):
            refuse_unfinished_setup(read(probes.SETUP, *lines))


def test_name_of_the_value_that_says_that_setup_goes_on() -> None:
    assert unfinished_setup(read(probes.SETUP, *DONE)) == ""
    lines = [line.replace("0x0", "0x1") if "OOBE" in line else line for line in DONE]
    assert unfinished_setup(read(probes.SETUP, *lines)) == "OOBEInProgress"
    # Windows that were installed long ago have neither value.
    assert unfinished_setup(read(probes.SETUP, "", SETUP, "    CmdLine    REG_SZ    ", "")) == ""
    with pytest.raises(UnreadableError):
        unfinished_setup(read(probes.SETUP, DENIED, code=1))


@pytest.mark.parametrize(
    ("ver", "refused"),
    [
        ("\nMicrosoft Windows [Version 6.3.9600]\n", False),
        ("\nMicrosoft Windows [versão 10.0.17763.737]\n", False),
        ("\nMicrosoft Windows [Версия 6.1.7601]\n", True),
        ("\nMicrosoft Windows [Version 6.2.9200]\n", True),
        # What is not told is not refused.
        ("\nMicrosoft Windows\n", False),
        ("", False),
    ],
)
def test_windows_that_is_too_old(ver: str, refused: bool) -> None:
    seen = readings({probes.VERSION: ver})
    if not refused:
        refuse_older(seen)
        return
    with pytest.raises(RefusedError, match=r"Windows 8\.1, Windows Server 2012 R2 and later"):
        refuse_older(seen)


@pytest.mark.parametrize(
    ("printed", "emulated"),
    [("AMD64\n", True), ("ARM64\n", True), ("%PROCESSOR_ARCHITEW6432%\n", False), ("", False), ("\x00\n", False)],
)
def test_shell_of_32_bit(printed: str, emulated: bool) -> None:
    seen = readings({probes.EMULATED: printed})
    assert is_emulated(seen) is emulated
    if not emulated:
        refuse_emulated(seen)
        return
    with pytest.raises(RefusedError, match=r"^Nothing was changed\. A 32-bit shell"):
        refuse_emulated(seen)


@pytest.mark.parametrize(
    ("line", "redirected"),
    [
        (r'reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v EditionID', True),
        (r'reg query "hklm\software\Classes\CLSID"', True),
        (r'reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"', False),
        (r'reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT"', False),
        (r'reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates"', False),
        ("qwinsta", True),
        ("QUERY SESSION", True),
        (r"dir C:\Windows\System32\termsrv.dll", True),
        ("netstat -ano", False),
    ],
)
def test_what_a_32_bit_shell_sees_elsewhere(line: str, redirected: bool) -> None:
    assert is_redirected(line) is redirected


NLS = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("OEMCP    REG_SZ    850", 850),
        ("OEMCP    REG_SZ    65001", 65001),
        ("OEMCP    REG_SZ    ", None),
        ("OEMCP    REG_SZ    850x", None),
        ("OEMCP    REG_SZ    ٨٥٠", None),
        ("OEMCP    REG_SZ    123456", None),
        ("ACP    REG_SZ    1252", None),
    ],
)
def test_oem_code_page(value: str, number: int | None) -> None:
    assert oem_code_page(read(probes.CODE_PAGE, *listing(NLS, value).split("\n"))) == number


def test_oem_code_page_that_is_not_known() -> None:
    assert oem_code_page(None) is None
    assert oem_code_page(read(probes.CODE_PAGE, NOT_FOUND, code=1)) is None


CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"


def test_edition_and_type_of_installation() -> None:
    lines = listing(CURRENT_VERSION, "EditionID    REG_SZ    ServerStandard").split("\n")
    assert edition_id(read(probes.EDITION, *lines)) == "ServerStandard"
    lines = listing(CURRENT_VERSION, "InstallationType    REG_SZ    Server Core").split("\n")
    assert installation_type(read(probes.INSTALLATION, *lines)) == "Server Core"


UNNAMED = [((), 0), ((DENIED,), 1), (("", SETUP.rpartition("\\")[0], "    x    REG_SZ    Core", ""), 0)]


@pytest.mark.parametrize(("lines", "code"), UNNAMED)
def test_every_windows_has_an_edition_and_a_type(lines: tuple[str, ...], code: int) -> None:
    with pytest.raises(UnreadableError):
        edition_id(read(probes.EDITION, *lines, code=code))
    with pytest.raises(UnreadableError):
        installation_type(read(probes.INSTALLATION, *lines, code=code))


@pytest.mark.parametrize(("lines", "code"), UNNAMED)
def test_edition_that_is_not_known_is_not_one_that_can_be_connected_to(lines: tuple[str, ...], code: int) -> None:
    finding = check_of(PROTOCOL, edition=("".join(f"{line}\n" for line in lines), code))
    # "not one of this key" is said where another key was printed.
    assert finding.status == "unknown" and ("edition" in finding.summary or "another key" in finding.summary)
