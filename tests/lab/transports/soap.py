# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management envelopes: reading a request, writing an answer or a fault.

The names and texts are those of MS-WSMV (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-wsmv/) and of
DSP0226; what a client needs to find in an answer was read in pywinrm 0.5.0 and pypsrp 0.9.1.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from .http import Response

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
}
IDENTIFY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
#: MaxEnvelopeSizekb of a server is 500 since Windows 8; no answer is larger whatever the client allows
SERVER_MAX_ENVELOPE = 500 * 1024
DEFAULT_TIMEOUT = 60.0
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class NotSoapError(ValueError):
    """The body is not a WS-Management envelope."""


@dataclasses.dataclass(frozen=True)
class Message:
    """What a request says in its head, and its body."""

    action: str
    resource: str
    message_id: str
    shell_id: str
    options: dict[str, str]
    operation_timeout: float
    max_envelope: int
    body: ET.Element

    def option(self, name: str) -> bool:
        """Whether a boolean option is TRUE."""
        return self.options.get(name, "").upper() == "TRUE"


@dataclasses.dataclass(frozen=True)
class SoapFault(Exception):
    """A WS-Man fault: `code` is the Windows error number, `subcode` the name in the wsman namespace."""

    code: int
    subcode: str
    text: str
    sender: bool = True


ACCESS_DENIED = SoapFault(5, "w:AccessDenied", "Access is denied. ")
TIMED_OUT = SoapFault(
    2150858793,
    "w:TimedOut",
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
    sender=False,
)
UNSUPPORTED = SoapFault(
    2150858752,
    "a:ActionNotSupported",
    "The WS-Management service cannot process the request because the action is not supported by the service. ",
)


def no_such_shell(shell_id: str) -> SoapFault:
    text = (
        f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not found on "
        "the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the "
        "server. Provide the correct ShellId or create a new shell and retry the operation. "
    )
    return SoapFault(2150858843, "w:InvalidSelectors", text)


def no_such_command(command_id: str) -> SoapFault:
    return SoapFault(2150858843, "w:InvalidSelectors", f"The command {command_id} was not found in the shell. ")


def parse(body: bytes) -> Message:
    """Read an envelope."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise NotSoapError(str(error)) from error
    head = root.find("s:Header", NS)
    content = root.find("s:Body", NS)
    if head is None or content is None:
        raise NotSoapError("no header or no body")

    def text(path: str) -> str:
        return (head.findtext(path, "", NS) or "").strip()

    options = {option.get("Name", ""): option.text or "" for option in head.findall("w:OptionSet/w:Option", NS)}
    shell_id = ""
    for selector in head.findall("w:SelectorSet/w:Selector", NS):
        if selector.get("Name") == "ShellId":
            shell_id = (selector.text or "").strip()
    size = text("w:MaxEnvelopeSize")
    return Message(
        action=text("a:Action"),
        resource=text("w:ResourceURI"),
        message_id=text("a:MessageID"),
        shell_id=shell_id,
        options=options,
        operation_timeout=seconds(text("w:OperationTimeout")),
        max_envelope=min(int(size), SERVER_MAX_ENVELOPE) if size.isdigit() else 153600,
        body=content,
    )


def seconds(duration: str) -> float:
    """An xs:duration such as PT20S or PT20.000S in seconds; the default when there is none."""
    found = _DURATION.fullmatch(duration)
    if not duration or found is None:
        return DEFAULT_TIMEOUT
    days, hours, minutes, secs = (float(part or 0) for part in found.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + secs


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    spaces = " ".join(f"xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in NS.items())
    relates = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" {spaces}><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{ANONYMOUS}</a:To>{relates}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def soap_response(status: int, envelope: bytes) -> Response:
    return Response(status, envelope, [("Content-Type", "application/soap+xml;charset=UTF-8")])


def answer(message: Message, body: str, action: str = "") -> Response:
    """A successful answer; its action is the request's plus Response unless another one is given."""
    return soap_response(200, _envelope(action or f"{message.action}Response", message.message_id, body))


def fault(found: SoapFault, relates_to: str, machine: str) -> Response:
    """A fault as HTTP 500, in the form that clients read the Windows error number from."""
    side = "s:Sender" if found.sender else "s:Receiver"
    body = (
        f"<s:Fault><s:Code><s:Value>{side}</s:Value><s:Subcode><s:Value>{found.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(found.text)}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{found.code}" '
        f"Machine={quoteattr(machine)}><f:Message>{escape(found.text)}</f:Message></f:WSManFault></s:Detail></s:Fault>"
    )
    return soap_response(500, _envelope(FAULT_ACTION, relates_to, body))


def identify() -> Response:
    """The answer to wsmid:Identify, as an unauthenticated client gets it."""
    body = (
        f'<wsmid:IdentifyResponse xmlns:wsmid="{IDENTIFY}">'
        "<wsmid:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</wsmid:ProtocolVersion>"
        "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        "<wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse>"
    )
    envelope = f'<s:Envelope xml:lang="en-US" xmlns:s="{NS["s"]}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'
    return soap_response(200, envelope.encode())


def is_identify(body: bytes) -> bool:
    return IDENTIFY.encode() in body and b"Identify" in body
