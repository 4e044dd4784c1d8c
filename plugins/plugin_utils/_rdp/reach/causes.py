# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explains why people don't get in, from who gets in and what the host says about itself.

Each rule knows one cause. The rules are tried in order and the first that applies wins: what the target itself said
comes before what can only be concluded from silence.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..phrases import names
from .model import CERTIFICATE, CONFLICT, LISTENER, PORT, PROVEN, Case, Explanation

_NETWORK = frozenset({"timeout", "unreachable", "prohibited", "no_connection"})
_ASK_NETWORK = (
    "Ask the network administrators whether Remote Desktop traffic to this host is allowed, and check the firewalls in "
    "between."
)
_EXAMINE_HOST = "Run winops.rdp.rdp_info on the host."
# Places about which the host itself knows more.
_ON_THE_HOST = frozenset({"host", "certificate", "other_program", "host_firewall"})

Rule = t.Callable[[Case], Explanation | None]


def explain(case: Case) -> Explanation:
    """Return why a target is blocked."""
    if not case.telling:
        return Explanation("unknown", f"No computer could test {case.name}.", "Test it again, from another computer.")
    if not case.shut:
        return _nothing_in_the_way(case)
    rules = _ALL if case.blocked == "all" else _SOME
    found = next(explanation for rule in rules if (explanation := rule(case)))
    if case.blocked == "all" and case.facts.next_step and found.where in _ON_THE_HOST:
        return dataclasses.replace(found, next_step=case.facts.next_step)
    return found


def _nothing_in_the_way(case: Case) -> Explanation:
    if not case.proven:
        return Explanation(
            "nowhere",
            f"{case.name} takes connections from {_everywhere(case)}. They can't tell whether Remote Desktop answers.",
            "Test from a computer with Python too, such as the controller: that one tries Remote Desktop's handshake.",
        )
    answered = [view.vantage for view in case.open if view.outcome == PROVEN]
    if len(answered) == len(case.open):
        reason = f"Remote Desktop answers on {case.name} from {_everywhere(case)}."
    else:
        shown = f"Remote Desktop answers {names(answered)}" if answered else "the host says that it listens there"
        reason = f"{case.name} takes connections from {_everywhere(case)}, and {shown}."
    return Explanation(
        "nowhere",
        reason,
        "Nothing. Anyone who still can't get in has another problem, such as the account or the client.",
    )


# --- blocked from all computers -----------------------------------------------------------------------------------


def _unknown_name(case: Case) -> Explanation | None:
    if _outcomes(case) != {"name"}:
        return None
    return Explanation(
        "name",
        f"{_blocks(case)}: the name can't be resolved anywhere.",
        "Correct the name, or its record in DNS.",
    )


def _no_certificate(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "no_certificate")):
        return None
    return Explanation(
        "certificate",
        f"{_blocks(case)}: from {seen}, Remote Desktop answers without a usable certificate.",
        "Check the certificate of the listener and the permissions of its key: winops.rdp.rdp_info.",
        CERTIFICATE,
    )


def _tls_failed(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "tls_failed")):
        return None
    return Explanation(
        "host",
        f"{_blocks(case)}: from {seen}, Remote Desktop answers and breaks TLS off. Either there is no version or "
        "cipher of TLS in common, or it can't read the private key of its certificate.",
        f"Schannel's events in the host's System log tell which it is. {_EXAMINE_HOST}",
        CERTIFICATE,
    )


def _listens_elsewhere(case: Case) -> Explanation | None:
    if case.facts.port is None or case.facts.port == case.port:
        return None
    return Explanation(
        "port",
        f"{_blocks(case)}: Remote Desktop is configured for port {case.facts.port} there, not {case.port}.",
        f"Use port {case.facts.port}, or set the port of the listener.",
        PORT,
    )


def _another_program(case: Case) -> Explanation | None:
    if seen := _seen(case, "not_rdp"):
        said = f"from {seen}, another program answers"
    elif case.facts.listening is False and (seen := _seen(case, "open", "no_answer", "reset")):
        said = f"from {seen}, the port takes connections while Remote Desktop does not listen"
    else:
        return None
    return Explanation(
        "other_program",
        f"{_blocks(case)}: {said}.",
        f"Find the program that uses port {case.port}. {_EXAMINE_HOST}",
        CONFLICT,
    )


def _broken_service(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "no_answer", "reset")):
        return None
    return Explanation(
        "host",
        f"{_blocks(case)}: from {seen}, the connection is accepted, and Remote Desktop does not answer.",
        f"The service hangs or breaks off, or another program has the port. {_EXAMINE_HOST}",
        LISTENER,
    )


def _not_listening(case: Case) -> Explanation | None:
    if case.facts.listening is not False:
        return None
    return Explanation(
        "host",
        f"{_blocks(case)}: Remote Desktop does not listen on the host itself.",
        f"Make it listen first; firewalls come after that. {_EXAMINE_HOST}",
        LISTENER,
    )


def _own_firewall(case: Case) -> Explanation | None:
    if case.facts.firewall_allows is not False:
        return None
    return Explanation(
        "host_firewall",
        f"{_blocks(case)}: the host's own firewall does not let Remote Desktop through.",
        "winops.rdp.rdp_firewall",
    )


def _all_on_the_way(case: Case) -> Explanation | None:
    if not (case.facts.listening and case.facts.firewall_allows):
        return None
    return Explanation(
        "path",
        f"{_blocks(case)}: it listens and its own firewall lets it through, so the network blocks it"
        f"{_by_device(case)}, or another filtering product on the host.",
        _ASK_NETWORK,
    )


