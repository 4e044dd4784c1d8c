# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the firewall: what the corpus holds of them, and every field of the grammar."""

from __future__ import annotations

import doctest
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import firewall_rules, regfile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.firewall_rules import Platform, PortRange, parse
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import decode

# A rule somewhere in a recording: a .reg file, a document, a program's source.
_RULE = re.compile(r"v\d+\.\d+\|[^\"*\r\n]+\|")


def _recorded(corpus: Path) -> t.Iterator[tuple[str, str]]:
    for file in sorted((corpus / "firewall").iterdir()):
        for text in _RULE.findall(decode(file.read_bytes())):
            yield file.name, text.replace("\\\\", "\\")


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(firewall_rules).failed == 0


def test_every_recorded_rule_is_read_completely(corpus: Path) -> None:
    rules = [(name, parse("x", text)) for name, text in _recorded(corpus)]
    versions = sorted({rule.version for _, rule in rules})
    # The last four kinds are from exports of whole hosts, where Windows keeps rules of every version that it ever had.
    assert len(rules) > 1000 and {(2, 22), (2, 27), (2, 28), (2, 30), (2, 31), (2, 32), (2, 33)} < set(versions)
    assert set(versions) >= {(2, 0), (2, 10), (2, 20), (2, 26)}
    # Rules of a user, or with a keyword for addresses that is not in the grammar, are more than can be judged.
    left = {field.partition("=")[0] for _, rule in rules for field in rule.not_judged}
    assert left <= {"LUOwn", "LUAuth", "TTK", "TTK2_22"}, left
    assert all(rule.action and rule.direction and rule.active is not None for _, rule in rules)


def test_recorded_export_of_a_registry(corpus: Path) -> None:
    file = regfile.parse((corpus / "firewall/01_en-US_registry_rules_v230.reg").read_bytes())
    texts = [entry.value.data for entry in file.entries if isinstance(entry, regfile.SetValue)]
    rules = [parse("x", text) for text in texts if isinstance(text, str)]
    assert len(rules) == len(texts) > 20
    assert {rule.action for rule in rules} == {"block"}
    assert sum(rule.package is not None for rule in rules) > 3
    assert Platform(6, 2, or_later=True) in {one for rule in rules for one in rule.platforms}


def test_recorded_remote_desktop_rules(corpus: Path) -> None:
    rules = {name: parse("x", text) for name, text in _recorded(corpus) if "-28775" in text or "User Mode" in text}
    documented = rules["06_en-US_registry_rdp_rule_v222_msdocs.txt"]
    assert (documented.action, documented.active, documented.direction) == ("allow", True, "in")
    assert documented.profiles == ("domain", "private", "public")
    assert documented.local_ports == (PortRange(3389, 3389),)
    assert (documented.program, documented.service) == (r"%SystemRoot%\system32\svchost.exe", "termservice")
    assert documented.context == "@FirewallAPI.dll,-28752"
    assert rules["04_en-US_registry_rules_v233_v228_excerpt.reg"].action == "block"
    assert rules["07_en-US_registry_rdp_rule_v227_literal_name.txt"].profiles == ("public", "private")


def _rule(fields: str) -> firewall_rules.Rule:
    return parse("x", f"v2.33|Action=Allow|Active=TRUE|Dir=In|{fields}")


FIELDS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "ports": ("Protocol=6|LPort=80|LPort2_10=90-99|", {"local_ports": (PortRange(80, 80), PortRange(90, 99))}),
    "keyword": ("Protocol=6|LPort=RPC-EPMap|LPort2_29=TcpCDPSvc|", {"local_ports": ("RPC-EPMap", "TcpCDPSvc")}),
    "any protocol": ("Protocol=256|", {"protocol": None}),
    "case": ("ACTION=x|", {"action": None}),
    "addresses": (
        "RA4=10.0.0.1|LA6=::1|RA62=IntrAnet|",
        {
            "remote_addresses": ("10.0.0.1", "IntrAnet"),
            "local_addresses": ("::1",),
            "addresses_by_field": (("RA4", "10.0.0.1"), ("LA6", "::1"), ("RA62", "IntrAnet")),
        },
    ),
    "interfaces": ("IF={1}|IFType=Lan|", {"interfaces": ("{1}",), "interface_types": ("Lan",)}),
    "IPsec": ("Security2_9=An-NoEncap|RUAuth=O:LS|", {"authentication": ("Security2_9=An-NoEncap", "RUAuth=O:LS")}),
    "app": ("AppPkgId=S-1-15-2-1|", {"package": "S-1-15-2-1"}),
    "app since Windows 11": ("PFN=Contoso.App_8wekyb3d8bbwe|", {"package": "Contoso.App_8wekyb3d8bbwe"}),
    "platforms": (
        "Platform=2:6:1|Platform=2:6:2|Platform2=GTEQ|",
        {"platforms": (Platform(6, 1), Platform(6, 2, True))},
    ),
    "words": ("Name=a=b|Desc=c|EmbedCtxt=d|", {"name": "a=b", "description": "c", "context": "d"}),
    "not limits": ("Edge=TRUE|Defer=App|LSM=TRUE|LOM=TRUE|PCross=TRUE|ICMP4=8:*|AuthByPassOut=TRUE|", {}),
}


