# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run parse TOOL FILE``: what a parser reads in the output of a Windows tool, as JSON.

FILE may hold what the tool printed or a transcript of a console: see dev/transcript.py. ``-`` is standard input.
Needs the standard library only, and neither Ansible nor a Windows host.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    # Python put this file's own folder first; the modules here are `dev.<name>`.
    sys.path[0] = str(_ROOT)

from dev.transcript import clean  # noqa: E402  (the path has to be right first)

_PLUGIN_UTILS = str(_ROOT / "plugins" / "plugin_utils")

# What can be asked for, and the parser's module below plugins/plugin_utils/_rdp/tools.
TOOLS = {
    "reg": "reg",
    "reg_query": "reg",
    "sc": "sc",
    "qwinsta": "qwinsta",
    "netstat": "netstat",
    "tasklist": "tasklist",
    "icacls": "icacls",
    "certutil": "certutil",
}
# The same for files whose bytes are parsed, not their lines: the parser's module below _rdp.
FILES = {
    "reg_export": "formats.regfile",
    "certstore": "formats.certstore",
    "gpresult": "tools.gpresult",
    "registry_pol": "formats.registry_pol",
}


class CannotParse(Exception):
    """The arguments don't name something that can be read."""


def parse(tool: str, data: bytes, name: str = "", code_page: int | None = None) -> dict[str, Any]:
    """Read an output.

    Args:
        tool: A key of TOOLS.
        data: The bytes of the file.
        name: What to call the file in the answer.
        code_page: The code page of the console, if the text isn't Unicode.

    Returns:
        Plain JSON types.

    Raises:
        CannotParse: There is no parser for that tool.
    """
    if tool not in TOOLS and tool not in FILES:
        raise CannotParse(f"There is no parser for {tool!r}. There is one for: {', '.join((*TOOLS, *FILES))}.")
    if _PLUGIN_UTILS not in sys.path:
        # Behind everything else: nothing there may hide another module. The parsers import no Ansible.
        sys.path.append(_PLUGIN_UTILS)
    text = importlib.import_module("_rdp.text")
    if tool in FILES:
        return {"tool": tool, "file": name, "read": _read_file(FILES[tool], data)}
    module = importlib.import_module(f"_rdp.tools.{TOOLS[tool]}")
    try:
        transcript = clean(text.lines(data, code_page))
    except importlib.import_module("_rdp.errors").UnreadableError as exc:
        raise CannotParse(f"The output is not understood: {exc}") from exc
    read = _plain(module.parse(transcript.lines))
    not_understood = read.pop("not_understood")
    return {
        "tool": tool,
        "file": name,
        "encoding": _encoding(data, text.decode(data, code_page), code_page),
        "removed": list(transcript.removed),
        "read": read,
        "not_understood": not_understood,
    }


def _read_file(parser: str, data: bytes) -> Any:
    """Return what the parser of a file format reads, each entry with the name of its kind."""
    module = importlib.import_module(f"_rdp.{parser}")
    errors = importlib.import_module("_rdp.errors")
    try:
        found = module.parse(data)
    except (errors.UnreadableError, errors.RegFileError) as exc:
        raise CannotParse(f"The file is not understood: {exc}") from exc
    entries = getattr(found, "entries", getattr(found, "records", found))
    if dataclasses.is_dataclass(entries):
        return _plain(entries)
    return [{"kind": type(entry).__name__, **_plain(entry)} for entry in entries]


def _encoding(data: bytes, decoded: str, code_page: int | None) -> str:
    """Return the name of the encoding that gives the text which the parser was given."""
    names = ("utf-16", "utf-8-sig", "utf-16-le", f"cp{code_page}", "cp1252")
    for errors in ("strict", "replace"):
        # Bytes that are no UTF-8 are never read as UTF-8.
        for name in names if errors == "strict" else (*names[:1], *names[2:]):
            try:
                if data.decode(name, errors) == decoded and (name != "utf-16" or data[:2] in _UTF_16_MARKS):
                    return name.removesuffix("-sig")
            except (UnicodeDecodeError, LookupError):
                continue
    return "unknown"


_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _plain(value: Any) -> Any:
    """Return a reading as JSON's types, with what its properties say."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        properties = [name for name, member in vars(type(value)).items() if isinstance(member, property)]
        return fields | {name: _plain(getattr(value, name)) for name in properties}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def main(arguments: list[str]) -> int:
    """Print what is read. Exit code 2 if there is nothing to read."""
    parser = argparse.ArgumentParser(prog="./run parse", description=__doc__)
    parser.add_argument("tool", metavar="TOOL", help=f"one of: {', '.join(TOOLS)}")
    parser.add_argument("file", metavar="FILE", help="what the tool printed; - is standard input")
    parser.add_argument("--code-page", type=int, metavar="N", help="of the console, if it isn't Unicode: 850, 932 …")
    options = parser.parse_args(arguments)
    try:
        if options.tool not in (*TOOLS, *FILES):
            parse(options.tool, b"")  # says which there are, before a file is read
        data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
        answer = parse(options.tool, data, options.file, options.code_page)
    except CannotParse as error:
        print(f"parse: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"parse: {options.file} can't be read: {error.strerror}.", file=sys.stderr)
        return 2
    # UTF-8 on every terminal: an output in another language must not fail at the print.
    sys.stdout.buffer.write(json.dumps(answer, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
