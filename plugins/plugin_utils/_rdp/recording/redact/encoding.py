# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes to text and back without a loss, and where a name may hide in bytes."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import typing as t

_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{16,}={0,2}")


def decoded(data: bytes, code_page: int | None) -> tuple[str, str] | None:
    """Return an output as text, and the codec that makes the same bytes of it.

    Args:
        data: UTF-8, UTF-16, or an OEM code page.
        code_page: The host's OEM code page, if it is known.

    Returns:
        None if it holds zero bytes and is no UTF-16, so that nobody knows what it says.
    """
    for codec in _codecs(data, code_page):
        try:
            text = data.decode(codec)
            if text.encode(codec) == data and (b"\0" not in data or "\0" not in text):
                return text, codec
        except (UnicodeError, LookupError):
            continue
    return None


def _codecs(data: bytes, code_page: int | None) -> t.Iterator[str]:
    if b"\0" in data:
        # With a mark the codec utf-16-le keeps it as a character, and so gives it back.
        yield "utf-16-le"
        if data.startswith(codecs.BOM_UTF16_BE):
            yield "utf-16-be"
        return
    yield "utf-8"
    if code_page:
        yield f"cp{code_page}"
    yield "latin-1"


def narrowed(data: bytes) -> bytes:
    """Return ASCII text that was UTF-16 without its zero bytes, as a connection that hands over lines tears them."""
    bare = data.removeprefix(codecs.BOM_UTF16_LE).replace(b"\0", b"")
    return bare if b"\0" in data and bare.isascii() else data


def holds(data: bytes, names: t.Iterable[str]) -> str | None:
    """Return a name that bytes hold in any encoding: as text, UTF-16, hexadecimal digits or base64; None without one.

    Args:
        data: The bytes.
        names: In lower case.
    """
    views = list(_views(data))
    for name in names:
        for form in (name.encode("utf-8", "replace"), name.encode("utf-16-le", "replace")):
            # Shorter ones stand by chance among digits.
            hexadecimal = _hexadecimal(form) if len(form) > 4 else None
            for view in views:
                if _alone(form, view) or (hexadecimal and hexadecimal.search(view)):
                    return name
    return None


def _views(data: bytes) -> t.Iterator[bytes]:
    yield data.lower()
    # Names beyond ASCII have no lower case in bytes.
    for found in _BASE64.finditer(data):
        with_padding = re.sub(rb"[\r\n]", b"", found[0])
        try:
            yield base64.b64decode(with_padding + b"=" * (-len(with_padding) % 4)).lower()
        except binascii.Error:
            continue


def _alone(form: bytes, view: bytes) -> bool:
    """Whether a name stands in bytes, and is no part of a longer word."""
    if form not in view:
        return False
    return bool(re.search(rb"(?<![a-z0-9])" + re.escape(form) + rb"(?![a-z0-9])", view))


def _hexadecimal(form: bytes) -> re.Pattern[bytes]:
    """The lower-case hexadecimal digits of a name."""
    # The case of a letter is one bit of its byte, so both forms of each letter count.
    digits = (b"(?:%02x|%02x)" % (byte, byte - 32) if 0x61 <= byte <= 0x7A else b"%02x" % byte for byte in form)
    return re.compile(b"".join(digits))
