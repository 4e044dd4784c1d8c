# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy: the order of application, what a refresh changes and what it leaves, what Windows writes down."""

from __future__ import annotations

import pytest

from lab.faults.policy import (
    ALLOWING_GPO_GUID,
    BLOCKING_GPO_GUID,
    COMPUTER_PREFERENCE_GUID,
    DELETED_GUID,
    ENFORCED_GUID,
    PREFERENCE_GUID,
    TWO_LINKS_GUID,
    rdp,
)
from lab.machine import Machine
from lab.state.events import CONNECTIONS, SYSTEM
from lab.state.policy.extension import ARCHIVE
from lab.state.policy.group_policy import RDP_POLICY, Policy
from lab.state.policy.lists import DATA_STORE, GROUP_POLICY, HISTORY, STATE
from lab.state.policy.mdm import CURRENT, POLICY_MANAGER, PROVIDER
from lab.state.policy.objects import (
    LOCAL_INI,
    LOCAL_POL,
    PREFERENCES_REGISTRY_EXTENSION,
    Gpo,
    Link,
    read_local,
    write_local,
)
from lab.state.policy.pol import Record, deletion, read_pol, write_pol
from lab.state.policy.preferences import HISTORY_FOLDER, USER
from lab.state.registry import REG_DWORD, dword, sz
from lab.state.termservice import DENY, TERMINAL_SERVER
from lab.testing import MakeShell, Shell

FORCED = "gpupdate /target:computer /force /wait:120"
DOMAIN, UNIT = "DC=corp,DC=example", "OU=Servers,DC=corp,DC=example"


def policy_value(machine: Machine, name: str = DENY) -> int | None:
    return machine.registry.number(RDP_POLICY, name)


def gpo(number: int, *links: Link, records: tuple[Record, ...] = ()) -> Gpo:
    return Gpo(f"GPO {number}", f"{{{number:08X}-0000-0000-0000-000000000000}}", list(links), list(records))


def order(policy: Policy) -> list[str]:
    return [one.gpo.name for one in policy.candidates() if one.gpo.name.startswith("GPO")]


# -- order -------------------------------------------------------------------------------------------------------------


def test_local_site_domain_units_and_enforced_ones_last(machine: Machine) -> None:
    site = f"CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{DOMAIN}"
    links = [
        Link(DOMAIN, 1, enforced=True), Link(UNIT, 1, enforced=True), Link(f"OU=Web,{UNIT}", 1), Link(UNIT, 1),
        Link(UNIT, 2), Link(DOMAIN, 1), Link(DOMAIN, 5), Link(site, 1), Link(site, 1, enforced=True),
    ]  # fmt: skip
    for number, link in enumerate(links):
        machine.policy.add(gpo(number, link))

    assert order(machine.policy) == [f"GPO {number}" for number in (7, 6, 5, 4, 3, 2, 1, 0, 8)]
    assert machine.policy.candidates()[0].gpo.local


@pytest.mark.parametrize(
    ("fault", "value", "winner"),
    [
        ("gpo-local-blocks", 1, "Local Group Policy"),
        ("gpo-domain-blocks", 1, BLOCKING_GPO_GUID),
        ("gpo-domain-blocks-local-allows", 1, BLOCKING_GPO_GUID),
        ("gpo-local-blocks-domain-allows", 0, ALLOWING_GPO_GUID),
        ("policy-allows-local-denies", 0, ALLOWING_GPO_GUID),
        ("gpo-enforced-blocks", 1, ENFORCED_GUID),
        ("gpo-two-links", 1, TWO_LINKS_GUID),
    ],
)
def test_the_last_one_in_the_history_that_lists_the_value_wins(
    fault: str, value: int, winner: str, on: MakeShell
) -> None:
    machine = on(faults=(fault,)).machine
    assert policy_value(machine) == value
    assert bool(machine.rdp_ports()) is not bool(value)
    key = machine.registry.get(HISTORY)
    assert key is not None
    last = f"{HISTORY}\\{len(key.subkeys()) - 1}"
    assert machine.registry.text(last, "GPOName") == winner


