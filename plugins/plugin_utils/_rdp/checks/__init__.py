# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgements of the article, in its order. A new one is a file here and one line below."""

from __future__ import annotations

from ..check import Check
from .cert import CERT
from .firewall import FIREWALL
from .listener import LISTENER
from .machine_keys import MACHINE_KEYS_RIGHTS
from .policy import POLICY
from .port import PORT
from .port_conflict import PORT_CONFLICT
from .protocol import PROTOCOL
from .reach import REACH
from .service import SERVICE

CHECKS: tuple[Check, ...] = (
    PROTOCOL,
    POLICY,
    SERVICE,
    LISTENER,
    CERT,
    MACHINE_KEYS_RIGHTS,
    PORT,
    PORT_CONFLICT,
    FIREWALL,
    REACH,
)
