# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security descriptors: their text, what children inherit, who is let in."""

from __future__ import annotations

import pytest

from lab.state.security import (
    ADMINISTRATOR,
    DELETE,
    FILE_READ,
    KEY_MAKER,
    NETWORK_SERVICE_TOKEN,
    READ_CONTROL,
    STANDARD_USER,
    WRITE_DAC,
    WRITE_DATA,
    SddlError,
    Token,
    parse_sddl,
)


@pytest.mark.parametrize(
    "text",
    [
        "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
        "O:BAG:BAD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
        "O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;NS)",
        "O:SYG:SYD:AI(D;;LC;;;SY)(A;CIID;KA;;;BA)",
        "O:SYG:SYD:(A;OICI;DCLCRPCR;;;BU)(A;OICIIO;GA;;;CO)",
        "O:S-1-5-21-1-2-3-1001G:SYD:(A;;FR;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)",
        "O:SYG:SYD:",
    ],
)
def test_text_there_and_back(text: str) -> None:
    assert parse_sddl(text).sddl() == text


@pytest.mark.parametrize(
    "text", ["", "nonsense", "D:(A;;FA;;;XX)", "D:(A;;FA;;WD)", "D:(X;;FA;;;WD)", "D:(A;QQ;FA;;;WD)", "D:(A;;FAZ;;;WD)"]
)
def test_what_is_no_descriptor(text: str) -> None:
    with pytest.raises(SddlError):
        parse_sddl(text)


@pytest.mark.parametrize(
    ("parent", "container", "child"),
    [
        ("(A;;FA;;;BA)", True, ""), ("(A;OICI;FA;;;BA)", True, "(A;OICIID;FA;;;BA)"),
        ("(A;OICI;FA;;;BA)", False, "(A;ID;FA;;;BA)"), ("(A;CI;FA;;;BA)", False, ""),
        ("(A;OI;FA;;;BA)", True, "(A;OIIOID;FA;;;BA)"), ("(A;OICINP;FA;;;BA)", True, "(A;ID;FA;;;BA)"),
        ("(A;OINP;FA;;;BA)", True, ""), ("(A;OICIIO;FA;;;BA)", True, "(A;OICIID;FA;;;BA)"),
        ("(A;OIIO;FA;;;CO)", False, "(A;ID;FA;;;NS)"),
    ],
)  # fmt: skip
def test_inheritance(parent: str, container: bool, child: str) -> None:
    above = parse_sddl(f"D:{parent}")

    assert parse_sddl("O:NSD:").below(above, container=container).dacl() == f"D:{'AI' if child else ''}{child}"
    assert parse_sddl("D:P").below(above, container=container).dacl() == "D:P"


@pytest.mark.parametrize(
    ("dacl", "token", "wanted", "allowed"),
    [
        ("D:(A;;FA;;;BA)", ADMINISTRATOR, DELETE, True), ("D:(A;;FA;;;BA)", STANDARD_USER, DELETE, False),
        ("D:(A;;FA;;;SY)", ADMINISTRATOR, READ_CONTROL, False), ("O:BAD:(A;;FA;;;SY)", ADMINISTRATOR, WRITE_DAC, True),
        ("O:BAD:(A;;FA;;;SY)", ADMINISTRATOR, FILE_READ, False),
        ("D:(A;;FR;;;NS)", NETWORK_SERVICE_TOKEN, FILE_READ, True),
        ("D:(A;;GR;;;NS)", NETWORK_SERVICE_TOKEN, FILE_READ, True),
        ("D:(D;;FR;;;WD)(A;;FA;;;BA)", ADMINISTRATOR, 1, False),
        ("D:(A;;FA;;;BA)(D;;FR;;;WD)", ADMINISTRATOR, 1, True), ("D:(A;OICIIO;FA;;;BA)", ADMINISTRATOR, 1, False),
        ("D:(A;;0x12019f;;;WD)", KEY_MAKER, WRITE_DATA, True),
        ("D:(A;;FR;;;WD)(A;;FA;;;BA)", KEY_MAKER, WRITE_DATA, False),
        ("D:(A;;FR;;;WD)(A;;FW;;;BA)", ADMINISTRATOR, FILE_READ | WRITE_DATA, True),
    ],
)  # fmt: skip
def test_who_is_let_in(dacl: str, token: Token, wanted: int, allowed: bool) -> None:
    assert parse_sddl(dacl).allows(token, wanted) == allowed