@pytest.mark.parametrize("fault", ["gpo-filtered", "gpo-link-disabled", "gpo-grants-logon-right"])
def test_who_is_not_applied_or_sets_no_value_is_not_in_the_history(fault: str, on: MakeShell) -> None:
    machine = on(faults=(fault,)).machine
    key = machine.registry.get(HISTORY)
    assert key is not None and not key.subkeys()
    assert policy_value(machine) is None
    listed = [values.get("DisplayName") for _, values in machine.registry.walk(f"{STATE}\\GPO-List")]
    assert len(listed) == 4  # the list itself, the local one, the default one, this one


# -- what a refresh does -----------------------------------------------------------------------------------------------


def test_the_file_of_the_local_gpo_counts_and_nothing_else(shell: Shell) -> None:
    machine = shell.machine
    write_local(machine.files, [rdp(DENY, dword(1))])
    assert policy_value(machine) is None

    shell.run("gpupdate /target:computer")
    assert policy_value(machine) == 1
    machine.files.write(LOCAL_POL, write_pol([rdp(DENY, dword(0))]))
    shell.run("gpupdate /target:computer")
    assert policy_value(machine) == 1, "the version is the same"
    shell.run(FORCED)
    assert policy_value(machine) == 0
    write_local(machine.files, [])
    shell.run("gpupdate /target:computer")
    assert policy_value(machine) is None
    assert list(read_pol(machine.files.read(ARCHIVE))) == []


@pytest.mark.parametrize(
    "ini",
    [
        b"[General]\r\nVersion=3\r\n",
        b"[General]\r\ngPCMachineExtensionNames=[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}]\r\nVersion=3\r\n",
        b"[General]\r\ngPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}]\r\nVersion=65536\r\n",
        b"gPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}]\r\nVersion=3\r\n",
        b"",
    ],
)
def test_without_the_extension_or_a_computer_version_the_local_gpo_has_no_say(ini: bytes, shell: Shell) -> None:
    files = shell.machine.files
    files.write(LOCAL_POL, write_pol([rdp(DENY, dword(1))]))
    files.write(LOCAL_INI, ini)

    shell.run(FORCED)

    assert shell.code == 0
    assert policy_value(shell.machine) is None


def test_gpt_ini_is_read_as_windows_reads_it(machine: Machine) -> None:
    lines = (
        ";x",
        "[general]",
        " VERSION = 7 ",
        "gpcmachineextensionnames=[{A}{B}]",
        "version=9",
        "[Other]",
        "Version=1",
    )
    text = "\r\n".join(lines)
    for data in (text.encode("ascii"), b"\xff\xfe" + text.encode("utf-16-le")):
        machine.files.write(LOCAL_INI, data)
        assert (read_local(machine.files).version, read_local(machine.files).extensions) == (7, "[{A}{B}]")


def test_a_stray_write_survives_until_a_gpo_lists_the_value(on: MakeShell) -> None:
    shell = on(faults=("policy-stray-write",))
    machine = shell.machine
    shell.run(FORCED)
    assert policy_value(machine) == 1

    machine.policy.add(gpo(1, Link(UNIT), records=(rdp(DENY, dword(0)),)))
    shell.run("gpupdate")
    assert policy_value(machine) == 0
    machine.policy.remove(gpo(1).guid)
    shell.run("gpupdate")
    assert policy_value(machine) is None


def test_a_value_outside_the_policies_stays_for_good(shell: Shell) -> None:
    key = r"SYSTEM\CurrentControlSet\Control\Terminal Server"
    shell.machine.policy.add(gpo(1, Link(UNIT), records=(Record(key, DENY, dword(1)),)))
    shell.run("gpupdate")
    shell.machine.policy.remove(gpo(1).guid)
    shell.run(FORCED)

    assert shell.machine.registry.number(TERMINAL_SERVER, DENY) == 1
    assert not shell.machine.rdp_ports()


def test_a_tattooed_value_has_no_owner_but_old_files(on: MakeShell) -> None:
    shell = on(faults=("gpo-tattooed",))
    files = [path for path, _ in shell.machine.files.walk() if DELETED_GUID in path and path.endswith(".pol")]
    shell.run(FORCED)

    assert policy_value(shell.machine) == 1
    assert len(files) == 1
    assert DELETED_GUID not in shell.run(f'reg query "{HISTORY}" /s') + shell.run(f'reg query "{DATA_STORE}" /s')


