# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.509, with the package cryptography as the judge."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from ansible_collections.winops.rdp.plugins.module_utils import rdp_der, rdp_x509
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import MalformedError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = ec.generate_private_key(ec.SECP256R1())
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def certificate(
    subject: x509.Name,
    issuer: x509.Name | None = None,
    begin: datetime.datetime = EPOCH,
    end: datetime.datetime = EPOCH + datetime.timedelta(days=1),
) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject if issuer is None else issuer)
    builder = builder.public_key(KEY.public_key()).serial_number(1).not_valid_before(begin).not_valid_after(end)
    return builder.sign(KEY, hashes.SHA256())


def der(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.DER)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


SAMPLE = der(certificate(name((NameOID.COMMON_NAME, "web03"))))

#: What both sides write the same way; control characters are ours to hide. 64 characters are the most of a common name
#: (RFC 5280, appendix A.1), and cryptography counts them in bytes of UTF-8.
_TEXT = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=' ,+"\\<>;#='), min_size=1, max_size=40
).map(lambda text: text.encode()[:64].decode(errors="ignore"))
_NAMES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                NameOID.COMMON_NAME,
                NameOID.ORGANIZATION_NAME,
                NameOID.DOMAIN_COMPONENT,
                NameOID.LOCALITY_NAME,
                NameOID.TITLE,
            ]
        ),
        _TEXT,
    ),
    min_size=1,
    max_size=5,
)


@given(_NAMES, _NAMES)
@settings(max_examples=50)
def test_names_are_written_as_rfc_4514_says(
    subject: list[tuple[x509.ObjectIdentifier, str]], issuer: list[tuple[x509.ObjectIdentifier, str]]
) -> None:
    made = certificate(name(*subject), name(*issuer))
    read = rdp_x509.read_certificate(der(made))
    assert read.subject == made.subject.rfc4514_string()
    assert read.issuer == made.issuer.rfc4514_string()
    assert read.self_signed == (made.subject.public_bytes() == made.issuer.public_bytes())


@given(
    st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(9998, 1, 1)),
    st.timedeltas(datetime.timedelta(seconds=1), datetime.timedelta(days=360)),
)
@settings(max_examples=50)
def test_times_are_read_in_both_forms(begin: datetime.datetime, lasting: datetime.timedelta) -> None:
    begin = begin.replace(microsecond=0, tzinfo=datetime.UTC)
    end = (begin + lasting).replace(microsecond=0)
    read = rdp_x509.read_certificate(der(certificate(name((NameOID.COMMON_NAME, "a")), begin=begin, end=end)))
    assert (read.not_before, read.not_after) == (begin, end)


@pytest.mark.parametrize("form", [_ASN1Type.UTF8String, _ASN1Type.BMPString, _ASN1Type.UniversalString])
def test_string_types_of_windows(form: _ASN1Type) -> None:
    # Windows writes BMPString as soon as a character is not in PrintableString's set.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Büro-東京", _type=form)])
    assert rdp_x509.read_certificate(der(certificate(subject))).subject == "CN=Büro-東京"


def test_latin_1_and_what_can_t_be_decoded() -> None:
    def written(tag: int, content: bytes) -> str:
        pair = rdp_der.write(0x30, bytes.fromhex("0603550403"), rdp_der.write(tag, content))
        return rdp_x509.read_name(rdp_der.read(rdp_der.write(0x30, rdp_der.write(0x31, pair))))

    assert written(20, b"B\xfcro") == "CN=Büro"
    assert written(12, b"\xff\xfe") == "CN=#0c02fffe"
    assert written(4, b"\x01") == "CN=#040101"


def test_control_characters_do_nothing_to_a_terminal() -> None:
    subject = name((NameOID.COMMON_NAME, "a\x1b[31m\u202eb\x00"))
    assert rdp_x509.read_certificate(der(certificate(subject))).subject == "CN=a\\1B[31m\\E2\\80\\AEb\\00"


def test_thumbprints_are_those_of_windows() -> None:
    read = rdp_x509.read_certificate(SAMPLE)
    assert read.sha1 == hashlib.sha1(SAMPLE).hexdigest().upper()
    assert read.sha256 == hashlib.sha256(SAMPLE).hexdigest().upper()


@given(st.binary(max_size=200))
def test_garbage_has_thumbprints_and_nothing_else(garbage: bytes) -> None:
    read = rdp_x509.read_certificate(garbage)
    assert read.sha256 == hashlib.sha256(garbage).hexdigest().upper()
    assert read.subject is None and read.not_after is None


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255), st.integers(0, 3))
@settings(max_examples=300)
def test_a_damaged_certificate_is_read_or_not_and_never_crashes(position: int, change: int, cut: int) -> None:
    damaged = bytearray(SAMPLE)
    damaged[position] ^= change
    rdp_x509.read_certificate(bytes(damaged))
    rdp_x509.read_certificate(bytes(damaged[: position * cut]))


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        (0x17, b"2601010000Z"),  # no seconds: RFC 5280, 4.1.2.5.1, wants them
        (0x17, b"260101000000+0100"),
        (0x17, b"269901000000Z"),
        (0x18, b"20260101000000.5Z"),
        (0x18, "２０２６0101000000Z".encode()),
        (0x18, b"00000101000000Z"),
        (0x0C, b"260101000000Z"),
    ],
)
def test_times_that_are_none(tag: int, content: bytes) -> None:
    with pytest.raises(MalformedError):
        rdp_x509.read_time(rdp_der.read(rdp_der.write(tag, content)))
