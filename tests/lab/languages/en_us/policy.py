# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""English: what gpupdate and gpresult say. Published outputs show them, apart from the lines marked as assumed."""

from __future__ import annotations

TEXTS = {
    "policy.local": "Local Group Policy",
    "gpupdate.start": "Updating policy...",
    "gpupdate.computer": "Computer Policy update has completed successfully.",
    "gpupdate.user": "User Policy update has completed successfully.",
    "gpupdate.computer_failed": "Computer policy could not be updated successfully. "
    "The following errors were encountered:",
    "gpupdate.user_failed": "User Policy could not be updated successfully. The following errors were encountered:",
    "gpupdate.no_controller": "The processing of Group Policy failed because of lack of network connectivity to a "
    "domain controller. This may be a transient condition. A success message would be generated once the machine gets "
    "connected to the domain controller and Group Policy has successfully processed. If you do not see a success "
    "message for several hours, then contact your administrator.",
    "gpupdate.registry_failed": "The processing of Group Policy failed. Windows could not apply the registry-based "
    "policy settings for the Group Policy object {subject}. Group Policy settings will not be resolved until this "
    "event is resolved. View the event details for more information on the file name and path that caused the failure.",
    "gpupdate.denied": "The processing of Group Policy failed. Windows attempted to retrieve new Group Policy settings "
    "for this user or computer. Look in the details tab for error code and description. Windows will automatically "
    "retry this operation at the next refresh cycle. Computers joined to the domain must have proper name resolution "
    "and network connectivity to a domain controller for discovery of new Group Policy objects and settings. An event "
    "will be logged when Group Policy is successful.",
    "gpupdate.diagnose": "To diagnose the failure, review the event log or run GPRESULT /H GPReport.html from the "
    "command line to access information about Group Policy results.",
    "gpupdate.too_long": "Policy refresh has not completed in the expected time. Exiting...",
    # gpresult
    "gpresult.no_data_user": 'INFO: The user "{user}" does not have RSoP data.',
    "gpresult.no_data_computer": "INFO: The computer does not have RSoP data.",  # assumed
    "gpresult.denied": "ERROR: Access Denied.",
    "gpresult.exists": 'ERROR: The file "{path}" already exists. Use /F to overwrite it.',  # assumed
    "gpresult.syntax": 'ERROR: Invalid syntax.\r\nType "GPRESULT /?" for usage.',
    "gpresult.path": "ERROR: The system cannot find the path specified.",
    "gpresult.banner": "Microsoft (R) Windows (R) Operating System Group Policy Result tool v2.0",
    "gpresult.rights": "© Microsoft Corporation. All rights reserved.",
    "gpresult.created": "Created on {date} at {time}",
    "gpresult.title": "RSOP data for {user} on {computer} : Logging Mode",
    "gpresult.date": "{month}/{day}/{year}",
    "gpresult.time": "{hour12}:{minute:02}:{second:02} {half}",
    "gpresult.os_configuration": "OS Configuration:            {text}",
    "gpresult.server": "Member Server",
    "gpresult.workstation": "Member Workstation",
    "gpresult.os_version": "OS Version:                  {text}",
    "gpresult.site": "Site Name:                   {text}",
    "gpresult.roaming": "Roaming Profile:             {text}",
    "gpresult.profile": "Local Profile:               {text}",
    "gpresult.slow": "Connected over a slow link?: No",
    "gpresult.computer": "COMPUTER SETTINGS",
    "gpresult.last": "    Last time Group Policy was applied: {date} at {time}",
    "gpresult.from": "    Group Policy was applied from:      {text}",
    "gpresult.threshold": "    Group Policy slow link threshold:   500 kbps",
    "gpresult.domain": "    Domain Name:                        {text}",
    "gpresult.domain_type": "    Domain Type:                        Windows 2008 or later",
    "gpresult.applied": "Applied Group Policy Objects",
    "gpresult.none": "N/A",
    "gpresult.filtered": "The following GPOs were not applied because they were filtered out",
    "gpresult.filtering": "            Filtering:  {text}",
    "gpresult.empty": "Not Applied (Empty)",
    "gpresult.reason_denied": "Denied (Security)",
    # Unseen: what gpresult prints of a GPO that can't be read.
    "gpresult.unreadable": "Not Applied (Unknown Reason)",
    "gpresult.disabled_gpo": "Disabled (GPO)",
    "gpresult.disabled_link": "Disabled (Link)",
    "gpresult.groups": "The computer is a part of the following security groups",
    "gpresult.infrastructure": "Group Policy Infrastructure",
    "gpresult.registry": "Registry",
    "gpresult.security": "Security",
    "gpresult.preferences": "Group Policy Registry",
    "group.S-1-5-2": "NT AUTHORITY\\NETWORK",
    "group.S-1-5-15": "NT AUTHORITY\\This Organization",
    "group.S-1-18-1": "Authentication authority asserted identity",
    "group.S-1-16-16384": "Mandatory Label\\System Mandatory Level",
    # TerminalServer.admx
    "admx.connections": "Windows Components/Remote Desktop Services/Remote Desktop Session Host/Connections",
    "admx.security": "Windows Components/Remote Desktop Services/Remote Desktop Session Host/Security",
    "admx.supported": "At least Windows Server 2003",
    "admx.explain": "Decides over Remote Desktop Services on this computer.",
    "admx.fDenyTSConnections": "Allow users to connect remotely by using Remote Desktop Services",
    "admx.UserAuthentication": "Require user authentication for remote connections by using Network Level "
    "Authentication",
    "admx.SecurityLayer": "Require use of specific security layer for remote (RDP) connections",
    "admx.SecurityLayer.part": "Security Layer",
    "admx.SecurityLayer.0": "RDP",
    "admx.SecurityLayer.1": "Negotiate",
    "admx.SecurityLayer.2": "SSL",
    "admx.MinEncryptionLevel": "Set client connection encryption level",
    "admx.MinEncryptionLevel.part": "Encryption Level",
    "admx.MinEncryptionLevel.1": "Low Level",
    "admx.MinEncryptionLevel.2": "Client Compatible",
    "admx.MinEncryptionLevel.3": "High Level",
    "admx.MaxInstanceCount": "Limit number of connections",
    "admx.MaxInstanceCount.part": "RD Maximum Connections allowed",
    "admx.fSingleSessionPerUser": "Restrict Remote Desktop Services users to a single Remote Desktop Services session",
}
