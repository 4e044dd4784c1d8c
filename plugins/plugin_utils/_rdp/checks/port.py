# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener uses the expected port.

``PortNumber`` in the listener's key is the TCP port on which clients are awaited. Microsoft advises
against any other than 3389, which is why a different one is a warning. If you expect another port
yourself and the host uses a different one, your clients can't get in, and it is a problem.

``winops.rdp.rdp_port`` takes Remote Desktop to another port. Where Microsoft's advice alone speaks against a port,
people decide whether they want that: the clients have to know the port as well.
"""

from __future__ import annotations

from ..check import Check
from ..model import Expectation, Verdict, ok, problem, skipped, warning
from ..probes import WINSTATIONS, WINSTATIONS_KEY
from ..state.host import Host
from ..state.listener import DEFAULT_PORT

_REPAIR = "winops.rdp.rdp_port"


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge PortNumber in the listener's key."""
    key, port = host.listener.key, host.port
    if key is None:
        return skipped(f"not judged, because there is no listener {expected.listener}.")
    where = f"{WINSTATIONS_KEY}\\{expected.listener}"
    if port is None:
        value = key.get("PortNumber")
        return problem(
            "The listener has no valid port.",
            expected=f"PortNumber = {expected.port} (REG_DWORD) in {where}",
            found="no PortNumber" if value is None else f"PortNumber = {value.data!s} ({value.type})",
            repair=_REPAIR,
        )
    if port == expected.port:
        return ok(f"The listener uses port {port}.")
    should_be, found = f"PortNumber = {expected.port} in {where}", f"PortNumber = {port}"
    if expected.port != DEFAULT_PORT:
        return problem(
            f"The listener uses port {port}, not {expected.port}.", expected=should_be, found=found, repair=_REPAIR
        )
    return warning(
        f"The listener uses port {port}, not {expected.port}.",
        expected=should_be,
        found=found,
        fix=f"Run {_REPAIR} to go back to port {expected.port}, or have the clients use port {port}.",
    )


PORT = Check(
    id="port",
    title="The listener uses the expected port.",
    judge=judge,
    section="check-the-rdp-listener-port",
    needs=(WINSTATIONS,),
)
