# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpresult: the report's shape is the published one's, its content the last refresh's, and 0 is no success."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from lab.faults.policy import BLOCKING_GPO_GUID, DENIED_RIGHT_GUID, ENFORCED_GUID, LARGE_GUID, TWO_LINKS_GUID, rdp
from lab.state.policy.group_policy import RDP_POLICY
from lab.state.policy.objects import Gpo, Link
from lab.state.policy.pol import Record
from lab.state.registry import binary, dword, sz
from lab.testing import CorpusBytes, MakeShell, Shell

GP = "{http://www.microsoft.com/GroupPolicy/"
RSOP, TYPES, BASE, REGISTRY = GP + "Rsop}", GP + "Types}", GP + "Settings/Base}", GP + "Settings/Registry}"
SECURITY = GP + "Settings/Security}"


def report(shell: Shell, path: str = r"C:\r.xml") -> ElementTree.Element:
    assert shell.cmd(f"gpresult /SCOPE COMPUTER /X {path} /F") == ""
    assert shell.code == 0
    data = shell.machine.files.read(path)
    assert data[:2] == b"\xff\xfe" and b"\r\0\n\0" in data
    return ElementTree.fromstring(data.decode("utf-16"))


def policies(root: ElementTree.Element) -> dict[str, tuple[str, str]]:
    """Name -> (state, the GPO's identifier)."""
    found = {}
    for one in root.iter(f"{REGISTRY}Policy"):
        found[one.findtext(f"{REGISTRY}Name", "")] = (
            one.findtext(f"{REGISTRY}State", ""),
            one.findtext(f"{BASE}GPO/{TYPES}Identifier", ""),
        )
    return found


def shapes(root: ElementTree.Element) -> dict[str, list[str]]:
    """Every kind of element, by the tags on the way to it -> the tags of its children, repeated ones once."""
    found: dict[str, list[str]] = {}

    def look(element: ElementTree.Element, path: str) -> None:
        known = found.setdefault(path, [])
        known += [tag for tag in dict.fromkeys(child.tag for child in element) if tag not in known]
        for child in element:
            look(child, f"{path}/{child.tag}")

    look(root, root.tag)
    return found


def test_the_shape_is_the_published_ones(on: MakeShell, corpus_bytes: CorpusBytes) -> None:
    published = corpus_bytes("gpresult/01").decode("utf-16")
    real = shapes(ElementTree.fromstring(published))
    shell = on(faults=("gpo-domain-blocks", "gpo-filtered", "gpo-denies-logon-right"))
    ours = shapes(report(shell))
    text = shell.machine.files.read(r"C:\r.xml").decode("utf-16")

    for path, children in ours.items():
        if f"{REGISTRY}Policy" in path:  # the published one has none
            continue
        known = [tag for tag in real[path] if tag in children]
        assert [tag for tag in children if tag != f"{REGISTRY}Policy"] == known, path
    assert text.split("\r\n")[:2] == published.split("\r\n")[:2]
    assert text.endswith("\r\n</Rsop>") and published.endswith("\r\n</Rsop>")
    line = "      <Extension xmlns:q1="
    assert [x for x in text.split("\r\n") if x.startswith(line)] == [
        x.removesuffix(">") + ">" for x in published.split("\r\n") if x.startswith(line)
    ]


@pytest.mark.parametrize(
    ("language", "name", "extension"),
    [
        ("en-US", "Allow users to connect remotely by using Remote Desktop Services", "Registry"),
        ("de-DE", "Remoteverbindungen für Benutzer mithilfe der Remotedesktopdienste zulassen", "Registrierung"),
    ],
)
def test_names_are_translated_states_and_identifiers_are_not(
    language: str, name: str, extension: str, on: MakeShell
) -> None:
    root = report(on(language=language, faults=("gpo-enforced-blocks",)))

    assert policies(root)[name] == ("Disabled", ENFORCED_GUID)
    assert extension in [one.text for one in root.iter(f"{GP}Settings}}Name")]
    allowing = on(language=language, faults=("policy-allows-local-denies",))
    assert policies(report(allowing))[name][0] == "Enabled"


def test_the_prefix_depends_on_what_else_is_in_the_report(on: MakeShell) -> None:
    alone, second = on(faults=("gpo-domain-blocks",)), on(faults=("gpo-domain-blocks", "gpo-denies-logon-right"))
    for shell, prefix in ((alone, "q1"), (second, "q2")):
        report(shell)
        text = shell.machine.files.read(r"C:\r.xml").decode("utf-16")
        assert f"<{prefix}:Policy>" in text and f'xsi:type="{prefix}:RegistrySettings"' in text


