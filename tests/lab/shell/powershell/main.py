# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows PowerShell 5.1 makes of a script that runs native commands, and what starts it.

Strict on purpose: whatever is outside the small grammar of syntax.py is refused with a parse error on standard
error, exit code 1, and an entry in `machine.errors()`.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re

from ...environment import default_environment
from ...languages import encode
from ...machine import Machine
from ...process import LoggedCommand, ProcessResult
from ...programs import find_program
from . import acl, cim, firewall, modules, net, reach
from .syntax import Exit, Native, ParseError, Parser, Show, Statement

#: cmd.exe refuses a longer line:
#: https://learn.microsoft.com/en-us/troubleshoot/windows-client/shell-experience/command-line-string-limitation
CMD_LIMIT = 8191
TOO_LONG = "The command line is too long.\r\n"
#: 5.1's own aliases that hide a program or builtin of the same name
#: https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.utility/get-alias?view=powershell-5.1
ALIASES = {
    "cat": "Get-Content", "cd": "Set-Location", "chdir": "Set-Location", "cls": "Clear-Host",
    "compare": "Compare-Object", "copy": "Copy-Item", "curl": "Invoke-WebRequest", "del": "Remove-Item",
    "diff": "Compare-Object", "dir": "Get-ChildItem", "echo": "Write-Output", "erase": "Remove-Item",
    "fc": "Format-Custom", "group": "Group-Object", "kill": "Stop-Process", "ls": "Get-ChildItem",
    "measure": "Measure-Object", "mount": "New-PSDrive", "move": "Move-Item", "popd": "Pop-Location",
    "ps": "Get-Process", "pushd": "Push-Location", "rd": "Remove-Item", "ren": "Rename-Item", "rm": "Remove-Item",
    "rmdir": "Remove-Item", "sc": "Set-Content", "select": "Select-Object", "set": "Set-Variable",
    "sleep": "Start-Sleep", "sort": "Sort-Object", "start": "Start-Process", "tee": "Tee-Object",
    "type": "Get-Content", "wget": "Invoke-WebRequest", "where": "Where-Object", "write": "Write-Output",
}  # fmt: skip
#: what cmd.exe would act on before PowerShell sees it
CMD_META = re.compile(r"[&|<>^%!]")
DIRECTORY = r"C:\Users\Administrator"
_IMAGE = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))\s*(?P<rest>.*)', re.DOTALL)


def start(machine: Machine, line: str, *, code_page: int, stdin: bytes = b"", skip_cmd: bool = False) -> ProcessResult:
    """Run a command line as winrshost does: by cmd.exe /C unless told to skip it.

    A line that only starts PowerShell is taken to PowerShell at once, after cmd.exe's limit of its length.
    """
    if not skip_cmd and len(line) > CMD_LIMIT:
        return ProcessResult(b"", TOO_LONG.encode(), 1)
    script = script_of(line) if skip_cmd or not CMD_META.search(line) else None
    if script is not None:
        return run_script(machine, script.text, code_page=code_page, stdin=stdin, clixml=script.encoded)
    full = line if skip_cmd else f'cmd.exe /C "{line}"'
    return machine.create_process(full, code_page=code_page, stdin=stdin)


@dataclasses.dataclass(frozen=True)
class Script:
    """The script in a command line of powershell.exe; `encoded`: by -EncodedCommand, so errors go out as CLIXML."""

    text: str
    encoded: bool


def script_of(line: str) -> Script | None:
    """The script that a command line gives to PowerShell, or None when it doesn't start PowerShell."""
    found = _IMAGE.match(line)
    if found is None:
        return None
    image = (found["quoted"] or found["bare"] or "").rpartition("\\")[2].lower()
    if image not in ("powershell", "powershell.exe"):
        return None
    rest = found["rest"]
    while True:
        option = re.match(r"[-/](\w+)\s*", rest)
        if option is None:
            return Script(rest, encoded=False)
        name, rest = option[1].lower(), rest[option.end() :]
        if "encodedcommand".startswith(name) or name == "ec":
            return Script(_decoded(rest.split()[0] if rest.split() else ""), encoded=True)
        if "command".startswith(name):
            return Script(_unquoted(rest), encoded=False)
        if "file".startswith(name):
            return Script(f"@(-File is not modelled: {rest})", encoded=False)
        if name not in ("nop", "noprofile", "noni", "noninteractive", "nologo", "mta", "sta", "noexit"):
            rest = rest.partition(" ")[2].lstrip()


