# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No other program uses the RDP port.

If another program holds the port when ``TermService`` starts, there is no listener. The owner of the
port is compared with the process of ``TermService`` by its number: the service lives inside
``svchost.exe``, so a name would say nothing. Windows can also keep a port from every program, as
Hyper-V, containers and WSL make it do: then nobody listens, and ``TermService`` can't.

Which program should move is for people to decide: it is named, never stopped. ``winops.rdp.rdp_port``
stops a service on the port if you name it, or takes Remote Desktop to another port.
"""

from __future__ import annotations

from ..check import Check
from ..model import Expectation, Verdict, ok, problem, skipped, warning
from ..probes import PROCESSES, SOCKETS, TERM_SERVICE_STATE, WINSTATIONS
from ..state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6, require_readable, reserving
from ..state.host import Host
from ..state.port_owner import in_words, strangers, term_service_listens


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge who listens on the port that the listener's key names, on TCP and UDP, IPv4 and IPv6."""
    port, excluded = host.port, host.excluded_ports
    if port is None:
        return skipped("not judged, because the listener has no valid PortNumber.")
    found, term = host.named_owners(port), host.term_service.state
    should_be = "nobody but TermService" + (f" (process {term.pid})" if term and term.pid else "")
    if others := strangers(found):
        return problem(
            f"Another program listens on TCP port {port}.",
            expected=should_be,
            found=in_words(others),
            fix="Move that program to another port (recommended) or remove it, then restart TermService.",
        )
    listens = term_service_listens(found)
    if not listens and (reserved := reserving(port, *excluded)):
        return problem(
            f"Windows keeps TCP port {port} from every program, so TermService can't listen there.",
            expected=f"TCP port {port} in no excluded port range",
            found=f"excluded: {', '.join(reserved)}",
            fix="Find out what reserved it, and have it reserve others: Hyper-V, containers and WSL reserve ranges "
            "through the service winnat. Or use another port.",
        )
    if not listens:
        require_readable(*excluded)
    beside = tuple(owner for owner in found if not owner.term_service)
    if any(owner.tcp for owner in beside):
        return warning(
            f"Another program listens on TCP port {port} for connections from this computer itself.",
            expected=should_be,
            found=in_words(beside),
            fix="Nobody else is kept out. Move that program to another port.",
        )
    # Unseen: TermService listens on TCP while another program holds the UDP port.
    if beside:
        return warning(
            f"Another program uses UDP port {port}: Remote Desktop works over TCP alone, and slower on bad lines.",
            expected=should_be,
            found=in_words(beside),
            fix="Move that program to another port, then restart TermService.",
        )
    return ok(f"No other program uses port {port}.")


PORT_CONFLICT = Check(
    id="port_conflict",
    title="No other program uses the RDP port.",
    judge=judge,
    section="check-that-another-application-isnt-trying-to-use-the-same-port",
    needs=(WINSTATIONS, SOCKETS, TERM_SERVICE_STATE, PROCESSES, EXCLUDED_IPV4, EXCLUDED_IPV6),
)
