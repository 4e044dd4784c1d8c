# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netstat -a -n -o. Every column is at least 21 wide and followed by two blanks; UDP rows have no state; a connected
UDP socket shows its remote end (seen on Windows 11), others ``*:*``.

https://learn.microsoft.com/windows-server/administration/windows-commands/netstat
"""

from __future__ import annotations

from ..languages import Language
from ..state.sockets import LISTENING, Socket
from .call import ToolCall


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def row(socket: Socket, texts: Language, *, pid: bool) -> str:
    """One line of the table."""
    protocol = f"{socket.protocol:<{int(texts['netstat.protocol_width'])}}"
    local = f"{_end(socket.local, socket.local_port):<21}"
    if socket.protocol == "UDP":
        other = _end(socket.remote, socket.remote_port) if socket.remote else "*:*"
        remote, state = f"{other:<21}", ""
    else:
        remote, word = f"{_end(socket.remote, socket.remote_port):<21}", f"netstat.{socket.state}"
        state = texts.get(word, socket.state)
    if pid:
        return f"  {protocol}{local}  {remote}  {state:<14}  {socket.pid}"
    return f"  {protocol}{local}  {remote}  {state}"


def main(call: ToolCall) -> int:
    """NETSTAT [-a] [-n] [-o] [-q] [-p TCP|UDP|TCPv6|UDPv6]."""
    letters, protocol = set(), ""
    arguments = iter(call.arguments)
    for argument in arguments:
        if argument[:1] not in "-/":
            return call.not_understood(f"argument {argument}")
        flags = argument[1:].lower()
        if flags.endswith("p"):
            protocol = next(arguments, "").upper()
            flags = flags[:-1]
        if set(flags) - set("ano") or protocol not in ("", "TCP", "UDP", "TCPV6", "UDPV6"):
            return call.not_understood(f"option {argument} {protocol}".strip())
        letters |= set(flags)
    if "n" not in letters:
        return call.not_understood("name resolution (netstat without -n)")
    texts, pid = call.texts, "o" in letters
    call.out("")
    call.out(texts["netstat.title"])
    call.out("")
    call.out(texts["netstat.header_pid" if pid else "netstat.header"])
    for socket in call.machine.socket_rows():
        name = socket.protocol + ("V6" if socket.v6 else "")
        if protocol and name != protocol:
            continue
        if "a" in letters or (socket.state and socket.state != LISTENING):
            call.out(row(socket, texts, pid=pid))
    return 0
