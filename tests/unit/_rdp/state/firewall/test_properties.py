# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every set of rules, however odd."""

from __future__ import annotations

import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import firewall_rules
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.effective import Answer, answer, answers
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.matching import Traffic
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall.opening import opening
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import netsh
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unit._rdp.state.firewall.hosts import SVCHOST, TCP_RULE, UDP_RULE, Host, rule
from unit._rdp.tools.samples import printed

QUICK = settings(max_examples=150, deadline=None)

TRAFFIC = Traffic(3389)
# How open each answer is. No answer at all is in nobody's favour.
OPENNESS = {"blocked": 0, "limited": 1, "open": 2, "off": 3}

FIELDS = st.sampled_from(
    (
        *(
            "Protocol=6|",
            "Protocol=17|",
            "Protocol=6|LPort=3389|",
            "Protocol=6|LPort2_10=3000-4000|",
            "Protocol=6|LPort=80|",
        ),
        *("Profile=Domain|", "Profile=Public|", "RA4=10.0.0.0/255.0.0.0|", "RA6=LocalSubnet|", "LA4=10.0.0.1|"),
        *("IFType=Lan|", "IF={1}|", SVCHOST, "App=C:\\x.exe|", "App=System|", "Svc=*|", "Svc=dnscache|"),
        *(
            "Security=Authenticate|",
            "Platform=2:6:2|Platform2=GTEQ|",
            "AppPkgId=S-1-15-2-1|",
            "Name=a b|",
            "Edge=TRUE|",
        ),
        *("Foo=1|", "LUAuth=x|", "|", "Profile=Moon|", "LPort=New|", "Action=Block|", "Dir=Out|", "cut"),
    )
)
TEXTS = st.builds(
    lambda action, active, fields: rule(action, "".join(fields) or "Name=x|", active=active),
    st.sampled_from(("Allow", "Block", "ByPass", "Divert")),
    st.booleans(),
    st.lists(FIELDS, max_size=5),
)
RULES = st.dictionaries(st.sampled_from([f"{{{number}}}" for number in range(5)]), TEXTS, max_size=4)
SWITCHES = st.dictionaries(
    st.sampled_from(("EnableFirewall", "DoNotAllowExceptions", "DefaultInboundAction", "AllowLocalPolicyMerge")),
    st.sampled_from((0, 1)),
    max_size=3,
)
PROFILES = st.sampled_from((("domain",), ("public",), ("domain", "private"), ("domain", "private", "public")))
HOSTS = st.builds(
    Host,
    rules=RULES,
    tcp=st.sampled_from((rule(), rule(active=False), rule("Block"), rule(fields="RA4=10.0.0.1|" + TCP_RULE), "")),
    udp=st.sampled_from((rule(fields=UDP_RULE), rule(active=False, fields=UDP_RULE), "")),
    local=st.fixed_dictionaries({"domain": SWITCHES, "public": SWITCHES}),
    gpo=st.fixed_dictionaries({"DomainProfile": SWITCHES, "PublicProfile": SWITCHES}),
    gpo_rules=RULES,
    active=PROFILES,
)


def _answers(host: Host) -> tuple[Answer, ...] | None:
    try:
        return answers(host.firewall(), TRAFFIC)
    except UnreadableError:
        return None


@QUICK
@given(HOSTS)
def test_there_is_an_answer_or_a_reason(host: Host) -> None:
    finding = host.finding()
    assert finding.status in ("ok", "warning", "problem", "unknown")
    assert "mistake in winops.rdp" not in finding.summary, finding
    assert finding.found


def _answer(host: Host, profile: str) -> Answer | None:
    try:
        return answer(host.firewall(), TRAFFIC, profile)
    except UnreadableError:
        return None


