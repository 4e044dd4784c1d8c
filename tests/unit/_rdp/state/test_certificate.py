# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate a listener uses: bound to it, from a policy's template, or signed by SessionEnv."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.certstore import KeyProvider
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import (
    PERSONAL,
    SELF_SIGNED,
    STORES,
    STORES_KEY,
    WINSTATIONS,
    WINSTATIONS_KEY,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import certificate
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.certificate import InUse

from unit._rdp.state.certificates import END, PROVIDER, START, der, sha1, store
from unit._rdp.state.outputs import DENIED, NOT_FOUND, Output, long, readings

OWN, OTHER = der("web03.corp.example"), der("rdp.corp.example")
MINE, THEIRS = sha1(OWN), sha1(OTHER)
MADE = store("Remote Desktop", OWN)
ALL_STORES = "\n".join(["", *(rf"{long(STORES_KEY)}\{name}" for name in ("MY", "Remote Desktop", "ROOT")), ""])
KEY = KeyProvider("TSSecKeySet1", PROVIDER, 1, 0x20, 1)


def _winstations(*parent: str, listener: tuple[str, ...] = ()) -> str:
    top = long(WINSTATIONS_KEY)
    rows = ["", top, "    SelfSignedCertStore    REG_SZ    Remote Desktop", *(f"    {row}" for row in parent), ""]
    rows += [rf"{top}\RDP-Tcp", "    PortNumber    REG_DWORD    0xd3d", *(f"    {row}" for row in listener), ""]
    return "\n".join([*rows, "end", ""])


def _used(winstations: str, *, own: Output = MADE, stores: Output = ALL_STORES) -> InUse:
    outputs = {WINSTATIONS: winstations, SELF_SIGNED: own, STORES: stores, PERSONAL: store("MY", OTHER)}
    seen = readings(outputs)
    return certificate.in_use("RDP-Tcp", *(seen.of(probe) for probe in certificate.NEEDS))


SIGNED = f"SelfSignedCertificate    REG_BINARY    {MINE}"
TEMPLATE = f"TemplateCertificate    REG_BINARY    {THEIRS}"
BOUND = f"SSLCertificateSHA1Hash    REG_BINARY    {THEIRS}"


@pytest.mark.parametrize(
    ("winstations", "kind", "thumbprint"),
    [
        (_winstations(SIGNED), "self_signed", MINE),
        (_winstations(SIGNED, TEMPLATE), "template", THEIRS),
        (_winstations(SIGNED, TEMPLATE, listener=(BOUND,)), "bound", THEIRS),
        (_winstations(SIGNED, listener=(BOUND,)), "bound", THEIRS),
        # What has not the size of a SHA-1 names no certificate.
        (_winstations(SIGNED, listener=("SSLCertificateSHA1Hash    REG_BINARY    00",)), "self_signed", MINE),
        (_winstations(SIGNED, listener=(f"SSLCertificateSHA1Hash    REG_SZ    {THEIRS}",)), "self_signed", MINE),
    ],
    # The thumbprints are of certificates that each process makes anew.
    ids=["signed", "template", "bound", "bound, no template", "too short", "a text"],
)
def test_bound_comes_before_the_template_and_that_before_the_self_signed(
    winstations: str, kind: str, thumbprint: str
) -> None:
    used = _used(winstations)
    assert (used.kind, used.thumbprint, used.key, used.has_key) == (kind, thumbprint, KEY, True)
    assert used.certificate is not None and used.certificate.thumbprint == thumbprint


def test_host_that_has_not_made_one_yet() -> None:
    used = _used(_winstations())
    assert used == InUse("self_signed", "", None)
    assert certificate.described(used) == {
        "kind": "self_signed",
        "thumbprint": None,
        "present": False,
        **dict.fromkeys(("subject", "issuer", "not_before", "not_after", "container")),
    }


def test_certificate_as_plain_values() -> None:
    assert certificate.described(_used(_winstations(SIGNED))) == {
        "kind": "self_signed",
        "thumbprint": MINE,
        "present": True,
        "subject": "CN=web03.corp.example",
        "issuer": "CN=web03.corp.example",
        "not_before": f"{START:%Y-%m-%dT%H:%M:%S}Z",
        "not_after": f"{END:%Y-%m-%dT%H:%M:%S}Z",
        "container": "TSSecKeySet1",
    }


def test_store_that_does_not_speak_of_a_key() -> None:
    used = _used(_winstations(SIGNED), own=store("Remote Desktop", OWN, container=None))
    assert used.certificate is not None and used.key is None and not used.has_key


@pytest.mark.parametrize(
    ("own", "stores"),
    [
        (store("Remote Desktop"), ALL_STORES),
        (store("Remote Desktop", OTHER), ALL_STORES),
        # There is no such store, so there is no error in its not being listed.
        ((f"{NOT_FOUND}\n", 1), ALL_STORES.replace(rf"{long(STORES_KEY)}\Remote Desktop" + "\n", "")),
    ],
)
def test_certificate_that_is_not_in_its_store(own: Output, stores: Output) -> None:
    used = _used(_winstations(SIGNED), own=own, stores=stores)
    assert (used.kind, used.thumbprint, used.certificate) == ("self_signed", MINE, None)


@pytest.mark.parametrize(
    ("own", "stores"),
    [
        # A part of the store is not listed, so the certificate may be there.
        (store("Remote Desktop", OTHER) + f"{DENIED}\n", ALL_STORES),
        (store("Remote Desktop", OTHER, below=MINE), ALL_STORES),
        (store("Remote Desktop", OWN).replace("Blob    REG_BINARY    ", "Blob    REG_BINARY    FF"), ALL_STORES),
        (store("Remote Desktop"), (f"{DENIED}\n", 1)),
    ],
)
def test_certificate_that_can_not_be_read_is_not_missing(own: Output, stores: Output) -> None:
    with pytest.raises(UnreadableError):
        _used(_winstations(SIGNED), own=own, stores=stores)


def test_parent_that_can_not_be_read_names_no_certificate() -> None:
    with pytest.raises(UnreadableError):
        _used(_winstations(SIGNED).replace("    SelfSigned", "    ?\n    SelfSigned", 1))


NAMED, STORED = certificate.AGAIN


@pytest.mark.parametrize(
    ("named", "stored", "found"),
    [
        (f"\n{long(WINSTATIONS_KEY)}\n    SelfSignedCertificate    REG_BINARY    {MINE}\n\n", OWN, True),
        # Named and not there yet, and there and not named.
        (f"\n{long(WINSTATIONS_KEY)}\n    SelfSignedCertificate    REG_BINARY    {MINE}\n\n", OTHER, False),
        ((f"{NOT_FOUND}\n", 1), OWN, False),
    ],
)
def test_certificate_that_was_made_at_the_handshake(named: Output, stored: bytes, found: bool) -> None:
    seen = readings({NAMED: named, STORED: store("Remote Desktop", stored), STORES: ALL_STORES})
    used = certificate.renewed(seen)
    assert (used is not None) is found
    if used is not None:
        assert used.thumbprint == MINE and used.certificate is not None and used.key == KEY


def test_nobody_looked_again() -> None:
    assert certificate.renewed(readings({})) is None
    assert certificate.renewed(readings({STORES: ALL_STORES, STORED: store("Remote Desktop", OWN)})) is None


def test_damaged_store_shows_no_new_certificate() -> None:
    named = f"\n{long(WINSTATIONS_KEY)}\n    SelfSignedCertificate    REG_BINARY    {MINE}\n\n"
    damaged = store("Remote Desktop", OTHER, below=MINE)
    assert certificate.renewed(readings({NAMED: named, STORED: damaged, STORES: ALL_STORES})) is None
