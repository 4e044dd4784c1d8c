# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small programs that command lines rely on: where, whoami, hostname, chcp, timeout, ping, wmic."""

from __future__ import annotations

from ..environment import lookup
from ..state.files import absolute
from .call import ToolCall


def where(call: ToolCall) -> int:
    """WHERE [/q] pattern…: the files of that name in the current directory and on the PATH."""
    arguments = [argument for argument in call.arguments if argument.lower() != "/q"]
    quiet = len(arguments) != len(call.arguments)
    if not arguments or any(argument.startswith("/") for argument in arguments):
        call.not_understood(f"where {call.raw_arguments.strip()}")
        return 2
    found: list[str] = []
    for name in arguments:
        for folder in [call.directory, *(lookup(call.environment, "PATH") or "").split(";")]:
            for extension in ("", ".COM", ".EXE", ".BAT", ".CMD"):
                path = absolute(f"{folder}\\{name}{extension}")
                for hit in call.machine.files.glob(path):
                    if call.machine.files.is_file(hit) and hit.upper() not in [one.upper() for one in found]:
                        found.append(hit)
    for path in found:
        if not quiet:
            call.out(path)
    if not found and not quiet:
        call.err(call.texts["where.none"])
    return 0 if found else 1


def whoami(call: ToolCall) -> int:
    """WHOAMI."""
    if call.arguments:
        return call.not_understood(f"whoami {call.raw_arguments.strip()}")
    user, domain = lookup(call.environment, "USERNAME") or "", lookup(call.environment, "USERDOMAIN") or ""
    call.out(f"{domain}\\{user}".lower())
    return 0


def hostname(call: ToolCall) -> int:
    """HOSTNAME."""
    call.out(call.machine.name)
    return 0


def chcp(call: ToolCall) -> int:
    """CHCP without a number; with one, cmd.exe handles it, because it changes the console."""
    call.out(call.texts["chcp"].format(number=call.code_page))
    return 0


def wmic(call: ToolCall) -> int:
    """WMIC os get LocalDateTime, with the extra carriage return that its lines have in a pipe or file.

    https://learn.microsoft.com/windows/win32/wmisdk/cim-datetime
    """
    if [argument.lower() for argument in call.arguments] != ["os", "get", "localdatetime"]:
        return call.not_understood(f"wmic {call.raw_arguments.strip()}")
    for line in ("LocalDateTime              ", f"{call.machine.now:%Y%m%d%H%M%S}.000000+000  ", ""):
        call.out(line + "\r")
    return 0


def timeout(call: ToolCall) -> int:
    """TIMEOUT /t seconds: refuses to run when its input is redirected, as every remote shell's is."""
    call.err(call.texts["timeout.redirected"])
    return 1


def ping(call: ToolCall) -> int:
    """PING -n count address: the command line's way to wait; here time passes without sleeping."""
    arguments = list(call.arguments)
    count = 4
    target = ""
    while arguments:
        argument = arguments.pop(0)
        if argument.lower() in ("-n", "/n", "-w", "/w") and arguments and arguments[0].isdigit():
            number = int(arguments.pop(0))
            count = number if argument[1].lower() == "n" else count
        elif argument.startswith(("-", "/")):
            return call.not_understood(f"option {argument}")
        else:
            target = argument
    if target.lower() not in ("127.0.0.1", "localhost", "::1"):
        return call.not_understood(f"ping of {target}")
    call.out("")
    call.out(f"Pinging {target} with 32 bytes of data:")
    for _ in range(count):
        call.out(f"Reply from {target}: bytes=32 time<1ms TTL=128")
    call.machine.tick(max(0, count - 1))
    call.out("")
    call.out(f"Ping statistics for {target}:")
    call.out(f"    Packets: Sent = {count}, Received = {count}, Lost = 0 (0% loss),")
    call.out("Approximate round trip times in milli-seconds:")
    call.out("    Minimum = 0ms, Maximum = 0ms, Average = 0ms")
    return 0