@QUICK
# Open in one profile, where local rules don't count; a rule that isn't understood in the other one.
@example(
    Host(
        rules={"{0}": rule("Block", "Protocol=6|Protocol=6|")},
        gpo={"DomainProfile": {"DefaultInboundAction": 0, "AllowLocalPolicyMerge": 0}, "PublicProfile": {}},
        active=("domain", "private"),
    ),
    [],
)
@given(HOSTS, st.lists(FIELDS, max_size=5))
def test_added_block_rule_opens_nothing(host: Host, fields: list[str]) -> None:
    more = host.with_rules(**{"{B}": rule("Block", "".join(fields) or "Name=x|")})
    for profile in host.active:
        before, after = _answer(host, profile), _answer(more, profile)
        if after is not None:
            # Neither does a rule that isn't understood make an open profile out of no answer.
            assert OPENNESS[after.state] <= OPENNESS[before.state if before else "limited"]


@QUICK
@given(HOSTS, TEXTS)
def test_added_rule_that_is_off_changes_nothing(host: Host, text: str) -> None:
    off = text.replace("Active=TRUE", "Active=FALSE")
    assert _answers(host.with_rules(**{"{B}": off})) == _answers(host)


@QUICK
@given(HOSTS, st.lists(FIELDS, max_size=5))
def test_added_allow_rule_closes_nothing(host: Host, fields: list[str]) -> None:
    # One that says two things may block as well.
    kept = [field for field in fields if not field.startswith("Action")]
    before = _answers(host)
    after = _answers(host.with_rules(**{"{A}": rule("Allow", "".join(kept) or "Name=x|")}))
    if before is not None and after is not None:
        for one, other in zip(before, after, strict=True):
            assert OPENNESS[other.state] >= OPENNESS[one.state]


@QUICK
@given(st.text(max_size=300), st.integers(0, 2))
def test_garbage_is_never_open(text: str, code: int) -> None:
    for probe in (probes.FIREWALL, probes.FIREWALL_PROFILES, probes.FIREWALL_ACTIVE_PROFILES):
        host = Host(more={probe.command: (text, code)})
        assert host.finding().status == "unknown"


@QUICK
@given(st.text(max_size=200).filter(lambda text: "\n" not in text and "\r" not in text and text.strip()))
def test_garbage_among_the_rules_opens_nothing(text: str) -> None:
    closed = Host(tcp=rule(active=False), rules={"{X}": text})
    assert closed.finding().status in ("problem", "unknown")


@QUICK
@given(st.text(alphabet=st.sampled_from("v2.3|=ActionLPrt6RAlowBkTUESFD\n 3890"), max_size=120))
def test_rule_parser_reads_or_refuses(text: str) -> None:
    try:
        read = firewall_rules.parse("x", text)
    except UnreadableError:
        return
    assert read.not_judged or text.endswith("|")


@QUICK
@given(HOSTS)
def test_opening_is_planned_or_refused_and_only_for_what_is_blocked(host: Host) -> None:
    found = _answers(host)
    try:
        planned = opening(host.firewall(), TRAFFIC.port, None, ("domain", "private"))
    except RefusedError:
        assert found is not None and all(one.state == "blocked" for one in found)
    except UnreadableError:
        assert found is None
    else:
        assert found is not None
        something = bool(planned.switch_on or planned.add)
        assert something == all(one.state == "blocked" for one in found)


@QUICK
@given(
    st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 999), st.booleans()), max_size=20), st.text(max_size=30)
)
def test_excluded_ranges_are_read_back(rows: list[tuple[int, int, bool]], title: str) -> None:
    ranges = [(first, min(first + length, 65535), star) for first, length, star in rows]
    body = "".join(f"{first:>10}  {last:>10}{'     *' if star else ''}\n" for first, last, star in ranges)
    heading = "".join(letter for letter in title if letter not in "-\r\n")
    read = netsh.read_excluded_ranges(printed(f"\n{heading}\n----------    --------\n{body}\n* - x\n"))
    assert read == tuple(netsh.ExcludedRange(*one) for one in ranges)


READERS: tuple[t.Callable[[t.Any], t.Any], ...] = (netsh.read_excluded_ranges, netsh.read_headings)


@QUICK
@given(st.binary(max_size=200), st.sampled_from((0, 1, None)))
def test_readers_take_any_bytes(data: bytes, code: int | None) -> None:
    for read in READERS:
        try:
            assert isinstance(read(printed(data, exit_code=code)), tuple)
        except UnreadableError:
            continue