@pytest.mark.parametrize(
    ("record", "left"),
    [
        (deletion("Software\\Policies\\Vendor", "Two"), {"One"}),
        (Record("Software\\Policies\\Vendor", "**delvals.", sz(" ")), set()),
        (Record("Software\\Policies\\Vendor", "**DeleteValues", sz("One;Two")), set()),
        (Record("Software\\Policies", "**DeleteKeys", sz("Vendor;Nobody")), set()),
        (Record("Software\\Policies\\Vendor", "**soft.One", dword(9)), {"One", "Two"}),
        (Record("Software\\Policies\\Vendor", "**SecureKey", dword(1)), {"One", "Two"}),
    ],
)
def test_orders_of_a_later_gpo(record: Record, left: set[str], shell: Shell) -> None:
    first = tuple(Record(r"SOFTWARE\Policies\Vendor", name, dword(1)) for name in ("One", "Two"))
    shell.machine.policy.add(gpo(1, Link(DOMAIN), records=first))
    shell.machine.policy.add(gpo(2, Link(UNIT), records=(record,)))
    shell.run("gpupdate")

    key = shell.machine.registry.get(r"HKLM\SOFTWARE\Policies\Vendor")
    assert {name for name, _ in key.items()} == left if key is not None else not left
    assert shell.machine.registry.number(r"HKLM\SOFTWARE\Policies\Vendor", "One") in (1, None)


def test_the_gap_of_a_refresh_drops_the_listener(on: MakeShell) -> None:
    """KB2083411."""
    shell = on(faults=("policy-allows-local-denies", "active-sessions"))
    machine = shell.machine
    machine.events.entries.clear()
    shell.run("gpupdate")
    assert len(machine.sessions.connected()) == 2, "nothing has changed, so nothing is applied"

    shell.run(FORCED)
    assert machine.sessions.connected() == []
    assert machine.events.numbers(CONNECTIONS) == [259, 258]
    assert machine.events.numbers(SYSTEM) == [1502]
    machine.registry.set(TERMINAL_SERVER, DENY, dword(0))
    machine.sessions.log_on("anna", number=7)
    shell.run(FORCED)
    assert len(machine.sessions.connected()) == 1


# -- failures and time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "said"), [("en-US", "lack of network"), ("de-DE", "mit einem Domänencontroller")])
def test_without_a_controller_nothing_is_applied_not_even_the_local_gpo(
    language: str, said: str, on: MakeShell
) -> None:
    shell = on(language=language, faults=("gpo-no-controller", "gpo-domain-blocks"))
    machine = shell.machine
    machine.policy.set_local(rdp("UserAuthentication", dword(1)))
    before = machine.state_hash("registry", "files")

    assert said in shell.run(FORCED)

    assert shell.code == 1
    assert machine.state_hash("registry", "files") == before
    assert machine.events.numbers(SYSTEM)[-1] == 1129


@pytest.mark.parametrize("fault", ["local-pol-corrupt", "local-pol-truncated"])
def test_a_damaged_local_file_fails_the_refresh(fault: str, on: MakeShell) -> None:
    shell = on(faults=(fault, "gpo-domain-blocks"))

    assert "object LocalGPO." in shell.run(FORCED)

    assert shell.code == 1
    assert shell.machine.events.numbers(SYSTEM)[-1] == 1096
    assert policy_value(shell.machine) is None, "the GPOs after the damaged one are not reached"


@pytest.mark.parametrize("fault", ["registry-pol-missing", "registry-pol-truncated", "registry-pol-corrupt"])
def test_a_damaged_copy_stays_until_it_is_fetched_again(fault: str, on: MakeShell) -> None:
    shell = on(faults=(fault,))
    machine = shell.machine
    path = machine.policy.cached_pol(BLOCKING_GPO_GUID)
    whole = machine.policy.gpos[BLOCKING_GPO_GUID].pol
    assert policy_value(machine) == 1
    assert not machine.files.is_file(path) or machine.files.read(path) != whole
    machine.reboot()
    assert not machine.files.is_file(path) or machine.files.read(path) != whole

    shell.run(FORCED)

    assert (shell.code, machine.files.read(path), policy_value(machine)) == (0, whole, 1)
    machine.reboot()
    assert machine.files.read(path) == whole


