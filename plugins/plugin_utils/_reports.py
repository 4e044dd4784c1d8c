# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module rdp_report does between its options and the core: reads saved results, writes reports.

Private to this collection.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ._files import Written, matching, write
from ._rdp.checks import CHECKS
from ._rdp.errors import OptionError, UnreadableError
from ._rdp.report.as_csv import to_csv
from ._rdp.report.as_junit import to_junit
from ._rdp.report.as_markdown import to_markdown
from ._rdp.report.changes import Changes, compare
from ._rdp.report.fleet import CheckInfo, FleetReport
from ._rdp.report.merge import merge
from ._rdp.report.page.as_html import to_html
from ._rdp.report.results import report_of
from ._rdp.report.saved import from_json, to_json

# Three thousand hosts with all that they printed have less.
_MAX_SAVED = 1 << 30

KNOWN = tuple(CheckInfo(check.id, check.title, check.url) for check in CHECKS)

#: What the end of a file's name asks for.
FORMATS: dict[str, t.Callable[[FleetReport, Changes | None], str]] = {
    ".html": to_html,
    ".json": to_json,
    ".csv": lambda report, changes: to_csv(report),
    ".xml": lambda report, changes: to_junit(report),
    ".md": to_markdown,
}


def check_formats(option: str, paths: t.Iterable[str]) -> None:
    """Refuse a file that asks for no format.

    Raises:
        OptionError: There is one.
    """
    for path in paths:
        if Path(path).suffix.lower() not in FORMATS:
            raise OptionError(
                f"The value {path!r} of option '{option}' has no known format. "
                f"Allowed are names that end in {', '.join(FORMATS)}."
            )


def file_mode(option: str, mode: str | None) -> int | None:
    """Return a mode such as '0640' as a number.

    Raises:
        OptionError: It is something else.
    """
    if mode is None:
        return None
    try:
        number = int(mode, 8)
    except ValueError:
        number = -1
    if not 0 <= number <= 0o777:
        raise OptionError(
            f"The value {mode!r} of option '{option}' is no file mode. Allowed are octal ones such as '0640'."
        )
    return number


def gather(arguments: t.Mapping[str, t.Any]) -> tuple[FleetReport, Changes | None]:
    """Return the report that the options of the module ask for, and what changed since the previous one.

    Raises:
        OptionError: An option's value, or a file, can't be used.
    """
    parts = [_saved("sources", path) for pattern in arguments["sources"] for path in _files("sources", pattern)]
    if arguments["results"] is not None or arguments["reach"]:
        try:
            live = report_of(
                arguments["results"] or {},
                before=arguments["before"],
                repairs=arguments["repairs"],
                refusals=arguments["refusals"],
                reach=arguments["reach"],
                time=arguments["time"],
                checks=KNOWN,
            )
        except UnreadableError as exc:
            raise OptionError(f"The options can't be used: {exc.reason}.") from exc
        parts.append(live)
    report = merge(parts, arguments["title"], KNOWN)
    if not arguments["previous"]:
        return report, None
    (path,) = _files("previous", arguments["previous"])[-1:]
    return report, compare(report, _saved("previous", path), path.name)


def _files(option: str, pattern: str) -> list[Path]:
    if found := matching(pattern):
        return found
    raise OptionError(f"The value {pattern!r} of option '{option}' names no file on the controller.")


def _saved(option: str, path: Path) -> FleetReport:
    try:
        if path.stat().st_size > _MAX_SAVED:
            raise OptionError(f"The file {str(path)!r} of option '{option}' is larger than {_MAX_SAVED} bytes.")
        return from_json(path.read_bytes(), path.name, KNOWN)
    except OSError as exc:
        raise OptionError(f"The file {str(path)!r} of option '{option}' can't be read: {exc.strerror}.") from exc
    except UnreadableError as exc:
        raise OptionError(f"The file {str(path)!r} of option '{option}' can't be used: {exc.reason}.") from exc


def write_all(
    paths: t.Iterable[str], report: FleetReport, changes: Changes | None, mode: int | None, *, dry: bool
) -> list[Written]:
    """Write a report into files, each in the format that its name asks for.

    Raises:
        OptionError: One of them can't be written.
    """
    written = []
    for path in map(Path, paths):
        try:
            contents = FORMATS[path.suffix.lower()](report, changes).encode("utf-8")
            written.append(write(path, contents, mode, dry=dry))
        except OSError as exc:
            raise OptionError(f"The file {str(path)!r} of option 'dest' can't be written: {exc.strerror}.") from exc
    return written
