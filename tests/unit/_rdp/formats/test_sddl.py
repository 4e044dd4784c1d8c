# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security descriptors, compared by what they mean."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import sddl
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import machine_keys
from hypothesis import given
from hypothesis import strategies as st

SYSTEM, NETWORK_SERVICE, EVERYONE, ADMINISTRATORS = "S-1-5-18", "S-1-5-20", "S-1-1-0", "S-1-5-32-544"
FULL = 0x1F01FF


def _mask(rights: str, generic: dict[int, int] = sddl.FILE) -> int:
    return sddl.parse(f"D:(A;;{rights};;;WD)", generic).aces[0].mask


@pytest.mark.parametrize(
    ("rights", "mask"),
    [
        # https://learn.microsoft.com/windows/win32/fileio/file-security-and-access-rights
        ("FA", 0x1F01FF),
        ("FR", 0x120089),
        ("FW", 0x120116),
        ("FX", 0x1200A0),
        ("FRFW", 0x12019F),
        ("0x12019f", 0x12019F),
        ("GA", 0x1F01FF),
        ("GR", 0x120089),
        ("GRGW", 0x12019F),
        ("GX", 0x1200A0),
        ("0x10000000", 0x1F01FF),
        ("0x80000001", 0x120089),
        ("CCDCLCSWRPWPDTLOCR", 0x1FF),
        ("SDRCWDWO", 0xF0000),
        ("CCDCLCSWRPWPDTLOCRSDRCWDWO", 0xF01FF),
        ("KA", 0xF003F),
        ("KR", 0x20019),
        ("", 0),
        ("0", 0),
        ("17", 17),
        ("017", 15),
        # The example of https://learn.microsoft.com/windows/win32/secauthz/ace-strings, with its GA taken out
        ("RPWPCCDCLCSWRCWDWO", 0xE003F),
    ],
)
def test_rights(rights: str, mask: int) -> None:
    assert _mask(rights) == mask


def test_generic_rights_of_a_registry_key() -> None:
    assert _mask("GA", sddl.REGISTRY_KEY) == 0xF003F
    assert _mask("GR", sddl.REGISTRY_KEY) == _mask("KR")


def test_aliases_are_the_sids_that_everybody_knows() -> None:
    known = {"WD": EVERYONE, "SY": SYSTEM, "NS": NETWORK_SERVICE, "BA": ADMINISTRATORS, "LS": "S-1-5-19"}
    known |= {"AU": "S-1-5-11", "BU": "S-1-5-32-545", "CO": "S-1-3-0", "IU": "S-1-5-4", "RD": "S-1-5-32-555"}
    for alias, sid in known.items():
        assert sddl.parse(f"D:(A;;FA;;;{alias})") == sddl.parse(f"D:(A;;FA;;;{sid})")
    assert sddl.parse("D:(A;;FA;;;DA)").aces[0].sid == "DA"
    assert not set(sddl.ALIASES) & sddl.RELATIVE_ALIASES
    assert len(set(sddl.ALIASES.values())) == len(sddl.ALIASES)


def test_all_parts() -> None:
    descriptor = sddl.parse("O:SYG:S-1-5-32-544D:PAI(D;OICIIO;FA;;;WD)(A;ID;FR;;;S-1-0x5-020)S:AI(AU;SAFA;FA;;;WD)\r\n")
    assert descriptor == sddl.SecurityDescriptor(
        SYSTEM,
        ADMINISTRATORS,
        ("P", "AI"),
        (
            sddl.Ace("D", ("OI", "CI", "IO"), FULL, EVERYONE),
            sddl.Ace("A", ("ID",), 0x120089, NETWORK_SERVICE),
        ),
    )
    assert [(ace.applies, ace.inheritable) for ace in descriptor.aces] == [(False, True), (True, False)]


