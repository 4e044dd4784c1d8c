# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is looked at to tell who set a policy, and when: nothing more than there is something to tell."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.file_transfer import LIMIT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import registry_pol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS, POLICIES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg, temporary

from unit._rdp.state.policy.hosts import DENY, LOCAL_FILE, TS, Linked
from unit._rdp.state.policy.seen import NOT_FOUND, answer, deny, first_look, looked_at

LOCAL = Linked("Local Group Policy")
BLOCK = Linked("Block RDP", "{0A1B2C3D-0000-4000-8000-00000000000A}", "LDAP://OU=Servers,DC=corp,DC=example")
CACHE = r"C:\Windows\System32\GroupPolicy\DataStore\0\sysvol"
VERSIONS = rf'findstr /s /i /b /l Version= "{CACHE}\gpt.ini"'
POL = registry_pol.render([registry_pol.dword(TS, DENY, 1)])


def test_without_a_policy_nothing_more_is_looked_at() -> None:
    assert collect.follow_up(first_look()) == ()
    assert collect.follow_up(first_look(gpos=[LOCAL, BLOCK])) == ()


def test_policy_that_keeps_nobody_out_is_looked_up_without_a_report() -> None:
    for value in (deny(0), "UserAuthentication    REG_DWORD    0x0"):
        _, rounds = looked_at(first_look(value, gpos=[BLOCK]), {BLOCK.file: POL})
        assert len(rounds) == 2 and not any("gpresult" in line for one in rounds for line in one)


def test_policy_that_keeps_people_out_takes_three_looks() -> None:
    seen, rounds = looked_at(first_look(deny(1), gpos=[LOCAL, BLOCK]), {BLOCK.file: POL, LOCAL_FILE: POL})
    # How large, then the content: gpresult's report is written in the same round, and Windows' log is read.
    assert len(rounds) == 2
    assert [line.split()[0] for line in rounds[0]] == ["gpresult", "(for", "findstr", "(for", "(for", "powershell.exe"]
    assert rounds[0][-1] == collect.RSOP.command.line
    assert sum("certutil -f -encode" in line for line in rounds[1]) == 2
    copies = {line.split('"')[3] for line in rounds[1] if "-encode" in line}
    assert len(copies) == 2 and {line.split('"')[1] for line in rounds[1] if line.startswith("del")} == copies
    files = collect.evidence(seen).files
    assert set(files) == {BLOCK.file, LOCAL_FILE}
    for file in files.values():
        assert isinstance(file, registry_pol.RegistryPol) and file.decides(ALLOW_CONNECTIONS.key, DENY)
    assert collect.gpos_decide(ALLOW_CONNECTIONS, seen) and collect.evidence(seen).report is None


def test_report_is_fetched_and_removed() -> None:
    xml = temporary.file("xml")
    seen, rounds = looked_at(first_look(deny(1), gpos=[BLOCK]), {BLOCK.file: POL, xml: b"<Rsop/>"})
    assert rounds[1][-1] == f'del /f /q "{xml}"'
    # A report that is none is as good as no report: the files decide.
    assert collect.evidence(seen).report is None


def test_gpo_without_a_file_and_one_without_settings() -> None:
    scripts = Linked("Scripts", "{0A1B2C3D-0000-4000-8000-00000000000D}", extensions="[{42B5FAAE}]")
    seen, rounds = looked_at(first_look(deny(0), gpos=[scripts, BLOCK]), {})
    # Without the file, what Windows logged is asked as well.
    assert rounds == [[VERSIONS, f'(for %f in ("{BLOCK.file}") do @echo size=%~zf)'], [collect.RSOP.command.line]]
    assert collect.evidence(seen).files == {BLOCK.file: None}


def test_file_that_is_too_large_is_not_fetched() -> None:
    seen, rounds = looked_at(first_look(deny(0), gpos=[BLOCK]), {BLOCK.file: bytes(LIMIT + 1)})
    assert rounds[1:] == [[collect.RSOP.command.line]]
    file = collect.evidence(seen).files[BLOCK.file]
    assert isinstance(file, UnreadableError) and str(LIMIT) in file.reason