def test_without_rights_the_computer_half_fails_and_the_exit_code_is_0(on: MakeShell) -> None:
    shell = on(faults=("not-elevated", "gpo-domain-blocks"))
    shell.machine.registry.delete_value(RDP_POLICY, DENY)

    said = shell.run("gpupdate /force")

    assert "Computer policy could not be updated successfully" in said
    assert "User Policy update has completed successfully" in said
    assert (shell.code, policy_value(shell.machine)) == (0, None)


def test_a_refresh_that_is_not_waited_for_goes_on(on: MakeShell) -> None:
    shell = on(faults=("gpupdate-slow", "gpo-domain-blocks"))
    machine = shell.machine
    machine.registry.delete_value(RDP_POLICY, DENY)

    before = machine.clock
    assert "not completed in the expected time" in shell.run("gpupdate /target:computer /force /wait:60")
    assert 60 <= machine.clock - before < 70
    assert (shell.code, policy_value(machine)) == (0, None)
    machine.tick(machine.policy.duration)
    assert policy_value(machine) == 1

    machine.registry.delete_value(RDP_POLICY, DENY)
    assert shell.run("gpupdate /target:computer /force /wait:0") == "Updating policy...\n\n\n"
    assert policy_value(machine) is None
    assert "completed successfully" in shell.run("gpupdate /target:computer /force /wait:-1")
    assert policy_value(machine) == 1


@pytest.mark.parametrize("option", ["/boot", "/sync", "/logoff", "/target:host", "/wait:soon", "force"])
def test_what_gpupdate_does_not_know_is_loud(option: str, shell: Shell) -> None:
    shell.run(f"gpupdate {option}")
    assert shell.code != 0
    assert len(shell.machine.errors()) == 1


# -- what Windows writes down ------------------------------------------------------------------------------------------


def test_history_and_data_store_hold_the_same_gpos_in_two_places(on: MakeShell) -> None:
    machine = on(faults=("gpo-enforced-blocks", "gpo-local-blocks")).machine
    registry = machine.registry
    enforced = f"{HISTORY}\\2"
    assert registry.number(enforced, "Options") == 2
    assert registry.number(enforced, "Version") == 0x10001
    assert registry.number(enforced, "GPOLink") == 3
    assert registry.text(enforced, "Link") == "LDAP://DC=corp,DC=example"
    assert registry.text(enforced, "FileSysPath") == (
        rf"\\corp.example\SysVol\corp.example\Policies\{ENFORCED_GUID}\Machine"
    )
    parameter = registry.value(enforced, "lParam")
    assert parameter is not None and (parameter.type, parameter.raw) == (REG_DWORD, bytes(8))
    stored = [registry.text(f"{DATA_STORE}\\{number}", "FileSysPath") for number in range(4)]
    cache = r"C:\Windows\system32\GroupPolicy\DataStore\0\sysvol\corp.example\Policies"
    assert stored[0] == r"C:\Windows\System32\GroupPolicy\Machine"
    assert stored[3] == rf"{cache}\{ENFORCED_GUID}\Machine"
    assert all(machine.files.is_directory(str(folder)) for folder in stored)
    assert machine.files.read(f"{stored[3]}\\Registry.pol") == machine.policy.gpos[ENFORCED_GUID].pol


def test_the_state_lists_everybody_with_hexadecimal_numbers(on: MakeShell) -> None:
    shell = on(faults=("gpo-filtered",))
    for number in range(10):
        shell.machine.policy.add(gpo(number, Link(DOMAIN, 3 + number)))
    shell.run("gpupdate")
    registry = shell.machine.registry
    key = registry.get(f"{STATE}\\GPO-List")

    assert key is not None
    assert {sub.name for sub in key.subkeys()} == set("0123456789abc")
    filtered = f"{STATE}\\GPO-List\\c"
    assert registry.text(filtered, "DisplayName") == "Block RDP on kiosks"
    assert registry.number(filtered, "AccessDenied") == 1
    assert registry.text(filtered, "SOM") == "LDAP://OU=Servers,DC=corp,DC=example"
    assert registry.text(f"{STATE}\\GPO-List\\0", "GPOID") == "LocalGPO"
    assert registry.text(STATE, "Distinguished-Name") == "CN=SRV1,OU=Servers,DC=corp,DC=example"