def _decoded(text: str) -> str:
    """The script in the base64 of -EncodedCommand; an unreadable one becomes a script that fails to parse."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return "@(-EncodedCommand is not the base64 of UTF-16LE)"


def _unquoted(rest: str) -> str:
    """What -Command gets: the C run time takes one pair of quotes away, a quote with a backslash stays."""
    text = rest.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text.replace('\\"', '"')


@dataclasses.dataclass(frozen=True)
class ScriptOutcome:
    """What a script left: its output, and whether it ended itself with `exit` (a remote host is told only then)."""

    ran: ProcessResult
    exited: bool = False
    refused: bool = False


def run_script(
    machine: Machine, script: str, *, code_page: int, stdin: bytes = b"", clixml: bool = False
) -> ProcessResult:
    """Run one script in a powershell.exe of its own: any failure of the last command is exit code 1."""
    return run(machine, script, code_page=code_page, stdin=stdin, clixml=clixml).ran


def run(machine: Machine, script: str, *, code_page: int, stdin: bytes = b"", clixml: bool = False) -> ScriptOutcome:
    """Run one script. `clixml`: write PowerShell's own errors as CLIXML."""
    module = modules.payload(script, stdin)
    if module is not None:
        return ScriptOutcome(modules.answer(machine, module), exited=True)
    paths = acl.paths(script)
    if paths is not None:
        return ScriptOutcome(acl.answer(machine, paths, code_page))
    if re.fullmatch(r"\s*Get-Date -Format o\s*", script, re.IGNORECASE):
        return ScriptOutcome(ProcessResult(f"{machine.now:%Y-%m-%dT%H:%M:%S}.0000000+00:00\r\n".encode(), b"", 0))
    for cmdlets in (firewall, net, reach):
        ran = cmdlets.answer(machine, script, code_page)
        if ran is not None:
            return ScriptOutcome(ran)
    session = PowerShellSession(machine, code_page, stdin)
    try:
        queries = cim.read(script)
        if queries is not None:
            return ScriptOutcome(cim.answer(machine, queries, code_page))
        statements = Parser(script, frozenset(session.variables)).parse()
        for statement in statements:
            session.resolve(statement)
    except ParseError as error:
        return ScriptOutcome(refused(machine, script, str(error), clixml=clixml), refused=True)
    exited = any(session.step(statement) for statement in statements)
    if not exited and session.last_native:
        session.exit_code = 1
    return ScriptOutcome(ProcessResult(bytes(session.stdout), bytes(session.stderr), session.exit_code), exited)


def refused(machine: Machine, script: str, why: str, *, clixml: bool) -> ProcessResult:
    """The script is not PowerShell, or more of it than the lab models: loud on standard error and in the log."""
    machine.log.append(LoggedCommand(f"powershell: {script[:200]}", 1, False, reason=why))
    text = (
        f"{why}\r\n    + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException\r\n"
        "    + FullyQualifiedErrorId : UnexpectedToken\r\n"
    )
    return ProcessResult(b"", as_clixml(text) if clixml else text.encode("utf-8"), 1)


def as_clixml(text: str) -> bytes:
    """An error as powershell.exe -EncodedCommand writes it to a redirected standard error."""
    lines = "".join(
        f'<S S="Error">{_escaped(line)}_x000D__x000A_</S>' for line in text.removesuffix("\r\n").split("\r\n")
    )
    namespace = "http://schemas.microsoft.com/powershell/2004/04"
    return f'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="{namespace}">{lines}</Objs>'.encode()


def _escaped(text: str) -> str:
    """Text in CLIXML: XML's own characters as entities, control characters as _xHHHH_."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[\x00-\x1f]|_(?=x[0-9A-Fa-f]{4}_)", lambda found: f"_x{ord(found[0]):04X}_", text)


class PowerShellSession:
    """The state of one PowerShell while it runs a script."""

    def __init__(self, machine: Machine, code_page: int, stdin: bytes) -> None:
        self._machine = machine
        self._code_page = code_page
        self._stdin = stdin
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.exit_code = 0
        self._programs: dict[int, str] = {}
        #: the exit code of the statement before, None when that was no native command
        self.last_native: int | None = None
        self.variables = {
            "null": "", "true": "True", "false": "False", "lastexitcode": "", "env:computername": machine.name.upper(),
            "env:comspec": r"C:\Windows\system32\cmd.exe", "env:systemroot": r"C:\Windows", "env:windir": r"C:\Windows",
            "env:systemdrive": "C:",
        }  # fmt: skip

    def step(self, statement: Statement) -> bool:
        """Run one statement; True when the script ends with it."""
        if isinstance(statement, Exit):
            value = statement.word.value(self.variables) if statement.word else ""
            self.exit_code = int(value) if re.fullmatch(r"-?\d+", value) else 0
            return True
        self.last_native = None
        if isinstance(statement, Show):
            value = statement.word.value(self.variables)
            if value or statement.word.quoted:
                self.stdout += encode(f"{value}\r\n", self._code_page)
            return False
        line = native_line(statement, self.variables, self._programs[id(statement)])
        script = script_of(line)  # a PowerShell in the PowerShell, as Ansible's modules come over ssh
        if script is None:
            ran = self._machine.create_process(line, code_page=self._code_page, stdin=self._stdin)
        else:
            ran = run_script(
                self._machine, script.text, code_page=self._code_page, stdin=self._stdin, clixml=script.encoded
            )
        self._stdin = b""
        self.stdout += ran.stdout
        self.stderr += ran.stderr
        self.last_native = ran.exit_code
        self.variables["lastexitcode"] = str(ran.exit_code)
        return False

    def resolve(self, statement: Statement) -> None:
        """Find the program of a native command; ParseError when PowerShell would run something else or nothing."""
        if not isinstance(statement, Native):
            return
        name = statement.words[0].value(self.variables)
        if name.lower() in ALIASES:
            raise ParseError(f"'{name}' is PowerShell's alias of {ALIASES[name.lower()]}, not modelled; add .exe")
        program = find_program(self._machine, name, default_environment(self._machine), DIRECTORY)
        if program is None:
            raise ParseError(
                f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable "
                "program."
            )
        self._programs[id(statement)] = program.path


def native_line(command: Native, variables: dict[str, str], program: str) -> str:
    """The command line that 5.1 builds for CreateProcess: the program's full path in quotes, then the arguments.

    An argument with white space that does not begin with a quote is put in quotes; quotes within it are left as they
    are, and a backslash at its end escapes the closing quote. Empty arguments vanish.
    https://github.com/PowerShell/PowerShell/issues/1995
    """
    texts = [word.value(variables) for word in command.words[1:]]
    return " ".join([f'"{program}"', *(_argument(text) for text in texts if text)])


def _argument(text: str) -> str:
    if any(char.isspace() for char in text) and not text.startswith('"'):
        return f'"{text}"'
    return text