def _refused(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "refused")):
        return None
    if case.facts.listening:
        return Explanation(
            "host_or_path",
            f"{_blocks(case)}: it listens, and from {seen} the connection is refused, so a firewall refuses it.",
            f"Check the firewall of the host, then those before it. {_EXAMINE_HOST}",
        )
    return Explanation(
        "host",
        f"{_blocks(case)}: from {seen}, the connection is refused. Nothing listens on port {case.port}, or something "
        "on the way rejects it.",
        f"Check the listener and its port. {_EXAMINE_HOST}",
        LISTENER,
    )


def _forbidden(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "prohibited")):
        return None
    return Explanation("path", f"{_blocks(case)}: from {seen}, it is forbidden{_by_device(case)}.", _ASK_NETWORK)


def _no_route(case: Case) -> Explanation | None:
    if not _outcomes(case) <= {"unreachable", "name"}:
        return None
    return Explanation(
        "path",
        f"{_blocks(case)}: there is no route to it{_by_device(case)}. It is down, or the network has no route.",
        "Check that the host is up and has this address, then the routes.",
    )


def _no_connection(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "no_connection")):
        return None
    return Explanation(
        "host_or_path",
        f"{_blocks(case)}: from {seen}, there is no connection, and Windows does not say why.",
        f"{_EXAMINE_HOST} Test from a computer with Python as well: that one tells refused from dropped.",
    )


def _silence(case: Case) -> Explanation:
    drops = "the host's own firewall or one before it drops the packets, or the host is down."
    if case.facts.listening:
        said = f"It listens, and nothing comes back: {drops}"
    else:
        # Stealth mode: https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-stealth-mode
        said = f"Nothing comes back: nothing listens there, which the Windows Firewall hides, or {drops}"
    return Explanation(
        "host_or_path",
        f"{_blocks(case)}: {said}",
        f"{_EXAMINE_HOST} If it listens and its firewall allows it, ask the administrators of the network.",
    )


def _limited_rule(case: Case) -> Explanation | None:
    if not case.facts.firewall_scoped or not _outcomes(case) & _NETWORK:
        return None
    return Explanation(
        "host_firewall",
        f"{_blocks(case)}: the host's own firewall lets Remote Desktop through for certain addresses only.",
        f"Check whether the rule should include {_shut(case)}.",
    )


# --- blocked from some computers or one ----------------------------------------------------------------------------


def _name_unknown_to_some(case: Case) -> Explanation | None:
    if _outcomes(case) != {"name"}:
        return None
    return Explanation(
        "name",
        f"{_blocks(case)}: the name can't be resolved there.",
        f"Correct the name resolution of {_shut(case)}.",
    )


def _different_machines(case: Case) -> Explanation | None:
    inside = {view.address for view in case.open if view.address}
    outside = {view.address for view in case.shut if view.address}
    if not inside or not outside or inside & outside:
        return None
    return Explanation(
        "name",
        f"{_blocks(case)}: the name leads to {names(sorted(outside))} there, and to {names(sorted(inside))} where "
        "people get in.",
        "Find out which address is right, and correct the name resolution of the others.",
    )


def _something_in_between(case: Case) -> Explanation | None:
    if not (seen := _seen(case, "not_rdp", "no_certificate", "tls_failed", "no_answer", "reset")):
        return None
    return Explanation(
        "path",
        f"{_blocks(case)}: from {seen}, something else answers or breaks off, while others get in.",
        "Look for a proxy, an address translation or an intrusion prevention in between. If it comes and goes, "
        "check the host's service.",
    )


def _some_on_the_way(case: Case) -> Explanation:
    scope = "" if case.facts.firewall_scoped is False else " Also check that the host's own rule includes them."
    others = "others get in: it works, and" if case.proven else "others can connect:"
    return Explanation(
        "path",
        f"{_blocks(case)}, and {others} the way from there is blocked{_by_device(case)}.",
        f"{_ASK_NETWORK}{scope}",
    )


_ALL: tuple[Rule, ...] = (
    _unknown_name,
    _no_certificate,
    _tls_failed,
    _listens_elsewhere,
    _another_program,
    _broken_service,
    _not_listening,
    _own_firewall,
    _limited_rule,
    _all_on_the_way,
    _refused,
    _forbidden,
    _no_route,
    _no_connection,
    _silence,
)
_SOME: tuple[Rule, ...] = (
    _name_unknown_to_some,
    _different_machines,
    _something_in_between,
    _limited_rule,
    _some_on_the_way,
)


def _blocks(case: Case) -> str:
    """Return the beginning of a reason: the answer to the article's question."""
    if case.blocked == "all":
        return f"{case.name} blocks {_everywhere(case)}"
    return f"{case.name} blocks {'one computer' if case.blocked == 'one' else 'some computers'} ({_shut(case)})"


def _everywhere(case: Case) -> str:
    count = len(case.telling)
    return "the one computer that tried" if count == 1 else f"all {count} computers that tried"


def _shut(case: Case) -> str:
    return names([view.vantage for view in case.shut])


def _outcomes(case: Case) -> set[str]:
    return {view.outcome for view in case.shut}


def _seen(case: Case, *outcomes: str) -> str:
    """Return the names of the computers with one of these outcomes, empty without any."""
    vantages = [view.vantage for view in case.shut if view.outcome in outcomes]
    return names(vantages) if vantages else ""


def _by_device(case: Case) -> str:
    """Return the names of the devices that refused, empty if none said so."""
    devices = sorted({view.reported_by for view in case.shut if view.reported_by})
    return f" (reported by {names(devices)})" if devices else ""