def test_rights_parts_and_untemplated_values(on: MakeShell) -> None:
    shell = on(faults=("gpo-denies-logon-right", "gpo-nla-required-weak", "gpo-limits-connections"))
    key = r"SOFTWARE\Policies\Vendor & Sons"
    records = [Record(key, "A", dword(7)), Record(key, "B", sz("<x>")), Record(key, "C", binary("00ff"))]
    shell.machine.policy.add(Gpo("Vendor <GPO>", "{0A}", [Link("DC=corp,DC=example")], records))
    shell.run("gpupdate")
    root = report(shell)

    right = next(root.iter(f"{SECURITY}UserRightsAssignment"))
    assert right.findtext(f"{SECURITY}Name") == "SeDenyRemoteInteractiveLogonRight"
    assert [one.text for one in right.iterfind(f"{SECURITY}Member/{TYPES}Name")] == ["Users"]
    assert right.findtext(f"{BASE}GPO/{TYPES}Identifier") == DENIED_RIGHT_GUID
    assert [one.text for one in root.iterfind(f".//{REGISTRY}DropDownList/{REGISTRY}Value/{REGISTRY}Name")] == [
        "RDP", "Low Level",
    ]  # fmt: skip
    assert [one.text for one in root.iterfind(f".//{REGISTRY}Numeric/{REGISTRY}Value")] == ["2"]
    settings = list(root.iter(f"{REGISTRY}RegistrySetting"))
    assert {one.findtext(f"{REGISTRY}KeyPath") for one in settings} == {key}
    assert [[child.text for child in one.iterfind(f"{REGISTRY}Value/*")] for one in settings] == [
        ["A", "7"], ["B", "<x>"], ["C", "00FF"],
    ]  # fmt: skip
    assert "Vendor <GPO>" in [one.text for one in root.iter(f"{RSOP}Name")]


def test_links_and_who_was_not_applied(on: MakeShell) -> None:
    root = report(on(faults=("gpo-two-links", "gpo-filtered", "gpo-link-disabled")))
    found = {}
    for one in root.iter(f"{RSOP}GPO"):
        rows = [
            tuple(link.findtext(f"{RSOP}{tag}") for tag in ("SOMPath", "AppliedOrder", "Enabled", "NoOverride"))
            for link in one.iterfind(f"{RSOP}Link")
        ]
        found[one.findtext(f"{RSOP}Name")] = (one.findtext(f"{RSOP}AccessDenied"), rows)

    assert found["Local Group Policy"] == ("false", [("Local", "0", "true", "false")])
    assert found["Block RDP everywhere"][1] == [
        ("corp.example", "1", "true", "false"), ("corp.example/Servers", "4", "true", "false"),
    ]  # fmt: skip
    assert found["Block RDP on kiosks"] == ("true", [("corp.example/Servers", "0", "true", "false")])
    assert found["Block RDP on holidays"] == ("false", [("corp.example/Servers", "0", "false", "false")])
    assert policies(root)["Allow users to connect remotely by using Remote Desktop Services"][1] == TWO_LINKS_GUID


def test_it_shows_the_last_refresh_and_not_the_registry(on: MakeShell) -> None:
    shell = on(faults=("gpo-domain-blocks",))
    shell.machine.registry.delete_value(RDP_POLICY, "fDenyTSConnections")
    assert list(policies(report(shell)).values()) == [("Disabled", BLOCKING_GPO_GUID)]

    stray = on(faults=("policy-stray-write",))
    assert policies(report(stray)) == {}
    stray.machine.policy.set_local(rdp("UserAuthentication", dword(1)))
    assert policies(report(stray)) == {}, "nothing was refreshed"
    stray.run("gpupdate")
    assert list(policies(report(stray)).values()) == [("Enabled", "LocalGPO")]


@pytest.mark.parametrize("fault", ["policy-preference", "mdm-blocks", "gpo-tattooed", "policy-stray-write"])
def test_what_no_computer_policy_wrote_is_not_in_it(fault: str, on: MakeShell) -> None:
    assert policies(report(on(faults=(fault,)))) == {}


def test_without_rights_the_report_has_no_results(on: MakeShell) -> None:
    shell = on(faults=("not-elevated", "gpo-domain-blocks"))
    root = report(shell, r"C:\Windows\Temp\r.xml")

    assert [child.tag for child in root] == [f"{RSOP}ReadTime", f"{RSOP}DataType"]