def test_the_local_gpo_is_named_in_the_hosts_language(on: MakeShell) -> None:
    registry = on(language="de-DE", faults=("gpo-local-blocks",)).machine.registry

    assert registry.text(f"{HISTORY}\\0", "GPOName") == "Richtlinien der lokalen Gruppe"
    assert registry.text(f"{HISTORY}\\0", "DSPath") == "LocalGPO"


def test_without_a_cache_only_the_share_is_named(on: MakeShell) -> None:
    machine = on(faults=("gpo-not-cached", "gpo-domain-blocks")).machine

    assert policy_value(machine) == 1
    assert (machine.registry.text(f"{HISTORY}\\0", "FileSysPath") or "").startswith("\\\\corp.example\\")
    assert not [path for path, _ in machine.files.walk() if BLOCKING_GPO_GUID in path]


# -- others who write --------------------------------------------------------------------------------------------------


def test_mdm_writes_beside_group_policy_and_the_last_one_wins(on: MakeShell) -> None:
    shell = on(faults=("mdm-blocks",))
    registry = shell.machine.registry
    area = f"{CURRENT}\\RemoteDesktopServices"
    shell.run(FORCED)
    assert policy_value(shell.machine) == 1
    assert registry.value(area, "AllowUsersToConnectRemotely") is None
    assert registry.text(area, "AllowUsersToConnectRemotely_WinningProvider") == PROVIDER
    provider = rf"{POLICY_MANAGER}\providers\{PROVIDER}\default\Device\RemoteDesktopServices"
    assert registry.text(provider, "AllowUsersToConnectRemotely") == "<disabled/>"

    shell.machine.policy.add(gpo(1, Link(UNIT), records=(rdp(DENY, dword(0)),)))
    shell.run("gpupdate")
    assert policy_value(shell.machine) == 0


def test_mdm_that_wins_keeps_group_policy_from_writing(on: MakeShell) -> None:
    shell = on(faults=("mdm-wins",))
    assert policy_value(shell.machine) == 1
    shell.machine.registry.set(RDP_POLICY, DENY, dword(0))

    shell.run(FORCED)

    assert policy_value(shell.machine) == 1
    assert not shell.machine.rdp_ports()


def test_a_users_preference_comes_back_with_the_user_half_only(on: MakeShell) -> None:
    shell = on(faults=("policy-preference",))
    machine = shell.machine
    machine.registry.delete_value(RDP_POLICY, DENY)
    shell.run(FORCED)
    assert policy_value(machine) is None

    shell.run("gpupdate /target:user /force")

    assert policy_value(machine) == 1
    assert "Universal.RemoteDesktop.Disable" not in shell.run(f'reg query "{HISTORY}" /s')
    path = rf"{HISTORY_FOLDER}\{PREFERENCE_GUID}\{USER}\Preferences\Registry\Registry.xml"
    assert b'name="fDenyTSConnections" type="REG_DWORD" value="00000001"' in machine.files.read(path)


def test_a_computers_preference_comes_back_with_every_refresh(on: MakeShell) -> None:
    shell = on(faults=("policy-computer-preference", "policy-allows-local-denies"))
    machine = shell.machine
    assert policy_value(machine) == 1, "preferences come after the policies"
    machine.registry.delete_value(RDP_POLICY, DENY)

    shell.run("gpupdate /target:computer")

    assert policy_value(machine) == 1
    listed = shell.run(rf'reg query "{GROUP_POLICY}\History" /s')
    assert listed.index(PREFERENCES_REGISTRY_EXTENSION + "\\0") < listed.index("Kiosk settings")
    path = rf"{HISTORY_FOLDER}\{COMPUTER_PREFERENCE_GUID}\Machine\Preferences\Registry\Registry.xml"
    assert b'name="fDenyTSConnections" type="REG_DWORD" value="00000001"' in machine.files.read(path)


def test_the_policy_values_of_the_listener_count(on: MakeShell) -> None:
    machine = on(faults=("gpo-nla-required-weak",)).machine
    from lab.state.termservice import RdpListener

    listener = RdpListener(machine, "RDP-Tcp", 3389)
    assert (listener.user_authentication, listener.security_layer, listener.min_encryption_level) == (0, 0, 1)