def test_path_that_is_not_safe_keeps_no_other_file_from_being_read() -> None:
    strange = Linked("Strange", "{0A1B2C3D-0000-4000-8000-00000000000B}", folder=r"C:\%x%&calc\Machine")
    seen, rounds = looked_at(first_look(deny(1), gpos=[strange, BLOCK]), {BLOCK.file: POL})
    files = collect.evidence(seen).files
    assert isinstance(files[BLOCK.file], registry_pol.RegistryPol)
    unsafe = files[r"C:\%x%&calc\Machine\Registry.pol"]
    assert isinstance(unsafe, UnreadableError) and "not safe" in unsafe.reason
    assert not any("calc" in line for one in rounds for line in one)


@pytest.mark.parametrize(
    ("version", "told", "outdated"),
    [
        (0x0003_0003, "Version=3", False),
        # The users' half counts for itself, and the two halves of a GPO replicate on ways of their own.
        (0x0003_0003, "Version=131075", False),
        (0x0004_0003, "Version=4", False),
        (0x0003_0003, "VERSION=2", True),
        (0x0003_0003, "Version=4", True),
        # Nobody knows.
        (0x0003_0003, "Version=many", False),
        (0x0003_0003, "", False),
    ],
)
def test_copy_of_another_version_than_was_applied_is_not_believed(version: int, told: str, outdated: bool) -> None:
    gpo = dataclasses.replace(BLOCK, version=version)
    seen, _ = looked_at(first_look(deny(1), gpos=[LOCAL, gpo]), {gpo.file: POL, LOCAL_FILE: POL})
    other = rf"{CACHE}\corp.example\Policies\{{0A1B2C3D-0000-4000-8000-00000000000B}}\gpt.ini:Version=1"
    ini = gpo.file.replace(r"Machine\Registry.pol", "GPT.INI").replace("System32", "system32")
    printed = f"{other}\n{ini}:{told}\n" if told else "FINDSTR: C:\\x kann nicht geöffnet werden.\n"
    seen = seen.with_more(dict([answer(Command(VERSIONS), printed, int(not told))]))
    file = collect.evidence(seen).files[gpo.file]
    assert isinstance(file, UnreadableError) == outdated
    assert isinstance(collect.evidence(seen).files[LOCAL_FILE], registry_pol.RegistryPol)
    if isinstance(file, UnreadableError):
        assert "and 3 was applied" in file.reason


def test_file_that_is_damaged_says_so() -> None:
    seen, _ = looked_at(first_look(deny(0), gpos=[BLOCK]), {BLOCK.file: POL[:-3]})
    file = collect.evidence(seen).files[BLOCK.file]
    assert isinstance(file, UnreadableError) and "ends" in file.reason


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_who_is_kept_out(policy: collect.Policy) -> None:
    for number in {*policy.meanings, 7}:
        out = collect.keeps_out(policy, reg.Value(policy.name, "REG_DWORD", number, False))
        # Those of the firewall are judged with the profile that is in use; only 0 opens the switch.
        keeps_out = number > 0 if policy is ALLOW_CONNECTIONS else number in policy.keeps_out
        assert out == (keeps_out and not policy.profile)
    text = collect.keeps_out(policy, reg.Value(policy.name, "REG_SZ", "text", False))
    assert text == (policy is ALLOW_CONNECTIONS)


@pytest.mark.parametrize(("version", "applied"), [(3, True), (4, False)])
def test_version_of_the_local_policy(version: int, applied: bool) -> None:
    assert collect.is_applied(version, first_look(deny(1), gpos=[LOCAL, BLOCK])) is applied


def test_local_policy_that_is_in_no_list() -> None:
    seen = first_look(deny(1), gpos=[BLOCK])
    assert collect.is_applied(0, seen) and not collect.is_applied(1, seen)


def test_order_of_the_policies_is_that_of_the_table() -> None:
    seen = first_look("SecurityLayer    REG_DWORD    0x2", deny(0))
    assert [policy.id for policy, _ in collect.set_values(seen)] == ["allow_connections", "security_layer"]


def test_unread_key_is_never_no_policy() -> None:
    seen = first_look(deny(1))
    # The parent has the sub-key, and its listing failed.
    broken = seen.with_more(dict([answer(probes.POLICIES.command, 2 * NOT_FOUND, 1)]))
    with pytest.raises(UnreadableError):
        collect.set_values(broken)