@pytest.mark.parametrize(
    ("faults", "options", "said"),
    [
        (("rsop-logging-off", "gpo-domain-blocks"), "/SCOPE COMPUTER ", "does not have RSoP data."),
        ((), "", 'INFO: The user "CORP\\Administrator" does not have RSoP data.'),
        ((), "/SCOPE USER ", 'INFO: The user "CORP\\Administrator" does not have RSoP data.'),
    ],
)
def test_without_data_there_is_a_message_and_no_file(
    faults: tuple[str, ...], options: str, said: str, on: MakeShell, corpus_bytes: CorpusBytes
) -> None:
    shell = on(faults=faults)

    printed = shell.cmd(rf"gpresult {options}/X C:\r.xml /F")

    assert printed.startswith("INFO: ") and printed.rstrip("\n").endswith(said)
    assert (shell.code, shell.error) == (0, "")
    assert not shell.machine.files.exists(r"C:\r.xml")
    if not faults:
        real = corpus_bytes("gpresult/10").decode("utf-8").strip()
        assert printed.strip() == real.replace(r"sevenkingdoms.local\robb.stark", r"CORP\Administrator")


def test_an_existing_file_needs_f_and_a_missing_folder_is_an_error(shell: Shell) -> None:
    shell.cmd(r"echo old>C:\r.xml& gpresult /scope:computer /x:C:\r.xml")
    assert shell.code == 1
    assert shell.machine.files.read(r"C:\r.xml") == b"old\r\n"
    shell.cmd(r"gpresult /scope:computer /x:C:\r.xml /f")
    assert shell.code == 0
    assert shell.machine.files.read(r"C:\r.xml")[:2] == b"\xff\xfe"
    assert "cannot find the path" in shell.cmd(r"gpresult /scope computer /x C:\nowhere\r.xml")
    assert shell.code == 1
    assert shell.machine.errors() == []


@pytest.mark.parametrize("line", ["gpresult", r"gpresult /R /X C:\r.xml", "gpresult /SCOPE COMPUTER /F"])
def test_one_form_of_output_must_be_asked_for(line: str, shell: Shell) -> None:
    assert "Invalid syntax" in shell.run(line)
    assert shell.code == 1


@pytest.mark.parametrize("line", ["gpresult /Z", "gpresult /H C:\\r.html", "gpresult /S other /R", "gpresult /SCOPE X"])
def test_what_gpresult_does_not_know_is_loud(line: str, shell: Shell) -> None:
    shell.run(line)
    assert shell.code != 0
    assert len(shell.machine.errors()) == 1


def test_the_summary_in_english(on: MakeShell) -> None:
    """The lines and their order, as published outputs of Windows Server 2016 and Windows 11 have them."""
    lines = on(faults=("gpo-domain-blocks", "gpo-filtered")).run("gpresult /r /scope computer").split("\n")

    assert lines[1] == "Microsoft (R) Windows (R) Operating System Group Policy Result tool v2.0"
    assert lines[7:9] == ["RSOP data for  on SRV1 : Logging Mode", "-" * 37]
    start = lines.index("COMPUTER SETTINGS")
    assert lines[start + 1] == "-" * 18
    assert lines[start + 2] == "    CN=SRV1,OU=Servers,DC=corp,DC=example"
    applied = lines.index("    Applied Group Policy Objects")
    assert lines[applied + 1 : applied + 4] == ["    " + "-" * 29, "        Block RDP", "        Default Domain Policy"]
    filtered = lines.index("    The following GPOs were not applied because they were filtered out")
    assert lines[filtered + 1 : filtered + 7] == [
        "    " + "-" * 67, "        Local Group Policy", "            Filtering:  Not Applied (Empty)", "",
        "        Block RDP on kiosks", "            Filtering:  Denied (Security)",
    ]  # fmt: skip
    assert "        This Organization" in lines and "        NT AUTHORITY\\NETWORK" in lines


def test_the_summary_in_german(on: MakeShell) -> None:
    printed = on(language="de-DE", faults=("gpo-local-blocks",)).run("gpresult /scope:computer /r")

    assert "\nCOMPUTEREINSTELLUNGEN\n----------------------\n" in printed
    assert "\n    Angewendete Gruppenrichtlinienobjekte\n" in printed
    assert "\n        Default Domain Policy\n        Richtlinien der lokalen Gruppe\n" in printed


def test_the_summary_needs_rights(on: MakeShell) -> None:
    shell = on(faults=("not-elevated",))
    assert "Access Denied" in shell.run("gpresult /scope computer /r")
    assert shell.code == 1


def test_a_large_gpo_makes_a_large_report(on: MakeShell) -> None:
    shell = on(faults=("registry-pol-large",))
    root = report(shell)

    assert len(shell.machine.files.read(r"C:\r.xml")) > 20_000_000
    assert list(policies(root).values()) == [("Disabled", LARGE_GUID)]