def test_conditions_objects_and_resources_are_kept_as_they_are() -> None:
    entries = (
        'XA;;FX;;;WD;(@User.Title=="PM (a :(" && (@User.Division=="Finance" || @User.Division ==" Sales"))',
        "OD;CI;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;SY",
        'RA;CI;;;;S-1-1-0; ("Project",TS,0,"Windows","SQL")',
    )
    descriptor = sddl.parse("D:" + "".join(f"({entry})" for entry in entries))
    assert tuple(ace.raw for ace in descriptor.aces) == entries
    assert sddl.grants(descriptor, EVERYONE) == 0
    assert sddl.denies(descriptor, SYSTEM, 0x100)
    assert [ace.type for ace in sddl.extra(descriptor, {EVERYONE: FULL})] == []
    assert [ace.type for ace in sddl.extra(descriptor, {})] == ["XA"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "O:SYG:SY",
        "S:(AU;SA;FA;;;WD)",
        "Zugriff verweigert",
        "D:(A;;FA;;;WD",
        "D:(A;;FA;;;WD))",
        "D:(A;;FA;;WD)",
        "D:(A;;FA;;;XX)",
        "D:(A;;FA;;;)",
        "D:(A;;FA;;;S-1)",
        "D:(A;;FA;;;S-1-5-)",
        "D:(A;;FA;;;S-1-5-18-99999999999)",
        "D:(A;;FQ;;;WD)",
        "D:(A;;F;;;WD)",
        "D:(A;;0x1FFFFFFFF;;;WD)",
        "D:(A;;4294967296;;;WD)",
        "D:(A;;09;;;WD)",
        "D:(A;XX;FA;;;WD)",
        "D:(Q;;FA;;;WD)",
        "D:(A;;FA;00000000-0000-0000-0000-000000000000;;WD)",
        "D:(A;;FA;;;WD;(x))",
        "D:X(A;;FA;;;WD)",
        "D:NO_ACCESS_CONTROL(A;;FA;;;WD)",
        "D:(A;;FA;;;WD)D:(A;;FA;;;SY)",
        "O:SYO:SYD:",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        sddl.parse(text)


def test_grants_are_what_is_allowed_and_not_denied() -> None:
    descriptor = sddl.parse("D:(A;;FR;;;SY)(A;;FW;;;SY)(D;;0x2;;;SY)(A;OICIIO;FA;;;SY)(A;;FA;;;BA)(D;;SD;;;WD)")
    assert sddl.grants(descriptor, SYSTEM) == 0x12019F & ~0x2
    assert sddl.grants(descriptor, ADMINISTRATORS) == FULL & ~0x10000
    assert sddl.grants(descriptor, NETWORK_SERVICE) == 0
    assert sddl.denies(descriptor, ADMINISTRATORS, 0x10000) and not sddl.denies(descriptor, ADMINISTRATORS, 0x1)
    assert sddl.missing(descriptor, {SYSTEM: FULL, ADMINISTRATORS: 0x1}) == {SYSTEM: FULL & ~0x12019F | 0x2}
    assert sddl.is_subset(0x1, 0x3) and not sddl.is_subset(0x5, 0x3)


def test_entry_for_what_is_below_does_not_deny_the_folder_itself() -> None:
    descriptor = sddl.parse("D:(D;OICIIO;FA;;;SY)(A;;FA;;;SY)")
    assert sddl.grants(descriptor, SYSTEM) == FULL and not sddl.denies(descriptor, SYSTEM, FULL)


def test_deny_for_authenticated_users_means_accounts_but_not_everyone() -> None:
    descriptor = sddl.parse("D:(D;;FA;;;AU)(A;;FA;;;WD)(A;;FA;;;SY)")
    assert sddl.grants(descriptor, SYSTEM) == 0
    assert sddl.grants(descriptor, EVERYONE) == FULL


def test_no_access_control_lets_everybody_in() -> None:
    descriptor = sddl.parse("D:NO_ACCESS_CONTROL")
    assert sddl.missing(descriptor, machine_keys.FOLDER_RIGHTS) == {}
    assert [ace.sid for ace in sddl.extra(descriptor, machine_keys.FOLDER_RIGHTS)] == [EVERYONE]
    assert sddl.missing(sddl.parse("D:"), machine_keys.FOLDER_RIGHTS) == machine_keys.FOLDER_RIGHTS


def test_suppressed_certificate_is_a_denied_sub_key() -> None:
    """A published hardening denies SYSTEM the right to make a sub-key of the certificate store's key."""
    descriptor = sddl.parse("D:(D;;LC;;;SY)(A;CI;KA;;;SY)", sddl.REGISTRY_KEY)
    assert sddl.denies(descriptor, SYSTEM, 0x4)


# https://learn.microsoft.com/troubleshoot/windows-server/windows-security/default-permissions-machinekeys-folders
@pytest.mark.parametrize(
    ("text", "missing", "extra"),
    [
        ("D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)", {}, []),
        ("O:SYG:SYD:P(A;;FA;;;S-1-5-32-544)(A;;FRFW;;;S-1-1-0)", {}, []),
        ("D:AI(A;;GRGW;;;WD)(A;;GA;;;BA)(A;ID;FA;;;SY)", {}, [SYSTEM]),
        ("D:P(A;;FA;;;BA)", {EVERYONE: 0x12019F}, []),
        ("D:P(A;;FR;;;WD)(A;;FA;;;BA)", {EVERYONE: 0x12019F & ~0x120089}, []),
        ("D:P(A;;FA;;;WD)(A;;FA;;;BA)", {}, [EVERYONE]),
        ("D:P(A;OICI;0x12019f;;;WD)(A;;FA;;;BA)", {}, [EVERYONE]),
        ("D:P(A;OICIIO;0x12019f;;;WD)(A;;FA;;;BA)", {EVERYONE: 0x12019F}, [EVERYONE]),
        ("D:P(D;;WP;;;WD)(A;;0x12019f;;;WD)(A;;FA;;;BA)", {EVERYONE: 0x0, ADMINISTRATORS: 0x20}, []),
        ("D:P", {ADMINISTRATORS: FULL, EVERYONE: 0x12019F}, []),
    ],
)
def test_folder_of_the_machine_keys(text: str, missing: dict[str, int], extra: list[str]) -> None:
    descriptor = sddl.parse(text)
    assert sddl.missing(descriptor, machine_keys.FOLDER_RIGHTS) == {sid: mask for sid, mask in missing.items() if mask}
    assert [ace.sid for ace in sddl.extra(descriptor, machine_keys.FOLDER_RIGHTS)] == extra


def test_descriptors_of_the_corpus_have_the_documented_rights(corpus: Path) -> None:
    found = []
    for path in sorted((corpus / "icacls").glob("*sddl*")):
        found += re.findall(r"O:[^\s']*", path.read_text(encoding="utf-8"))
    assert len(found) == 2
    for text in found:
        descriptor = sddl.parse(text)
        assert sddl.missing(descriptor, machine_keys.FOLDER_RIGHTS) == {}
        assert sddl.extra(descriptor, machine_keys.FOLDER_RIGHTS) == ()


def test_names_of_the_key_files() -> None:
    documented = (  # computed for the nine containers; the first is the one that Microsoft names
        *("f686aace6942fb7f7ceb231212eef4a4", "d86b1e848570377d7cb27ddc5de661b0", "7215b202ff2cf52c0ac38e6346ef075f"),
        *("aae70b261fbca7796d1f2beb55988d6b", "eddb3aadf119c896de06c2b210bb5d14", "863dffb70050c530155a17133e608443"),
        *("c8c814229270848c5691fe23e04cae82", "101d0734242b3590c6f2e618c0bdb122", "5e9f1fbff37f710a4c62eba3679640e9"),
    )
    assert tuple(map(machine_keys.file_prefix, machine_keys.CONTAINERS)) == documented


def test_rights_of_icacls_are_the_same_as_the_masks() -> None:
    rights = {"RD": 0x1, "WD": 0x2, "AD": 0x4, "REA": 0x8, "WEA": 0x10, "RA": 0x80, "WA": 0x100, "RC": 0x20000}
    rights |= {"S": 0x100000, "F": FULL, "R": 0x120089}
    for grants, masks in (
        (machine_keys.FOLDER_GRANTS, machine_keys.FOLDER_RIGHTS),
        (machine_keys.KEY_FILE_GRANTS, machine_keys.KEY_FILE_RIGHTS),
    ):
        assert {sid: sum(rights[name] for name in text[1:-1].split(",")) for sid, text in grants} == masks


SIDS = st.sampled_from([EVERYONE, SYSTEM, NETWORK_SERVICE, ADMINISTRATORS, "S-1-5-11", "S-1-5-21-1-2-3-500"])
ACES = st.builds(
    lambda type, flags, mask, sid: sddl.Ace(type, tuple(flags), mask, sid),
    st.sampled_from(["A", "D"]),
    st.lists(st.sampled_from(["OI", "CI", "NP", "IO", "ID"]), unique=True),
    st.integers(0, 0x1F01FF),
    SIDS,
)


def _text(aces: list[sddl.Ace]) -> str:
    return "D:PAI" + "".join(f"({ace.type};{''.join(ace.flags)};0x{ace.mask:x};;;{ace.sid})" for ace in aces)


@given(st.lists(ACES, max_size=6), st.randoms(), st.dictionaries(SIDS, st.integers(0, FULL), max_size=3))
def test_order_makes_no_difference(aces: list[sddl.Ace], random: object, wanted: dict[str, int]) -> None:
    descriptor = sddl.parse(_text(aces))
    assert list(descriptor.aces) == aces
    shuffled = list(aces)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = sddl.parse(_text(shuffled))
    assert sddl.missing(descriptor, wanted) == sddl.missing(other, wanted)
    assert set(sddl.extra(descriptor, wanted)) == set(sddl.extra(other, wanted))
    for sid, mask in wanted.items():
        granted = sddl.grants(descriptor, sid)
        assert (granted & mask == mask) == (sid not in sddl.missing(descriptor, wanted))
        assert not granted & sddl.denied(descriptor, sid)


@given(st.text(st.sampled_from("ODGS:()PAI;WBYF0x1-2\"'\u0663 \n5"), max_size=40))
def test_text_is_read_or_unreadable(text: str) -> None:
    for prefix, suffix in itertools.product(("", "D:(A;;FA;;;", "D:(A;;", "D:(XA;;FA;;;WD;("), ("", ")", ";;;WD)")):
        try:
            sddl.parse(prefix + text + suffix)
        except UnreadableError as error:
            assert error.reason
