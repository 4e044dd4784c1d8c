# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication of an HTTP connection: Basic, or NTLM (bare or in SPNEGO) with sealed messages.

NTLM authenticates the connection, not the request, and its keys seal the bodies that follow on it
(MS-WSMV 2.2.9.1 "Encrypted Message Types", https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-wsmv/).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import threading
import typing as t

from .http import Request, Response

if t.TYPE_CHECKING:
    import spnego

SPNEGO_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
BOUNDARY = b"--Encrypted Boundary"
SEALED = re.compile(
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:[^\r\n]*\r\n\s*OriginalContent:[^\r\n]*Length=(\d+)\r\n"
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type: application/octet-stream\r\n",
    re.IGNORECASE,
)
CLOSING = re.compile(rb"--\s*Encrypted Boundary--\r\n\Z")
#: pyspnego's acceptor reads the accounts from the file that this variable names, which is one for the whole process
ACCOUNTS_VARIABLE = "NTLM_USER_FILE"
_accounts_variable_lock = threading.Lock()


class SealError(Exception):
    """A sealed body that the keys of this connection can't open."""


class Accounts:
    """The one account of a lab, also as the file that pyspnego reads. Close it when the lab stops."""

    def __init__(self, user: str, password: str) -> None:
        import spnego  # it takes a while, so it is imported where a lab starts and not where it serves

        self._server = spnego.server
        self._options = spnego.NegotiateOptions
        self.user = user
        self.password = password
        # in memory, so that nothing is left on the disk however the process ends
        self._accounts = os.memfd_create("lab-accounts")
        # pyspnego compares the domain as it was sent: none, or the dot that stands for this computer
        os.write(self._accounts, "".join(f"{domain}:{user}:{password}\n" for domain in ("", ".")).encode())

    def close(self) -> None:
        os.close(self._accounts)

    def is_basic(self, credentials: str) -> bool:
        """Whether the base64 of user:password is this account."""
        try:
            user, _, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        right = hmac.compare_digest(password.encode(), self.password.encode())
        return right and _plain_user(user) == self.user.lower()

    def new_context(self, token: bytes) -> spnego.ContextProxy:
        """The server's side of one NTLM or SPNEGO exchange."""
        with _accounts_variable_lock, self._variable():
            if token.startswith(b"NTLMSSP\0"):
                return self._server(protocol="ntlm", options=self._options.use_ntlm)
            return self._server(protocol="negotiate", options=self._options.use_negotiate)

    def step(self, context: spnego.ContextProxy, token: bytes) -> bytes | None:
        with _accounts_variable_lock, self._variable():
            return context.step(token)

    def _variable(self) -> _Variable:
        return _Variable(ACCOUNTS_VARIABLE, f"/proc/{os.getpid()}/fd/{self._accounts}")


class _Variable:
    """An environment variable that is set within a `with`."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value
        self._before: str | None = None

    def __enter__(self) -> None:
        self._before = os.environ.get(self._name)
        os.environ[self._name] = self._value

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            os.environ.pop(self._name, None)
        else:
            os.environ[self._name] = self._before


def _plain_user(user: str) -> str:
    """`.\\Administrator`, `HOST\\Administrator` and `Administrator` are the same local account."""
    return user.rpartition("\\")[2].lower()


class ConnectionAuth:
    """The authentication state of one TCP connection."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._context: spnego.ContextProxy | None = None
        #: SPNEGO's last token, which goes out with the answer to the request that completed the exchange
        self._farewell = ""

    @property
    def _established(self) -> bool:
        return self._context is not None and self._context.complete

    def check(self, request: Request) -> Response | None:
        """None when the request may pass, else the answer that asks for (further) credentials."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return None if self._accounts.is_basic(credentials.strip()) else challenge()
        if scheme.lower() in ("negotiate", "ntlm"):
            return self._negotiate(scheme, credentials.strip())
        if self._established:
            return None
        # a sealed body on a connection without keys: its sender lost the connection that it was sealed for
        return Response(400) if is_sealed(request) else challenge()

    def _negotiate(self, scheme: str, credentials: str) -> Response | None:
        try:
            token = base64.b64decode(credentials, validate=True)
            if self._context is None or self._context.complete:
                self._context = self._accounts.new_context(token)
            answer = self._accounts.step(self._context, token)
        except Exception:  # a wrong password, or bytes that are no token: pyspnego has many ways to say so
            self._context = None
            return challenge()
        header = f"{scheme} {base64.b64encode(answer or b'').decode()}"
        if not self._context.complete:
            return challenge(header)
        self._farewell = header if answer else ""
        return None

    def unseal(self, request: Request) -> bytes:
        """The SOAP text of a request's body."""
        if not is_sealed(request):
            return request.body
        if not self._established or self._context is None:
            raise SealError("no keys on this connection")
        plain = b""
        parts = list(SEALED.finditer(request.body))
        ends = [part.start() for part in parts[1:]] + [len(CLOSING.sub(b"", request.body))]
        for part, end in zip(parts, ends, strict=True):
            data = request.body[part.end() : end]
            size = int.from_bytes(data[:4], "little")
            try:
                opened = self._context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])
            except Exception as error:  # pyspnego has several kinds of it; the keys don't fit, whichever it is
                raise SealError(str(error)) from error
            if len(opened) != int(part[1]):
                raise SealError("the length does not fit")
            plain += opened
        return plain

    def seal(self, request: Request, response: Response) -> Response:
        """The answer in the form of the request: sealed if that was, else plain."""
        if self._farewell:
            response.headers.append(("WWW-Authenticate", self._farewell))
            self._farewell = ""
        if not is_sealed(request) or self._context is None or not response.body:
            return response
        wrapped = self._context.wrap_winrm(response.body)
        length = len(response.body) + wrapped.padding_length
        body = (
            BOUNDARY
            + f"\r\n\tContent-Type: {SPNEGO_PROTOCOL}\r\n".encode()
            + f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={length}\r\n".encode()
            + BOUNDARY
            + b"\r\n\tContent-Type: application/octet-stream\r\n"
            + len(wrapped.header).to_bytes(4, "little")
            + wrapped.header
            + wrapped.data
            + BOUNDARY
            + b"--\r\n"
        )
        kind = f'multipart/encrypted;protocol="{SPNEGO_PROTOCOL}";boundary="Encrypted Boundary"'
        headers = [pair for pair in response.headers if pair[0].lower() != "content-type"]
        return Response(response.status, body, [("Content-Type", kind), *headers], response.close)


def is_sealed(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/")


def challenge(continued: str = "") -> Response:
    """401: what this server accepts, or the next step of an exchange that has begun."""
    if continued:
        return Response(401, b"", [("WWW-Authenticate", continued)])
    return Response(401, b"", [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", 'Basic realm="WSMAN"')])
