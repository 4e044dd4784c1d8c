# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a service does not start."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import service_start
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.service_start import START_TYPES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import sc

from unit._rdp.state.outputs import (
    NO_SERVICE,
    NOT_FOUND,
    Output,
    listing,
    read,
    readings,
    service_config,
    service_state,
)


def _config(**options: t.Any) -> sc.ServiceConfig:
    found: sc.ServiceConfig = read(probes.TERM_SERVICE_CONFIG, service_config("TermService", **options))
    return found


def _state(state: int, exit_code: int) -> sc.ServiceState:
    text = service_state("TermService", state, exit_code=exit_code)
    found: sc.ServiceState = read(probes.TERM_SERVICE_STATE, text)
    return found


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1069, "exit code 1069: its account could not log on"),
        (126, "exit code 126: its DLL, or one that it needs, is missing or can't be loaded"),
        (12345, "exit code 12345"),
    ],
)
def test_exit_code_with_its_meaning(code: int, text: str) -> None:
    assert service_start.in_words(code) == text


@pytest.mark.parametrize(
    ("state", "code", "wrong"),
    [(1, 1069, True), (1, 0, False), (1, 1077, False), (4, 1069, False), (2, 1053, False)],
)
def test_last_start_went_wrong(state: int, code: int, wrong: bool) -> None:
    assert service_start.went_wrong(_state(state, code)) is wrong
    assert not service_start.went_wrong(None)


def test_groups_and_names_that_are_not_safe_are_no_services() -> None:
    config = _config(needs=("RPCSS", "+TDI", "TermDD", "a&b", "c%d%"))
    assert service_start.dependencies(config) == ("RPCSS", "TermDD")
    assert service_start.dependencies(_config(needs=())) == service_start.dependencies(None) == ()
    many = _config(needs=tuple(f"S{number}" for number in range(20)))
    assert len(service_start.dependencies(many)) == 8


def _both(name: str, state: Output, config: Output) -> dict[Probe[t.Any], Output]:
    return {Probe(sc.queryex(name), sc.read_state): state, Probe(sc.qc(name), sc.read_config): config}


def _down(name: str, exit_code: int = 0, **options: t.Any) -> dict[Probe[t.Any], Output]:
    return _both(name, service_state(name, 1, exit_code=exit_code), service_config(name, **{"needs": (), **options}))


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        (_both("RPCSS", service_state("RPCSS", 4, pid=880), service_config("RPCSS")), ()),
        (_both("RPCSS", NO_SERVICE, NO_SERVICE), ("RPCSS is not installed",)),
        (_down("RPCSS", start=4), ("RPCSS is disabled",)),
        (_down("RPCSS", 1069), ("RPCSS is stopped, exit code 1069: its account could not log on",)),
        # It is only not needed yet.
        (_down("RPCSS"), ()),
        (_down("RPCSS", 1077), ()),
        # The cause is what is blamed, not what suffers from it.
        ({**_down("RPCSS", 1068, needs=("DcomLaunch",)), **_down("DcomLaunch", start=4)}, ("DcomLaunch is disabled",)),
        # Each other's, and TermService itself.
        ({**_down("RPCSS", needs=("A",)), **_down("A", needs=("RPCSS", "TermService"), start=3)}, ()),
        # What can't be read is not blamed.
        (_both("RPCSS", ("", 5), service_config("RPCSS")), ()),
        ({}, ()),
    ],
)
def test_dependency_that_can_not_be_started(outputs: dict[Probe[t.Any], Output], found: tuple[str, ...]) -> None:
    assert service_start.broken_dependencies(_config(), readings(outputs)) == found
    assert service_start.broken_dependencies(None, readings(outputs)) == ()


def test_dependencies_are_followed_where_they_are_down() -> None:
    def asked(outputs: dict[Probe[t.Any], Output]) -> list[str]:
        return [probe.command.line for probe in service_start.dependency_probes(_config(), readings(outputs))]

    first = ["sc queryex RPCSS", "sc qc RPCSS"]
    assert asked({}) == first
    assert asked(_both("RPCSS", service_state("RPCSS", 4, pid=1), service_config("RPCSS", needs=("A",)))) == first
    assert asked(_down("RPCSS", needs=("A", "TermService"))) == [*first, "sc queryex A", "sc qc A"]
    # Not for ever.
    circle = {**_down("RPCSS", needs=("A",)), **_down("A", needs=("RPCSS",))}
    assert len(asked(circle)) == 6


