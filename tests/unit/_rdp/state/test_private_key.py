# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The private key of the certificate in use: whether it is there, and whether TermService may read it."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.certstore import KeyProvider
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.x509 import read as read_certificate
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import KEY_FILES_COUNT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import private_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.certificate import InUse
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import file_prefix, key_file

from unit._rdp.state.certificates import PROVIDER, der, sha1
from unit._rdp.state.outputs import Output, readings

DER = der("web03.corp.example")
KEY = KeyProvider("TSSecKeySet1", PROVIDER, 1, 0x20, 1)
USED = InUse("self_signed", sha1(DER), read_certificate(DER), KEY)
BOUND = dataclasses.replace(USED, kind="bound")
FILE = key_file("TSSecKeySet1")
GUID = "9c2f6a3e-5b7d-4c1e-8a90-1234567890ab"
NAME = f"{file_prefix('TSSecKeySet1')}_{GUID}"
SYSTEM, SERVICE, TERM_SERVICE = "(A;;FA;;;SY)", "(A;;FR;;;NS)", "(A;;FR;;;BU)"


def _file(*aces: str, attributes: str = "--a------") -> str:
    return f"{GUID} {attributes}\n{NAME}\nD:PAI{''.join(aces)}\n"


def _read(output: Output | None, used: InUse = USED, count: Output = "3\n") -> private_key.PrivateKey:
    outputs = {KEY_FILES_COUNT: count} | ({} if output is None else {FILE: output})
    return private_key.read(used, readings(outputs))


@pytest.mark.parametrize("aces", [(SYSTEM, SERVICE), (SYSTEM, TERM_SERVICE), ("(A;;FA;;;WD)",)])
def test_key_that_the_service_may_read_by_any_of_its_sids(aces: tuple[str, ...]) -> None:
    assert _read(_file(*aces)) == private_key.PrivateKey()


@pytest.mark.parametrize(
    "aces", [(SYSTEM,), (SYSTEM, "(D;;FR;;;NS)", SERVICE), (SYSTEM, "(A;;0x80;;;NS)"), ("(A;ID;FA;;;BA)",)]
)
def test_key_that_the_service_may_not_read(aces: tuple[str, ...]) -> None:
    found = _read(_file(*aces))
    assert found.fault.startswith(f"NETWORK SERVICE may not read {NAME} in ") and "missing: 0x" in found.fault
    assert not found.unseen and not found.hidden


@pytest.mark.parametrize(
    ("output", "count", "fault", "unseen", "hidden"),
    [
        # Others are seen, so this one would be.
        (f"{GUID} \n", "3\n", f"there is no file {NAME} in ", "", False),
        # None is seen, which says nothing.
        (f"{GUID} \n", "0\n", "", "no file in ", True),
        (_file(attributes="d--------"), "3\n", f"{NAME} in ", "", False),
        (_file(attributes="--a-----l"), "3\n", f"{NAME} in ", "", False),
        (f"{GUID} --a------\n", "3\n", "", "an administrator may not see the rights on ", False),
    ],
)
def test_file_that_is_not_there_or_not_seen(output: str, count: str, fault: str, unseen: str, hidden: bool) -> None:
    found = _read(output, count=count)
    assert found.fault.startswith(fault) and found.unseen.startswith(unseen)
    assert (bool(found.fault), bool(found.unseen), found.hidden) == (bool(fault), bool(unseen), hidden)


@pytest.mark.parametrize(
    ("used", "text"),
    [
        (dataclasses.replace(USED, has_key=False, key=None), "has no private key on this host"),
        (dataclasses.replace(USED, key=dataclasses.replace(KEY, flags=0)), "belongs to a user"),
        (dataclasses.replace(BOUND, key=dataclasses.replace(KEY, key_spec=2)), "signatures only (KeySpec 2)"),
    ],
)
def test_key_that_no_file_would_make_good(used: InUse, text: str) -> None:
    assert text in _read(_file(SYSTEM, SERVICE), used).fault


@pytest.mark.parametrize(
    ("used", "text"),
    [
        (dataclasses.replace(USED, key=None), "unknown form"),
        # The newer kind keeps its keys elsewhere, and the computer's own may belong to a user of another kind.
        (dataclasses.replace(BOUND, key=dataclasses.replace(KEY, type=0, flags=0x20, key_spec=2)), "its key is not in"),
        (dataclasses.replace(BOUND, key=dataclasses.replace(KEY, type=0, flags=0)), "its key is not in"),
        # The name of its file can't be computed.
        (dataclasses.replace(BOUND, key=dataclasses.replace(KEY, container="Schlüssel")), "its key is not in"),
    ],
)
def test_key_that_is_kept_where_nobody_looks(used: InUse, text: str) -> None:
    found = _read(_file(SYSTEM, SERVICE), used)
    assert text in found.unseen and not found.fault and private_key.probes(used, readings({})) == ()


def test_self_signed_key_for_signatures_is_windows_own_affair() -> None:
    own = dataclasses.replace(USED, key=dataclasses.replace(KEY, key_spec=2))
    assert _read(_file(SYSTEM, SERVICE), own) == private_key.PrivateKey()


def test_file_that_was_not_looked_at() -> None:
    # A recording is made by a script that can't know the name of another container.
    assert "when the host was recorded" in _read(None, BOUND).unseen
    with pytest.raises(UnreadableError):
        _read(None)


@pytest.mark.parametrize("output", ["", ("FEHLER\n", 1), f"{GUID} --a------\nother\nD:PAI{SYSTEM}\n", (_file(), None)])
def test_file_that_can_not_be_read(output: Output) -> None:
    with pytest.raises(UnreadableError):
        _read(output)


def test_whether_any_file_is_seen_is_asked_only_where_this_one_is_not() -> None:
    assert private_key.probes(USED, readings({})) == (FILE,)
    assert private_key.probes(USED, readings({FILE: _file(SYSTEM)})) == (FILE,)
    assert private_key.probes(USED, readings({FILE: ("?\n", 1)})) == (FILE,)
    assert private_key.probes(USED, readings({FILE: f"{GUID} \n"})) == (FILE, KEY_FILES_COUNT)
    other = dataclasses.replace(BOUND, key=dataclasses.replace(KEY, container="le-web"))
    assert private_key.probes(other, readings({})) == (key_file("le-web"),)
