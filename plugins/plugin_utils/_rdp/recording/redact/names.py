# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the place of a name: the same placeholder for the same name, in the order in which names appear.

A placeholder is a number, never a hash: short names can be guessed, and a guess could be tried on a hash.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t

_GUID = re.compile(r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])")
# Microsoft's own GUIDs of extensions and of the two default policies end like this in every domain.
_MICROSOFT_GUID = re.compile(r"-00c04f[0-9a-f]{6}$", re.I)
_SID = re.compile(r"(?<![A-Za-z0-9-])S-1-\d{1,15}(?:-\d{1,10}){1,15}(?![\d-])")
_THUMBPRINT = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{40}(?![0-9A-Fa-f])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]\d)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UNC = re.compile(r"(?<![^\s\"'=,;(])\\\\(?P<server>[^\s\\\"/|]+)(?P<rest>\\[^\s\"|]*)?")
_PROFILE = re.compile(r"(?P<before>\\(?:Users|Documents and Settings)\\)(?P<user>[^\\\"\r\n|]+)", re.I)
_SHARED_PROFILES = frozenset({"public", "default", "all users", "default user", "%username%"})

# S-1-5-21 are domains and computers, S-1-5-80 services (made from their names, the same everywhere).
# https://learn.microsoft.com/windows/win32/secauthz/well-known-sids
_KEPT_SIDS = re.compile(r"S-1-(?:[0-4](?:-\d+)+|5-\d+|5-(?:32|64|65|80|84|90|96)(?:-\d+)*|1[5689](?:-\d+)*)")
_FIRST_NUMBER = 1_000_000_000

# Names that say nothing about a host, and words that stand in every output.
_NO_NAMES = frozenset(
    {"localhost", "windows", "microsoft", "server", "system", "administrator", "administrators", "users", "user"}
    | {"remote", "desktop", "service", "services", "local", "network", "default", "console", "workgroup", "builtin"}
    | {"rdp", "tcp", "udp", "listen", "listening", "svchost", "host", "text", "domain", "example"}
)
_LEAST_LENGTH = 3


