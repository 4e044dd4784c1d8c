# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of hosts whose names and findings hold anything at all."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.fleet import CheckInfo, FleetReport
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.report.results import report_of
from hypothesis import strategies as st

import made_results

#: What formats and terminals take for something else.
SNIPPETS = (
    *("<script>alert(1)</script>", "</script>", "<!--", "]]>", "&amp;", "'\"><img src=x onerror=x>", "{{ 7*7 }}", "{%"),
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1",
        ";=1",
        '; "=1',
        "\n@1",
        "|",
        "a|b",
        "`",
        "``",
        "[x](javascript:x)",
        "**",
    ),
    *(
        "\x00",
        "\x1b[31m",
        "\x07",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u2028",
        "\x85",
        "\ud800",
        "\ufffe",
        "\r\n",
        "\n\n# x",
    ),
    *("host", "web01.example.com", "Ünïcode", "主机", "شبكة", "e\u0301", "\U0001f600", "@everyone", "C:\\", "a" * 300),
)
texts = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=8)), max_size=4).map("".join)
names = texts.filter(lambda text: bool(text.strip()))


def _finding(check: str, status: str, words: list[str], commands: list[str]) -> dict[str, t.Any]:
    one = made_results.finding(check, status, words[0], expected=words[1], found=words[2], fix=words[3])
    return {**one, "commands": commands}


findings = st.builds(
    _finding,
    st.sampled_from(sorted(made_results.HEALTHY)),
    st.sampled_from(("ok", "warning", "problem", "unknown", "skipped")),
    st.lists(texts, min_size=4, max_size=4),
    st.lists(texts, max_size=2),
)


def _result(found: list[dict[str, t.Any]], next_step: str, said: str) -> dict[str, t.Any]:
    cause = next((one for one in found if one["status"] == "problem"), None)
    return {
        "findings": found,
        "root_cause": cause,
        "next_step": next_step,
        "facts": {"windows": {"build": 20348, "installation_type": "Server", "version": said}, said: [said, None, 1.5]},
        "outputs": {said: said},
    }


results = st.one_of(
    st.builds(_result, st.lists(findings, max_size=4, unique_by=lambda finding: finding["check"]), texts, texts),
    st.builds(lambda said: {"unreachable": True, "msg": said}, texts),
    st.builds(lambda said: {"failed": True, "msg": said}, texts),
    st.just({}),
)
repairs = st.lists(
    st.builds(
        lambda said: {
            "check": "service",
            "before": {said: 1},
            "after": {said: said},
            "commands": [said],
            "backup": said,
        },
        texts,
    ),
    max_size=1,
)


def _report(hosts: dict[str, t.Any], repaired: list[t.Any], refusal: str, title: str) -> FleetReport:
    first = next(iter(hosts), "")
    return report_of(
        hosts,
        before=dict.fromkeys(hosts, made_results.result()),
        repairs={first: repaired},
        refusals={first: [refusal]},
        reach=made_results.matrix(),
        time=made_results.TIME,
        title=title,
        source=None,
    )


reports = st.builds(_report, st.dictionaries(names, results, max_size=4), repairs, texts, texts)

#: What must not be in any text that is looked at.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CHECKS = tuple(CheckInfo(check) for check in made_results.HEALTHY)


def fleet_report(count: int = 120) -> FleetReport:
    """The report of a made-up fleet."""
    return report_of(made_results.fleet(count), checks=CHECKS, time=made_results.TIME, title="Remote Desktop")
