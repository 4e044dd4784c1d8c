# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection security rules, as the registry has them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.ipsec_rules import IpsecRule, parse

WHOLE = "v2.33|Action=SecureServer|Name=Auth|Active=TRUE|Auth1Set={2}|"


def _rule(fields: str) -> IpsecRule:
    return parse("{1}", f"v2.33|{fields}")


def test_whole_rule() -> None:
    rule = _rule(
        "Action=Secure|Active=TRUE|Profile=Domain|Profile=Private|Protocol=6|EP1Port=3389|EP2Port2_10=1024-65535|"
        "EP1_4=10.0.0.0/255.0.0.0|EP2_6=fd00::/8|Name=Admins|"
    )
    assert rule == IpsecRule(
        "{1}",
        requires=True,
        active=True,
        profiles=("domain", "private"),
        protocol=6,
        ports=((3389, 3389), (1024, 65535)),
        addresses=("10.0.0.0/255.0.0.0", "fd00::/8"),
        name="Admins",
    )


@pytest.mark.parametrize(
    ("action", "requires"),
    [("SecureServer", True), ("Secure", True), ("Boundary", False), ("DoNotSecure", False), ("Foo", None), ("", None)],
)
def test_action(action: str, requires: bool | None) -> None:
    assert _rule(f"Action={action}|").requires is requires


@pytest.mark.parametrize(
    ("field", "active"), [("Active=TRUE|", True), ("Active=FALSE|", False), ("", False), ("Active=x|", None)]
)
def test_whether_it_is_on(field: str, active: bool | None) -> None:
    assert _rule(f"Action=Secure|{field}").active is active


@pytest.mark.parametrize(
    ("fields", "concerns"),
    [
        ("", True),
        ("Protocol=6|", True),
        ("Protocol=17|", False),
        ("Protocol=256|", True),
        ("Profile=Domain|", True),
        ("Profile=Public|", False),
        ("Profile=Moon|", True),
        ("EP1Port=3389|", True),
        ("EP2Port2_10=3000-4000|", True),
        ("EP1Port=80|EP2Port=443|", False),
        ("EP1Port=RPC|", True),
    ],
)
def test_what_it_concerns(fields: str, concerns: bool) -> None:
    """What is not understood may concern anything."""
    assert _rule(f"Action=Secure|Active=TRUE|{fields}").concerns(6, 3389, "domain") is concerns
    assert not _rule(f"Action=Secure|Active=FALSE|{fields}").concerns(6, 3389, "domain")
    assert not _rule(f"Action=Boundary|Active=TRUE|{fields}").concerns(6, 3389, "domain")


@pytest.mark.parametrize("text", ["", "x", WHOLE.removesuffix("|"), WHOLE.removeprefix("v2.33"), "v2|Action=Secure|"])
def test_text_that_is_no_rule_may_be_any(text: str) -> None:
    assert parse("{1}", text) == IpsecRule("{1}")
    assert parse("{1}", text).concerns(17, 1, "public")
