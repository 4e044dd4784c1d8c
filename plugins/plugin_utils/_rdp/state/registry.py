# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of the registry that prove what is there and what isn't."""

from __future__ import annotations

from ..errors import UnreadableError
from ..probes import FIREWALL_POLICY_KEY, POLICIES_PARENT_KEY, POLICY_KEY, SETUP_KEY, TERMINAL_SERVER_KEY
from ..tools import reg

# Keys that hold values on every Windows.
_WITH_VALUES = frozenset({TERMINAL_SERVER_KEY, SETUP_KEY})


def listed(query: reg.Query, key: str) -> reg.Key:
    """Return a key that every host has, with all of its values.

    Raises:
        UnreadableError: The key is not in the listing, or only a part of it.
    """
    found = query.key(key)
    # A key without values is not printed, but the keys below it are. Nothing at all proves nothing, not even with
    # exit code 0.
    silent = found is not None and not found.values and found.subkeys and key not in _WITH_VALUES
    if found is None or not (found.whole or silent):
        raise UnreadableError(f"{key} could not be read completely.", " ".join(query.not_understood))
    return found


def policy_key(policies: reg.Query, parent: reg.Query) -> reg.Key | None:
    """Return the key with the policies for Remote Desktop, or None if there certainly are none.

    Args:
        policies: What POLICIES read.
        parent: The listing of ``Policies\\Microsoft``, which proves that the key above is missing.

    Raises:
        UnreadableError: Neither of them could be read completely.
    """
    found = policies.key(POLICY_KEY)
    if found is not None and found.whole:
        return found
    if found is None and policies.keys and not policies.not_understood:
        return None
    if not policies.keys and not has_subkey(listed(parent, POLICIES_PARENT_KEY), "Windows NT"):
        return None
    raise UnreadableError(f"{POLICY_KEY} could not be read.", " ".join(policies.not_understood))


def firewall_policies(policies: reg.Query, parent: reg.Query) -> tuple[reg.Key, ...]:
    """Return the keys with the policies for the firewall, none if there certainly are none.

    Args:
        policies: What FIREWALL_POLICY read.
        parent: What POLICIES_PARENT read, which proves that the key is missing.

    Raises:
        UnreadableError: They could not be read completely.
    """
    if policies.keys and not policies.not_understood:
        return policies.keys
    if not policies.keys and not has_subkey(listed(parent, POLICIES_PARENT_KEY), "WindowsFirewall"):
        return ()
    raise UnreadableError(f"{FIREWALL_POLICY_KEY} could not be read.", " ".join(policies.not_understood))


def has_subkey(parent: reg.Key, child: str) -> bool:
    """Whether a key has a subkey of this name, in whatever case."""
    return any(subkey.rpartition("\\")[2].casefold() == child.casefold() for subkey in parent.subkeys)
