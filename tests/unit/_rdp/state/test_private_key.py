# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the key of a certificate."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import KEY_FILES_COUNT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import certificate
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import CONTAINERS, key_file

from unit._rdp import certificates
from unit._rdp.certificates import DENIED, READABLE, Stored, bound
from unit._rdp.hosts import Output, host_of

FILE = key_file(CONTAINERS[0])


@pytest.mark.parametrize(
    ("printed", "count", "fault", "unseen", "hidden"),
    [
        (certificates.key_file(READABLE), None, "", "", False),
        (certificates.key_file(DENIED), None, "may not read", "", False),
        (certificates.key_file("D:P(A;;FR;;;AU)"), None, "", "", False),
        (certificates.key_file(), None, "", "an administrator may not see", False),
        (certificates.key_file(attributes="d----"), None, "is no file", "", False),
        (certificates.key_file(attributes=""), "5\n", "there is no file", "", False),
        (certificates.key_file(attributes=""), "0\n", "", "can be seen", True),
    ],
)
def test_file_of_the_key(printed: str, count: Output, fault: str, unseen: str, hidden: bool) -> None:
    host = host_of((), None, {FILE: printed, KEY_FILES_COUNT: count}, (*certificate.NEEDS, FILE, KEY_FILES_COUNT))
    key = host.private_key(host.certificate)
    assert fault in key.fault and unseen in key.unseen and key.hidden == hidden
    assert (bool(key.fault), bool(key.unseen)) == (bool(fault), bool(unseen))


def test_file_is_probed_once_the_certificate_has_named_it() -> None:
    host = host_of((), also=certificate.NEEDS)
    assert host.private_key_probes() == (FILE,)
    gone = host_of((), None, {FILE: certificates.key_file(attributes="")}, (*certificate.NEEDS, FILE))
    assert gone.private_key_probes() == (FILE, KEY_FILES_COUNT)
    with pytest.raises(UnreadableError):
        host_of((), also=certificate.NEEDS).private_key(host.certificate)


@pytest.mark.parametrize("key", [(0, 0x20, 1), (1, 0, 1), None])
def test_key_that_is_elsewhere_has_no_file(key: tuple[int, int, int] | None) -> None:
    one = Stored(key=key)
    host = host_of((), also=certificate.NEEDS, winstations=bound(one.thumbprint), personal=one.listed())
    assert host.private_key_probes() == ()
    known = host.private_key(host.certificate)
    assert known.fault or known.unseen
