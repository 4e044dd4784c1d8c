# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Enable-NetFirewallRule -Name ID[,ID …]`, `Disable-NetFirewallRule`, and `Set-NetFirewallRule -Name ID[,ID …]
-Enabled True|False -Profile Any|PROFILE[,PROFILE …]`, in exactly these forms.

https://learn.microsoft.com/powershell/module/netsecurity/set-netfirewallrule and
https://learn.microsoft.com/powershell/module/netsecurity/enable-netfirewallrule; since Windows 8 and Server 2012. An id
that no local rule has is an error that doesn't keep the other rules from being switched; `$?` is false afterwards, so
that powershell.exe ends with 1.
"""

from __future__ import annotations

import re

from ...languages import encode
from ...machine import Machine
from ...process import ProcessResult
from .errors import record

_FORM = re.compile(
    r"\s*(?P<verb>Enable|Disable)-NetFirewallRule\s+-Name\s+(?P<ids>(?:'[^']*'|[\w{}.-]+)(?:\s*,\s*(?:'[^']*'|[\w{}.-]+))*)"
    r"\s*",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\s*Set-NetFirewallRule\s+-Name\s+(?P<ids>[\w{}.-]+(?:\s*,\s*[\w{}.-]+)*)\s+-Enabled\s+(?P<on>True|False)"
    r"\s+-Profile\s+(?P<profiles>Any|(?:Domain|Private|Public)(?:\s*,\s*(?:Domain|Private|Public))*)\s*",
    re.IGNORECASE,
)


def answer(machine: Machine, script: str, code_page: int) -> ProcessResult | None:
    """Run a script of that form; None for any other script."""
    found = _FORM.fullmatch(script) or _SET.fullmatch(script)
    if found is None:
        return None
    setting = found.re is _SET
    cmdlet = "Set-NetFirewallRule" if setting else f"{found['verb'].capitalize()}-NetFirewallRule"
    on = found["on"].lower() == "true" if setting else cmdlet.startswith("Enable")
    profiles = tuple(one.strip().title() for one in found["profiles"].split(",")) if setting else ()
    ids = [one.strip().strip("'") for one in re.split(r"\s*,\s*", found["ids"])]
    with machine.lock:
        errors = [_switch(machine, cmdlet, one, script, on=on, profiles=profiles) for one in ids]
        machine.filter_network()
    text = "".join(error for error in errors if error)
    return ProcessResult(b"", encode(text, code_page), 1 if text else 0)


def _switch(machine: Machine, cmdlet: str, identity: str, script: str, *, on: bool, profiles: tuple[str, ...]) -> str:
    """Switch one rule, and limit it to profiles where there are any; the error record, empty when there is none."""
    cim = "(MSFT_NetFirewallRule:root/standardcimv2/MSFT_NetFirewallRule)"
    if not machine.firewall.running:
        message = "There are no more endpoints available from the endpoint mapper."
        category = f"NotSpecified: {cim} [{cmdlet}], CimException"
        return record(cmdlet, message, script, category, f"Windows System Error 1753,{cmdlet}")
    known = next((one for one in machine.firewall.local if one.lower() == identity.lower()), None)
    if known is None:
        message = (
            f"No MSFT_NetFirewallRule objects found with property 'InstanceID' equal to '{identity}'.  "
            "Verify the value of the property and retry."
        )
        category = f"ObjectNotFound: ({identity}:String) [{cmdlet}], CimJobException"
        return record(cmdlet, message, script, category, f"CmdletizationQuery_NotFound_InstanceID,{cmdlet}")
    if not machine.elevated:
        category = f"PermissionDenied: {cim} [{cmdlet}], CimException"
        return record(cmdlet, "Access is denied.", script, category, f"Windows System Error 5,{cmdlet}")
    machine.firewall.switch(known, on=on)
    if profiles:
        # A rule that counts in every profile has no field for them.
        machine.firewall.limit(known, () if profiles == ("Any",) else profiles)
    return ""
