# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read in the recordings that test_corpus.py doesn't hold: files, and outputs with a parser of their own.

Each reading was taken from the recording by eye, or from what its collector wrote beside it, not from the parser.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RegFileError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import (
    certstore,
    firewall_rules,
    gpt_ini,
    regfile,
    registry_pol,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import decode, lines
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import (
    certutil,
    cmd,
    curl,
    gpresult,
    netconnection,
    netsh,
    reg,
)

# Folders that other tests read to the last file, and those for whose tools there is no parser.
ELSEWHERE = {"reg_query", "sc", "qwinsta", "netstat", "tasklist", "icacls", "firewall"}
NOT_PARSED = {"net", "powershell", "psping", "systeminfo"}

VERSIONS = {
    "51_zh-CN_18363.txt": "10.0.18363.752",
    "52_ru-RU_14393_banner.txt": "10.0.14393",
    "53_en-US_19041.txt": "10.0.19041.329",
}
# How many ranges, their first and their last one, and the administered ones.
EXCLUDED: dict[str, tuple[int, tuple[int, int], tuple[int, int], list[int]]] = {
    "51_ru-RU_12_ranges.txt": (12, (5357, 5357), (51440, 51539), [50000]),
    "52_de-DE_8_ranges.txt": (8, (28380, 28380), (51099, 51198), []),
    "53_de-DE_15_ranges.txt": (15, (5357, 5357), (60806, 60905), [50000]),
    "54_zh-CN_9_ranges.txt": (9, (5106, 5205), (50000, 50059), [50000]),
    "55_zh-CN_trailing_blanks.txt": (4, (28385, 28385), (50131, 50131), [50000]),
    "58_en-US_11_ranges_3389x.txt": (11, (5985, 5985), (53386, 53485), [50000]),
    "59_zh-CN_covers_3389.txt": (5, (2869, 2869), (3507, 3606), []),
}
PROFILES = {
    "52_fr-FR_domain_part.txt": "Paramètres Profil de domaine :",
    "53_en-US_currentprofile_public.txt": "Public Profile Settings:",
}
# The address that could not be connected to, in its last line that says why.
REFUSED = {
    "51_en-US_windows_refused_two_families.txt": "127.0.0.1",
    "52_linux_new_messages.txt": "34.223.124.45",
    "53_curl752_no_line_with_from.txt": "192.168.0.110",
}
CONNECTED: dict[str, tuple[str, bool, bool | None]] = {
    "51_en-US_port_closed_ping_ok.txt": ("10.10.14.37", False, None),
    "53_zh-CN_select_format_list.txt": ("192.64.151.235", True, True),
    "54_en-US_rdp_ok_docs.txt": ("10.0.0.68", True, None),
}
HASHES = {
    "01_en-US_store_my_htb_excerpt.txt": "",
    "52_zh-CN_hashfile_md5.txt": "990bffab5b01644cb54add45328fa7a1",
    "53_en-US_hashfile_blanks_win7.txt": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "54_en-US_hashfile_sha256.txt": "713180eb98b17ef2787ab1d7cf80c087b8d5922208d7161048e2a90d6646d357",
    "55_en-US_hashfile_sha1.txt": "5dc097e57ef41e0f4cbba83941ae50f4055fa55d",
}
# The computer's and the users' version, and whether the computer's Registry.pol is applied.
GPT_INI = {
    "51_cdwyer-240395.ini": (983047 % 65536, 15, True),
    "52_girlbossceo.ini": (49, 1, True),
    "53_jaiNagaraj.ini": (214, 14, True),
    "54_khaosmaou.ini": (122, 0, True),
    "55_samba-team.ini": (0, 0, False),
    "56_samba-team.ini": (7, 1, False),
    "57_yuyaryshev.ini": (48, 2, True),
}


def _all(corpus: Path, folder: str, known: t.Iterable[str]) -> list[Path]:
    """Return the files of a folder, which must be the known ones: a new one needs its reading."""
    found = sorted((corpus / folder).iterdir())
    assert {path.name for path in found} == set(known)
    return found


def _output(path: Path, exit_code: int = 0) -> CommandResult:
    return CommandResult(path.read_bytes(), exit_code, Command(path.parent.name))


def test_every_folder_of_the_corpus_is_read_somewhere(corpus: Path) -> None:
    here = {name[len("test_recorded_") :] for name in globals() if name.startswith("test_recorded_")}
    folders = {path.name for path in corpus.iterdir() if path.is_dir()}
    assert folders - ELSEWHERE - NOT_PARSED == here


def test_recorded_ver(corpus: Path) -> None:
    for path in _all(corpus, "ver", VERSIONS):
        assert str(cmd.read_version(_output(path))) == VERSIONS[path.name]


def test_recorded_netsh_excluded(corpus: Path) -> None:
    for path in _all(corpus, "netsh_excluded", EXCLUDED):
        ranges = netsh.read_excluded_ranges(_output(path))
        ends = [(one.first, one.last) for one in ranges]
        administered = [one.first for one in ranges if one.administered]
        assert (len(ranges), ends[0], ends[-1], administered) == EXCLUDED[path.name], path.name
        covering = [one for one in ranges if 3389 in one]
        assert [(one.first, one.last) for one in covering] == ([(3307, 3406)] if "3389." in path.name else [])


def test_recorded_netsh_profiles(corpus: Path) -> None:
    for path in _all(corpus, "netsh_profiles", PROFILES):
        assert netsh.read_headings(_output(path)) == (PROFILES[path.name],)


def test_recorded_curl(corpus: Path) -> None:
    for path in _all(corpus, "curl", REFUSED):
        text = lines(path.read_bytes())
        assert not curl.parse(text)  # not our command line: without -w there is no record
        said = next(line for line in reversed(text) if line.startswith("* Failed")).removeprefix("* ")
        transfer = curl.parse([*text, f"[0 7 0.001 0.000 ] {said}"])[0]
        assert transfer.refusal == curl.Refusal(REFUSED[path.name], "Connection refused"), path.name


def test_recorded_netconnection(corpus: Path) -> None:
    for path in _all(corpus, "netconnection", CONNECTED):
        answer = netconnection.read(_output(path))
        assert (answer.address, answer.connected, answer.resolved) == CONNECTED[path.name]


def test_recorded_certutil(corpus: Path) -> None:
    for path in _all(corpus, "certutil", HASHES):
        assert certutil.parse(lines(path.read_bytes())).hash == HASHES[path.name]
        if len(HASHES[path.name]) == 64:
            assert certutil.read_hash(_output(path)) == HASHES[path.name]
        else:
            with pytest.raises(UnreadableError):
                certutil.read_hash(_output(path))


def test_recorded_certstore(corpus: Path) -> None:
    for path in sorted((corpus / "certstore").iterdir()):
        stored = certstore.read(path.read_bytes())
        assert stored.der[0] == 0x30
        # The name is that of the key in the store, which is the thumbprint.
        if not path.name.startswith("01_"):
            assert stored.thumbprint.startswith(path.stem.partition("_")[2])


def test_recorded_gpt_ini(corpus: Path) -> None:
    for path in _all(corpus, "gpt_ini", GPT_INI):
        file = gpt_ini.parse(path.read_bytes())
        assert (file.machine_version, file.user_version, file.applies_registry) == GPT_INI[path.name], path.name
        assert file.render() == path.read_bytes()


def test_recorded_registry_pol(corpus: Path) -> None:
    """The number of records is in the file's name; written again, it is the same file."""
    for path in sorted((corpus / "registry_pol").iterdir()):
        data = path.read_bytes()
        records = registry_pol.parse(data).records
        assert len(records) == int(path.stem.rpartition("_")[2].removesuffix("records"))
        assert registry_pol.render(records) == data
        assert all(record.type in (0, 1, 2, 3, 4, 7, 11) for record in records)


def test_recorded_reg_export(corpus: Path) -> None:
    """As many keys and values as there are lines that begin one."""
    for path in sorted((corpus / "reg_export").iterdir()):
        if path.name == "140_no_line_end.reg":
            with pytest.raises(RegFileError, match=r"line 24: .*without a line end"):
                regfile.parse(path.read_bytes())
            continue
        text = decode(path.read_bytes()).splitlines()
        kinds = [type(entry) for entry in regfile.parse(path.read_bytes()).entries]
        assert kinds.count(regfile.MakeKey) == sum(line.startswith("[") for line in text), path.name
        assert kinds.count(regfile.SetValue) == sum(line.startswith(('"', "@=")) for line in text), path.name


def test_recorded_gpresult(corpus: Path) -> None:
    """A GPO that Windows can't read has no <Enabled>: its report is read all the same, and says which one."""
    (path,) = (corpus / "gpresult").glob("52_*.xml")
    report = gpresult.parse(path.read_bytes())
    assert [(gpo.guid[:9], gpo.valid, gpo.enabled, gpo.applied_order, gpo.not_applied) for gpo in report.gpos] == [
        ("{31B2F340", True, True, 1, ""),
        ("LOCALGPO", True, True, 0, "it holds nothing for this computer"),
        ("{881E827A", False, None, 0, "it can't be read"),
        ("{17AB1402", True, True, 0, "its security filter denies it"),
    ]
    assert gpresult.parse(gpresult.render(report)) == report

    (path,) = (corpus / "gpresult").glob("51_*.xml")
    report = gpresult.parse(path.read_bytes())
    assert [(gpo.name, gpo.applied_order) for gpo in report.gpos] == [
        ("Local Group Policy", 0),
        ("Default Domain Controllers Policy", 3),
        ("Default Domain Policy", 2),
        ("Firewall Config", 1),
    ]
    assert [setting.name for setting in report.settings] == ["Windows Firewall: Protect all network connections"]
    assert len(report.rights) == 24


def test_firewall_listing_of_a_gpo(corpus: Path) -> None:
    query = reg.parse(lines((corpus / "firewall/51_en-US_reg_query_gpo_rules_v231.txt").read_bytes()))
    assert not query.not_understood and len(query.keys) == 1
    rules = [firewall_rules.parse(value.name, str(value.data)) for value in query.keys[0].values]
    assert [(rule.action, rule.direction) for rule in rules] == [("allow", "in")] * 3 + [("block", "out")] * 3
    assert rules[4].addresses_by_field == (("RA42", "IntErnet"), ("RA62", "IntErnet"))
    assert {rule.active for rule in rules} == {True} and not any(rule.not_judged for rule in rules)


@pytest.mark.parametrize(
    ("file", "count", "off"),
    [
        ("60_en-US_win10_policy_v226.reg", 725, ["UserMode-In-TCP", "UserMode-In-UDP", "Shadow-In-TCP"]),
        ("61_en-US_win7_policy_v210.reg", 340, ["In-TCP"]),
    ],
)
def test_firewall_export(corpus: Path, file: str, count: int, off: list[str]) -> None:
    entries = regfile.parse((corpus / "firewall" / file).read_bytes()).entries
    texts = [entry.value for entry in entries if isinstance(entry, regfile.SetValue)]
    rules = [
        firewall_rules.parse(one.name, one.data)
        for one in texts
        if isinstance(one.data, str) and re.match(r"v2\.\d", one.data)
    ]
    assert len(rules) == count
    remote_desktop = {rule.id: rule.active for rule in rules if rule.id.startswith("RemoteDesktop-")}
    assert remote_desktop == {f"RemoteDesktop-{name}": False for name in off}


def test_registry_listings_that_need_their_command(corpus: Path) -> None:
    interfaces = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
    data = (corpus / "reg_query/51_de-DE_s_listing_empty_leaf_key.txt").read_bytes()
    listed = reg.read_query(CommandResult(data, 0, reg.query(interfaces, recursive=True)))
    leaf = listed.key(rf"{interfaces}\{{b5abada7-66a7-11ef-9e08-806e6f6e6963}}")
    assert leaf is not None and leaf.values == ()
    assert [len(key.values) for key in listed.keys] == [0, 10, 5, 0, 9]

    defender = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
    data = (corpus / "reg_query/52_de-DE_only_a_subkey_named.txt").read_bytes()
    key = reg.read_query(CommandResult(data, 0, reg.query(defender))).key(defender)
    assert key is not None and (key.values, key.subkeys) == ((), ("Policy Manager",))