@pytest.mark.parametrize("name", FIELDS)
def test_field(name: str) -> None:
    text, values = FIELDS[name]
    rule = _rule(text)
    assert {attribute: getattr(rule, attribute) for attribute in values} == values
    assert name == "case" or not rule.not_judged


NOT_JUDGED = {
    "unknown field": "Foo=1|",
    "piece that is no field": "Foo|",
    "line that belongs to another rule": "\nrest|",
    "user": "LUAuth=O:LSD:(A;;CC;;;S-1-5-20)|",
    "user in base64": "LUAuth2_24=AQ==|",
    "owner": "LUOwn=S-1-5-21-1|",
    "network": "NNm=abc|",
    "trust": "TTK2_28=WFDCDPSvc|",
    "realm": "SecurityRealmId=1|",
    "version to skip": "SkipVer=2.0|",
    "another platform": "Platform=1:4:0|",
    "operator without a platform": "Platform2=GTEQ|",
    "operator that isn't known": "Platform=2:6:2|Platform2=LT|",
    "ports without a protocol": "LPort=80|",
    "port that isn't one": "Protocol=6|LPort=70000|",
    "range the wrong way round": "Protocol=6|LPort2_10=90-80|",
    "empty port": "Protocol=6|LPort=|",
    "protocol that isn't one": "Protocol=tcp|",
    "protocol that is too large": "Protocol=300|",
    "empty program": "App=|",
    "empty address": "RA4=|",
    "second service": "Svc=a|Svc=b|",
    "profile that isn't known": "Profile=Moon|",
    "end that is missing": "Protocol=6|LPort=80",
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_what_may_restrict_a_rule_is_kept(name: str) -> None:
    assert _rule(NOT_JUDGED[name]).not_judged


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("v2.31|Action=Divert|Active=TRUE|Dir=In|", "action"),
        ("v2.31|Action=Allow|Action=Block|Active=TRUE|Dir=In|", "action"),
        ("v2.31|Action=Allow|Active=maybe|Dir=In|", "active"),
        ("v2.31|Action=Allow|Active=FALSE|Active=TRUE|Dir=In|", "active"),
        ("v2.31|Action=Allow|Active=TRUE|Dir=Up|", "direction"),
        ("v2.31|Action=Allow|Active=TRUE|", "direction"),
    ],
)
def test_what_decides_and_is_not_understood_is_nothing(text: str, attribute: str) -> None:
    assert getattr(parse("x", text), attribute) is None


def test_rule_that_does_not_say_that_it_is_on_is_off() -> None:
    assert parse("x", "v2.31|Action=Allow|Dir=In|").active is False


@pytest.mark.parametrize("text", ["", "x", "v2.31", "v3.0|Action=Allow|", "2.31|Action=Allow|", "v2|Action=Allow|"])
def test_not_a_rule(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse("x", text)


WHOLE = r"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Name=a|"


@pytest.mark.parametrize("place", range(1, len(WHOLE)))
def test_rule_in_two_lines_is_never_one_that_does_nothing(place: int) -> None:
    """What a listing is wrapped at, 78 or 80 columns, may fall anywhere: a block rule was lost by it."""
    try:
        rule = parse("x", f"{WHOLE[:place]}\n{WHOLE[place:]}")
    except UnreadableError:
        return
    assert rule.active is not False
    whole = parse("x", WHOLE)
    assert rule.not_judged or (rule.action, rule.local_ports, rule.program) == (
        whole.action,
        whole.local_ports,
        whole.program,
    )


def test_description_of_several_lines_is_one() -> None:
    rule = parse("x", "v2.31|Action=Allow|Active=TRUE|Dir=In|Name=a|Desc=one\ntwo|")
    assert rule.description == "one\ntwo" and not rule.not_judged


def test_number_that_is_none_is_not_judged() -> None:
    assert parse("x", f"v2.31|Protocol={'9' * 5000}|").not_judged
