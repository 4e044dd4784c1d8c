# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network Level Authentication: who is nobody to this host gets no further than the handshake.

A host that doesn't require it shows its logon screen to everybody who reaches the port.
"""

from __future__ import annotations

from ..errors import RefusedError
from ..probes import POLICY_KEY, WINSTATIONS_KEY
from ..tools import reg
from .listener import Listener

_REQUIRED = "UserAuthentication"
_LAYER = "SecurityLayer"


def not_required(policy: reg.Key | None, listener: Listener) -> str:
    """Say where it is not required, or nothing.

    A listener without a key lets nobody in, and whoever restores the key requires it.

    Args:
        policy: The key with the policies for Remote Desktop, None if there are none.
        listener: The listener.

    Raises:
        UnreadableError: The listener's key could not be read.
    """
    key = listener.key
    for name, good in ((_REQUIRED, (1,)), (_LAYER, (1, 2, None))):
        # A policy wins: https://learn.microsoft.com/windows/client-management/mdm/policy-csp-admx-terminalserver
        value = policy.get(name) if policy else None
        where = f"by policy ({POLICY_KEY})"
        if value is None:
            if key is None:
                continue
            value, where = key.get(name), rf"in {WINSTATIONS_KEY}\{listener.name}"
        # Without TLS there is no CredSSP (MS-RDPBCGR 5.4.5): SecurityLayer 0 is RDP's own security.
        if (value.data if value else None) not in good:
            return f"{name} = {value.data!s} {where}" if value else f"no {name} {where}"
    return ""


def refuse_without(where: str, option: str) -> None:
    """Refuse to turn Remote Desktop on where it is not required.

    Args:
        where: Where it is not required, as ``not_required`` says.
        option: The option by which a user asks for it all the same.

    Raises:
        RefusedError: It is not required.
    """
    if where:
        raise RefusedError(
            "Nothing was changed: Network Level Authentication is not required on this host, so everybody who reaches "
            f"the port would get its logon screen ({where}). {HOW_TO_REQUIRE}, or set {option}: false."
        )


HOW_TO_REQUIRE = (
    'Require it first (the policy "Require user authentication for remote connections by using Network Level '
    "Authentication\", or UserAuthentication = 1 and SecurityLayer = 2 in the listener's key)"
)
