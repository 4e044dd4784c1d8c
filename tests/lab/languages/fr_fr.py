# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""French, as far as published outputs show it: netstat keeps the English states and has no PID heading."""

from __future__ import annotations

from . import Language

LANGUAGE = Language(
    "fr-FR",
    ansi_code_page=1252,
    oem_code_page=850,
    texts={
        "reg.default": "(par défaut)",
        "reg.error": "ERREUR : ",
        "sc.success": "réussite(s)",
        "account.S-1-1-0": "Tout le monde",
        "account.S-1-5-18": "AUTORITE NT\\Système",
        "account.S-1-5-20": "AUTORITE NT\\SERVICE RÉSEAU",
        "account.S-1-5-32-544": "BUILTIN\\Administrateurs",
        "account.S-1-5-32-545": "BUILTIN\\Utilisateurs",
        "netsh.rule": "Nom de la règle :                     ",
        "netsh.enabled": "Activé :                              ",
        "netsh.direction": "Direction :                           ",
        "netsh.profiles": "Profiles :                            ",
        "netsh.grouping": "Groupement :                          ",
        "netsh.local_ip": "LocalIP :                             ",
        "netsh.remote_ip": "RemoteIP :                            ",
        "netsh.protocol": "Protocole :                           ",
        "netsh.local_port": "LocalPort :                           ",
        "netsh.remote_port": "RemotePort :                          ",
        "netsh.action": "Action :                              ",
        "netsh.yes": "Oui",
        "netsh.out": "Actif",
        "netsh.any": "Tout",
        "netsh.Domain": "Domaine",
        "netsh.Private": "Privé",
        "netsh.Public": "Public",
        "netsh.Allow": "Autoriser",
        "netstat.title": "Connexions actives",
        "netstat.header": "  Proto  Adresse locale         Adresse distante       État",
        "netstat.header_pid": "  Proto  Adresse locale         Adresse distante       État",
        "tasklist.image": "Nom de l'image",
        "tasklist.session_name": "Nom de la session",
        "tasklist.session": "Numéro de session",
        "tasklist.memory": "Utilisation mémoire",
        "tasklist.kb": "Ko",
        "tasklist.thousands": "\u00a0",
    },
)
