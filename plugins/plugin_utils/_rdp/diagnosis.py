# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges a host in the article's order, and names the cause."""

from __future__ import annotations

import typing as t

from .check import Check
from .errors import UnreadableError
from .model import Expectation, Finding, Probe, Verdict, skipped, unknown
from .readings import place_of
from .state.host import Host

# The statuses of a required check with which the checks that require it are judged.
_PASSING = ("ok", "warning")

SETTLED = "not judged, because of what this host is meant to be: see the check protocol."
NOTHING_TO_DO = "Nothing to do on the host. If a client still can't connect, test the way from there to the host."


def probes(checks: t.Iterable[Check]) -> tuple[Probe[t.Any], ...]:
    """Return what checks, and those that they require, need to look at: each probe once, in order."""
    return tuple(dict.fromkeys(probe for check in _with_required(checks) for probe in check.needs))


def follow_ups(checks: t.Iterable[Check], host: Host, expected: Expectation) -> tuple[Probe[t.Any], ...]:
    """Return the further probes that what is known so far implies. None once all of them were answered."""
    asked = [probe for check in _with_required(checks) for probe in _followed(check, host, expected)]
    return tuple(probe for probe in dict.fromkeys(asked) if not host.readings.has(probe))


def diagnose(checks: t.Sequence[Check], host: Host, expected: Expectation) -> tuple[Finding, ...]:
    """Run the checks and return one finding each.

    Args:
        checks: The checks to report, in the order of the report.
        host: What is known of the host.
        expected: What the user expects of it.

    Returns:
        One finding for each check, in the same order. A check that can't judge is unknown, one whose
        required check fails is skipped.
    """
    verdicts: dict[str, Verdict] = {}
    for check in _with_required(checks):
        settled = any(verdict.settles for verdict in verdicts.values())
        verdicts[check.id] = skipped(SETTLED) if settled else _blocked(check, verdicts) or _judge(check, host, expected)
    return tuple(_finding(check, verdicts[check.id], _followed(check, host, expected)) for check in checks)


def root_cause(findings: t.Sequence[Finding], checks: t.Sequence[Check]) -> Finding | None:
    """Return the problem that explains the others: the first of the article, or what explains it."""
    problems = {finding.check: finding for finding in findings if finding.status == "problem"}
    for check in checks:
        if check.id in problems:
            explaining = [other.id for other in check.explained_by if other.id in problems]
            return problems[explaining[0] if explaining else check.id]
    return None


def next_step(findings: t.Sequence[Finding], cause: Finding | None) -> str:
    """Say what to do now, in a sentence or two."""
    if cause is not None:
        return cause.fix
    for status in ("unknown", "warning"):
        for finding in findings:
            if finding.status == status:
                return finding.fix or finding.summary
    return NOTHING_TO_DO


def healthy(findings: t.Sequence[Finding], checks: t.Sequence[Check]) -> bool:
    """Whether every check could be judged and none keeps people out."""
    optional = {check.id for check in checks if check.optional}
    return all(
        finding.status in _PASSING
        or (finding.status == "skipped" and (finding.check in optional or finding.summary == SETTLED))
        for finding in findings
    )


def failing(findings: t.Sequence[Finding], fail_on: str) -> list[str]:
    """Return the summaries of the findings for which a user wants the task to fail.

    Args:
        findings: What was found.
        fail_on: ``never``, or the mildest status that fails: ``problem``, ``unknown`` (which problem
            includes) or ``warning`` (which includes both).
    """
    order = ("problem", "unknown", "warning")
    if fail_on not in order:
        return []
    statuses = order[: order.index(fail_on) + 1]
    return [f"{finding.check}: {finding.summary}" for finding in findings if finding.status in statuses]


def _with_required(checks: t.Iterable[Check]) -> list[Check]:
    ordered: dict[str, Check] = {}

    def add(check: Check) -> None:
        for required in check.requires:
            add(required)
        ordered.setdefault(check.id, check)

    for check in checks:
        add(check)
    return list(ordered.values())


def _followed(check: Check, host: Host, expected: Expectation) -> tuple[Probe[t.Any], ...]:
    if check.follow_up is None:
        return ()
    try:
        return check.follow_up(expected, host)
    except Exception:
        # The judge meets the same, and says so.
        return ()


def _blocked(check: Check, verdicts: t.Mapping[str, Verdict]) -> Verdict | None:
    failed = [required.id for required in check.requires if verdicts[required.id].status not in _PASSING]
    if not failed:
        return None
    return skipped(f"not judged, because {' and '.join(failed)} {'is' if len(failed) == 1 else 'are'} not ok.")


def _judge(check: Check, host: Host, expected: Expectation) -> Verdict:
    try:
        return check.judge(expected, host)
    except UnreadableError as exc:
        return unknown(
            f"Could not judge: {exc.reason}",
            found=exc.line,
            fix="Run the commands below on the host and look at what they print.",
        )
    except Exception as exc:  # A mistake in one check must not take the others' findings along.
        place = place_of(exc)
        return unknown(
            "Could not judge: this is a mistake in winops.rdp, please report it.",
            found=f"{type(exc).__name__}: {exc} (line {place.lineno} of {place.name})",
        )


def _finding(check: Check, verdict: Verdict, followed: tuple[Probe[t.Any], ...]) -> Finding:
    return Finding(
        check=check.id,
        status=verdict.status,
        summary=verdict.summary,
        expected=verdict.expected,
        found=verdict.found,
        fix=verdict.fix,
        repair=verdict.repair,
        section=check.url,
        commands=tuple(probe.command.line for probe in (*check.needs, *followed)),
    )
