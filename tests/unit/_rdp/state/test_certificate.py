# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate is in use, by the registry alone."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import certificate
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

from unit._rdp.certificates import NAMED, OWN, Stored, bound, by_template
from unit._rdp.hosts import host_of


def _host(**outputs: t.Any) -> Host:
    return host_of((), also=certificate.NEEDS, **outputs)


def test_own_one() -> None:
    host = _host()
    assert (host.certificate.kind, host.certificate.thumbprint) == ("self_signed", OWN)
    assert certificate.described(host.certificate) == {
        "kind": "self_signed",
        "thumbprint": OWN,
        "present": True,
        "subject": "CN=host1",
        "issuer": "CN=host1",
        "not_before": "2026-11-09T00:00:00Z",
        "not_after": "2027-05-11T00:00:00Z",
        "container": "TSSecKeySet1",
    }
    assert host.renewed_certificate is None


def test_bound_one_goes_before_that_of_a_template_and_that_before_the_own_one() -> None:
    one, other = Stored(), Stored()
    listed = one.listed() + other.listed()
    both = _host(winstations=lambda text: bound(one.thumbprint)(by_template(other.thumbprint)(text)), personal=listed)
    assert (both.certificate.kind, both.certificate.thumbprint) == ("bound", one.thumbprint)
    template = _host(winstations=by_template(other.thumbprint), personal=listed)
    assert (template.certificate.kind, template.certificate.thumbprint) == ("template", other.thumbprint)


@pytest.mark.parametrize("value", ["", "00", "AB" * 19])
def test_what_has_not_the_size_of_a_thumbprint_names_none(value: str) -> None:
    host = _host(winstations=lambda text: text.replace(NAMED, NAMED.replace(OWN, value)))
    assert (host.certificate.thumbprint, host.certificate.certificate) == ("", None)
    assert certificate.described(host.certificate)["thumbprint"] is None


def test_store_that_was_not_printed_to_its_end_has_no_missing_certificate() -> None:
    cut = Stored().listed("Remote Desktop") + "ERROR: Access is denied.\n"
    with pytest.raises(UnreadableError):
        _ = _host(self_signed=cut).certificate
