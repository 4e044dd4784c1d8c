# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""certutil: -hashfile, -encode, -decode, -store, -delstore.

https://learn.microsoft.com/windows-server/administration/windows-commands/certutil. Everything goes to standard
output; the exit code of a failure is its HRESULT.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from ...state.certificates import certificates_key
from ...state.files import FileError
from ..call import ToolCall
from .store import describe, matches

NAMES = {2: "ERROR_FILE_NOT_FOUND", 3: "ERROR_PATH_NOT_FOUND", 5: "ERROR_ACCESS_DENIED", 13: "ERROR_INVALID_DATA",
         80: "ERROR_FILE_EXISTS", 1006: "ERROR_FILE_INVALID"}  # fmt: skip
NTE_NOT_FOUND = 0x80090011
ALGORITHMS = ("SHA256", "SHA1", "MD5", "SHA384", "SHA512")
LINE = 64


def main(call: ToolCall) -> int:
    """CERTUTIL [-f] -verb …; options begin with a minus sign or a slash."""
    words = list(call.arguments)
    force = any(word.lower() in ("-f", "/f") for word in words)
    words = [word for word in words if word.lower() not in ("-f", "/f")]
    verbs = {"hashfile": _hashfile, "encode": _encode, "decode": _decode, "store": _store, "delstore": _delstore}
    verb = words[0].lower().lstrip("-/") if words else ""
    if verb not in verbs or words[0][0] not in "-/" or any(re.match(r"-[a-z]", word) for word in words[1:]):
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    return verbs[verb](call, words[1:], force)


def code_text(code: int) -> str:
    """A Win32 error as certutil names it."""
    return f"0x{0x80070000 | code:08x} (WIN32: {code} {NAMES[code]})"


def _signed(code: int) -> int:
    return code - (1 << 32) if code >= 1 << 31 else code


def _done(call: ToolCall, verb: str) -> int:
    call.out(call.texts["certutil.done"].format(verb=verb))
    return 0


def _failed(call: ToolCall, verb: str, code: int, function: str = "") -> int:
    message = call.texts[f"win32.{code}"]
    if function:
        call.out(call.texts["certutil.returned"].format(function=function, message=message, code=code_text(code)))
    call.out(call.texts["certutil.failed"].format(verb=verb, code=code_text(code)))
    call.out(f"CertUtil: {message}")
    return _signed(0x80070000 | code)


def _hashfile(call: ToolCall, words: list[str], force: bool) -> int:
    algorithm = words[1].upper() if len(words) > 1 else "SHA1"
    if not 1 <= len(words) <= 2 or algorithm not in ALGORITHMS:
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    try:
        data = call.machine.files.read(call.path(words[0]))
    except FileError as error:
        return _failed(call, "-hashfile", error.code)
    if not data:  # it maps the file into memory, which an empty one refuses
        return _failed(call, "-hashfile", 1006)
    digest = hashlib.new(algorithm.lower(), data, usedforsecurity=False).hexdigest()
    call.out(call.texts["certutil.hash"].format(algorithm=algorithm, path=words[0]))
    call.out(digest)
    return _done(call, "-hashfile")


def _read(call: ToolCall, name: str) -> bytes | int:
    try:
        return call.machine.files.read(call.path(name))
    except FileError as error:
        return error.code


def _write(call: ToolCall, name: str, data: bytes, force: bool) -> int:
    path = call.path(name)
    if call.machine.files.exists(path) and not force:
        return 80
    try:
        call.machine.files.write(path, data)
    except FileError as error:
        return error.code
    return 0


def _encode(call: ToolCall, words: list[str], force: bool) -> int:
    if len(words) != 2:
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    data = _read(call, words[0])
    if isinstance(data, int):
        return _failed(call, "-encode", data, "LoadFile")
    if not data:
        return _failed(call, "-encode", 13, "LoadFile")
    text = base64.b64encode(data).decode("ascii")
    lines = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    out = "\r\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode("ascii")
    code = _write(call, words[1], out, force)
    if code:
        return _failed(call, "-encode", code, "EncodeToFile")
    call.out(call.texts["certutil.input"].format(number=len(data)))
    call.out(call.texts["certutil.output"].format(number=len(out)))
    return _done(call, "-encode")


def _decode(call: ToolCall, words: list[str], force: bool) -> int:
    if len(words) != 2:
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    data = _read(call, words[0])
    if isinstance(data, int):
        return _failed(call, "-decode", data, "DecodeFile")
    lines = [line.strip() for line in data.decode("ascii", "replace").splitlines()]
    text = "".join(line for line in lines if not line.startswith("-----")).replace(" ", "")
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        return _failed(call, "-decode", 13, "DecodeFile")
    code = _write(call, words[1], decoded, force)
    if code:
        return _failed(call, "-decode", code, "DecodeToFile")
    call.out(call.texts["certutil.input"].format(number=len(data)))
    call.out(call.texts["certutil.output"].format(number=len(decoded)))
    return _done(call, "-decode")


def _open_store(call: ToolCall, verb: str, name: str) -> bool:
    if not call.machine.registry.exists(certificates_key(name)):
        call.out(name)
        return False
    call.out(f'{name} "{call.texts["certutil.MY"]}"' if name.upper() == "MY" else name)
    return True


def _not_found(call: ToolCall, verb: str) -> int:
    code = f"0x{NTE_NOT_FOUND:08x} ({_signed(NTE_NOT_FOUND)} NTE_NOT_FOUND)"
    call.out(call.texts["certutil.failed"].format(verb=verb, code=code))
    call.out(f"CertUtil: {call.texts['hresult.0x80090011']}")
    return _signed(NTE_NOT_FOUND)


def _store(call: ToolCall, words: list[str], force: bool) -> int:
    if not 1 <= len(words) <= 2:
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    if not _open_store(call, "-store", words[0]):
        return _failed(call, "-store", 2)
    stored = list(enumerate(call.machine.certificates.stored(words[0])))
    found = [(number, one) for number, one in stored if len(words) == 1 or matches(one, words[1])]
    if len(words) == 2 and not found:
        return _not_found(call, "-store")
    for number, one in found:
        for line in describe(call, number, one):
            call.out(line)
    return _done(call, "-store")


def _delstore(call: ToolCall, words: list[str], force: bool) -> int:
    if len(words) != 2:
        return call.not_understood(f"certutil {call.raw_arguments.strip()}")
    if not _open_store(call, "-delstore", words[0]):
        return _failed(call, "-delstore", 2)
    stored = list(enumerate(call.machine.certificates.stored(words[0])))
    found = [(number, one) for number, one in stored if matches(one, words[1])]
    if not found:
        return _not_found(call, "-delstore")
    if not call.machine.elevated:
        return _failed(call, "-delstore", 5)
    for number, one in found:
        call.out(call.texts["certutil.deleting"].format(number=number))
        call.machine.certificates.remove(one.store, one.thumbprint)
    return _done(call, "-delstore")