@pytest.mark.parametrize(
    ("account", "other", "certainly"),
    [
        (r"NT Authority\NetworkService", False, False),
        (r"NT AUTHORITY\Network Service", False, False),
        # In German it is NetworkService all the same.
        (r"NT-AUTORITÄT\Netzwerkdienst", True, False),
        ("LocalSystem", True, True),
        (r"NT AUTHORITY\Local Service", True, True),
        (r".\admin", True, True),
        ("svc@corp.example", True, True),
        (r"CORP\svc", True, False),
    ],
)
def test_account_that_is_not_its_own(account: str, other: bool, certainly: bool) -> None:
    config = _config(account=account)
    assert service_start.other_account(config) == (account if other else "")
    assert service_start.certainly_other_account(config) == (account if certainly else "")


PARAMETERS = rf"{probes.SERVICES_KEY}\TermService\Parameters"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (r"ServiceDll    REG_EXPAND_SZ    %SystemRoot%\System32\termsrv.dll", ""),
        (r"servicedll    REG_EXPAND_SZ    %WINDIR%\system32\TERMSRV.DLL ", ""),
        (r"ServiceDll    REG_SZ    D:\Win\System32\termsrv.dll", ""),
        (
            r"ServiceDll    REG_EXPAND_SZ    C:\Program Files\RDP Wrapper\rdpwrap.dll",
            r"C:\Program Files\RDP Wrapper\rdpwrap.dll",
        ),
        (r"ServiceDll    REG_SZ    C:\Windows\System32\termsrv.dll", r"C:\Windows\System32\termsrv.dll"),
        ("ServiceDll    REG_SZ    ", None),
        ("ServiceDll    REG_DWORD    0x1", None),
        ("Other    REG_SZ    x", None),
    ],
)
def test_program_that_runs_instead_of_its_own(value: str, found: str | None) -> None:
    query = readings({probes.SERVICE_DLL: listing(PARAMETERS, value)}).of(probes.SERVICE_DLL)
    assert service_start.foreign_service_dll(query, "D:\\Win") == found


def test_program_that_can_not_be_read() -> None:
    query = readings({probes.SERVICE_DLL: (f"{NOT_FOUND}\n", 1)}).of(probes.SERVICE_DLL)
    assert service_start.foreign_service_dll(query, "C:\\Windows") is None


GUID = "{0A1B2C3D-0000-4000-8000-00000000000A}"
CN = f"CN={GUID},CN=Policies,CN=System,DC=corp,DC=example"
LOGGED = f"""["{CN}","Hardening"]
[1,4,"{CN}","TermService"]
[2,2,"LocalGPO","termservice"]
[1,3,"{CN}","UmRdpService"]
end
"""


def test_gpo_that_disables_it_by_what_windows_logged() -> None:
    seen = readings({START_TYPES: LOGGED})
    by = service_start.disabled_by_gpo("TERMSERVICE", seen)
    assert by is not None and str(by) == f'the GPO "Hardening" {GUID}'
    manual = service_start.start_type_by_gpo("UmRdpService", seen)
    assert manual is not None and manual.start_type == 3
    assert service_start.disabled_by_gpo("UmRdpService", seen) is None
    assert service_start.start_type_by_gpo("SessionEnv", seen) is None
    advice = service_start.change_gpo("TermService", by)
    assert advice.startswith(
        f'Set the system service TermService to Manual or Not defined in the GPO "Hardening" {GUID}'
    )
    assert service_start.start_type_probes(seen) == (START_TYPES,)


def test_where_nobody_asked_nobody_is_named() -> None:
    assert service_start.start_type_by_gpo("TermService", readings({})) is None
    assert service_start.start_type_probes(readings({})) == (START_TYPES,)


def test_files_are_asked_where_windows_logged_nothing() -> None:
    seen: Readings = readings({START_TYPES: ("Get-CimInstance : Zugriff verweigert\n", 1)})
    assert service_start.start_type_probes(seen) == (START_TYPES, probes.SYSTEM_ROOT, gpo_list.DATASTORE)
    assert service_start.start_type_by_gpo("TermService", seen) is None