class Names:
    """The names of one recording.

    Args:
        known: What the host and the account are called, as far as somebody knows.
        vocabulary: Words that are Windows' own, and stay even if a host is called so.
    """

    def __init__(self, known: t.Iterable[str], vocabulary: t.Iterable[str] = ()) -> None:
        self._vocabulary = _NO_NAMES | {word.casefold() for word in vocabulary}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._thumbprints: dict[str, str] = {}
        for name in known:
            self.host(name)

    def _numbered(self, kind: str, original: str, form: t.Callable[[int], str]) -> str:
        key = kind, original.casefold()
        if key not in self._placeholders:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._placeholders[key] = form(self._counts[kind])
        return self._placeholders[key]

    def _word(self, original: str, placeholder: str) -> None:
        """Replace a name wherever it stands alone."""
        word = original.casefold()
        if len(word) >= _LEAST_LENGTH and word not in self._vocabulary and word not in self._words:
            self._words[word] = placeholder
            self._pattern = None

    def alias(self, word: str, replacement: str) -> None:
        """Replace a word by one that was made from placeholders, and may change as long as they do."""
        if word != replacement and self._words.get(word) != replacement:
            self._words[word] = replacement
            self._pattern = None

    @property
    def words(self) -> tuple[str, ...]:
        """The names that must not be left anywhere, in lower case. Somebody may be called like a placeholder."""
        placeholders = {placeholder.casefold() for placeholder in self._placeholders.values()}
        return tuple(word for word in self._words if word not in placeholders)

    # -- names ---------------------------------------------------------------------------------------------------------

    def host(self, name: str) -> str:
        """Replace the name of a computer: ``web03``, ``web03.corp.example``, or an address."""
        name = name.strip().rstrip(".")
        if _is_address(name):
            return self.address(name)
        label, dot, domain = name.partition(".")
        if not label or label.casefold() == "localhost":
            return name
        placeholder = self._numbered("host", label, lambda number: f"host{number}")
        self._word(label, placeholder)
        # NetBIOS has room for fifteen characters.
        self._word(label[:15], placeholder)
        return f"{placeholder}.{self.domain(domain)}" if dot else placeholder

    def host_or_text(self, value: str) -> str:
        """Replace a part of a certificate's name, which is a computer's or anything."""
        is_host = value.casefold() in self._words or ("." in value and " " not in value)
        return self.host(value) if is_host else self.text(value)

    def domain(self, name: str) -> str:
        """Replace the DNS name of a domain."""
        placeholder = self._numbered("domain", name, lambda number: f"domain{number}.example")
        self._word(name, placeholder)
        self._word(name.partition(".")[0], placeholder.partition(".")[0])
        return placeholder

    def account(self, name: str) -> str:
        r"""Replace the name of an account: ``maria``, ``CORP\maria``, ``maria@corp.example``."""
        domain, backslash, user = name.rpartition("\\")
        if not user:
            return name
        if backslash:
            return f"{'.' if domain == '.' else self._flat_domain(domain)}\\{self._user(user)}"
        user, at, domain = user.partition("@")
        return f"{self._user(user)}@{self.domain(domain)}" if at else self._user(user)

    def _user(self, name: str) -> str:
        placeholder = self._numbered("user", name, lambda number: f"user{number}")
        self._word(name, placeholder)
        return placeholder

    def _flat_domain(self, name: str) -> str:
        if known := self._words.get(name.casefold()):
            return known.upper()
        placeholder = self._numbered("flat domain", name, lambda number: f"DOMAIN-{number}")
        self._word(name, placeholder)
        return placeholder

    def text(self, original: str) -> str:
        """Replace a text of which nothing is known."""
        if not original.strip():
            return original
        if known := self._words.get(original.casefold()):
            return known
        return self._numbered("text", original, lambda number: f"text{number}")

    def named(self, kind: str, original: str) -> str:
        """Replace the name of a thing, such as a policy, wherever it stands."""
        placeholder = self._numbered(kind, original, lambda number: f"{kind}{number}")
        self._word(original, placeholder)
        return placeholder

    # -- what has a form of its own ------------------------------------------------------------------------------------

    def guid(self, original: str) -> str:
        """Replace a GUID without its braces, unless it is Microsoft's own."""
        if _MICROSOFT_GUID.search(original):
            return original
        return self._numbered("guid", original, lambda number: f"00000000-0000-4000-8000-{number:012}")

    def sid(self, original: str) -> str:
        """Replace what a SID says about its computer or domain. The last number, the account's, stays."""
        if _KEPT_SIDS.fullmatch(original):
            return original
        parts = original.split("-")
        # S-1-5-21 has three numbers for the domain; of every other kind all but the first say who it is.
        end = 7 if parts[2:4] == ["5", "21"] and len(parts) >= 7 else len(parts)
        issuer = "-".join(parts[:end])
        number = int(self._numbered("sid", issuer, str)) + _FIRST_NUMBER
        return "-".join([*parts[:4], *([str(number)] * (end - 4)), *parts[end:]])

    def address(self, original: str) -> str:
        """Replace an IP address, unless it is that of no certain host. A zone and a prefix length stay."""
        bare = re.split("[%/]", original, maxsplit=1)[0]
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            return original
        # What begins with 255 is a mask.
        if address.is_loopback or address.is_unspecified or address.is_multicast or bare.startswith("255."):
            return original
        rest = original[len(bare) :]
        if address.version == 4:
            # Those of RFC 5737 and RFC 2544, which no host in a network has.
            return self._numbered("ipv4", str(address), _test_address) + rest
        net = "fe80::db8" if address.is_link_local else "2001:db8:"
        return self._numbered(net, str(address), lambda number: f"{net}:{number:x}") + rest

    def thumbprint(self, original: str) -> str:
        """Replace the SHA-1 of a certificate, in upper-case hexadecimal digits."""
        if original not in self._thumbprints:
            number = len(self._thumbprints)
            digest = hashlib.sha1(f"winops.rdp certificate {number}".encode(), usedforsecurity=False)
            self._thumbprints[original] = digest.hexdigest().upper()
        return self._thumbprints[original]

    def certificate(self, original: str, replacement: str) -> None:
        """Say by which thumbprint a certificate's is replaced, as it is that of the rebuilt one."""
        self._thumbprints[original] = replacement

    # -- texts ---------------------------------------------------------------------------------------------------------

    def in_text(self, text: str) -> str:
        """Replace everything in a text that is known, or has the form of a name."""
        text = _GUID.sub(lambda found: self.guid(found[0]), text)
        text = _SID.sub(lambda found: self.sid(found[0]), text)
        text = _THUMBPRINT.sub(self._known_thumbprint, text)
        text = _EMAIL.sub(lambda found: self.account(found[0]), text)
        text = _UNC.sub(self._in_unc, text)
        text = _IPV4.sub(lambda found: self.address(found[0]), text)
        return self.known_in(text)

    def known_in(self, text: str) -> str:
        """Replace the known names in a text, and those of users in paths."""
        text = _PROFILE.sub(self._in_profile, text)
        if not self._words:
            return text
        if self._pattern is None:
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile(
                rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])", re.IGNORECASE
            )
        return self._pattern.sub(lambda found: self._words.get(found[0].casefold(), found[0]), text)

    def _in_unc(self, found: re.Match[str]) -> str:
        # A share of the domain's own has its name in the place of a server's.
        server = self._words.get(found["server"].casefold()) or self.host(found["server"])
        return f"\\\\{server}{found['rest'] or ''}"

    def _known_thumbprint(self, found: re.Match[str]) -> str:
        known = self._thumbprints.get(found[0].upper())
        if known is None:
            return found[0]
        return known if found[0].upper() == found[0] else known.lower()

    def _in_profile(self, found: re.Match[str]) -> str:
        user = found["user"]
        return found["before"] + (user if user.casefold() in _SHARED_PROFILES else self._user(user))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _test_address(number: int) -> str:
    if number <= 254:
        return f"192.0.2.{number}"
    return str(ipaddress.ip_address("198.18.0.0") + number - 255)
