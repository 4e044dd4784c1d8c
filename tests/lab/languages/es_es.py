# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spanish, as far as published outputs show it: sc translates its labels, netstat keeps the English states."""

from __future__ import annotations

from . import Language

LANGUAGE = Language(
    "es-ES",
    ansi_code_page=1252,
    oem_code_page=850,
    texts={
        "reg.default": "(Predeterminado)",
        "sc.success": "CORRECTO",
        "sc.failed": "ERROR",
        "sc.service_name": "NOMBRE_SERVICIO: ",
        "sc.type": "        TIPO               : ",
        "sc.state": "        ESTADO             : ",
        "sc.win32_exit": "        CÓD_SALIDA_WIN32   : ",
        "sc.service_exit": "        CÓD_SALIDA_SERVICIO: ",
        "sc.checkpoint": "        PUNTO_COMPROB.     : ",
        "sc.wait_hint": "        INDICACIÓN_INICIO  : ",
        "net.started": "El servicio de {name} se ha iniciado correctamente.",
        "net.stopped": "El servicio de {name} se detuvo correctamente.",
        "qwinsta.header": " NOMBRE DE SESIÓN  NOMBRE DE USUARIO        ID  ESTADO  TIPO        DISPOSITIVO ",
        "qwinsta.header_wide": ""
        " NOMBRE DE SESIÓN          NOMBRE DE USUARIO        ID  ESTADO  TIPO        DISPOSITIVO ",
        "qwinsta.Active": "Activo",
        "qwinsta.Listen": "Escuchar",
        "account.S-1-1-0": "Todos",
        "account.S-1-5-20": "NT AUTHORITY\\Servicio de red",
        "account.S-1-5-32-544": "BUILTIN\\Administradores",
        "account.S-1-5-32-545": "BUILTIN\\Usuarios",
        "icacls.processed": "archivo procesado: {path}",
        "icacls.summary": "Se procesaron correctamente {done} archivos; error al procesar {failed} archivos",
        "win32.1332": "No se efectuó ninguna asignación entre los nombres de cuenta y los identificadores de "
        "seguridad.",
        "netsh.rule": "Nombre de regla:                      ",
        "netsh.enabled": "Habilitada:                           ",
        "netsh.direction": "Dirección:                            ",
        "netsh.profiles": "Perfiles:                             ",
        "netsh.grouping": "Agrupamiento:                         ",
        "netsh.protocol": "Protocolo:                            ",
        "netsh.action": "Acción:                               ",
        "netsh.edge": "Cruce seguro del perímetro:          ",
        "netsh.yes": "Sí",
        "netsh.in": "Dentro",
        "netsh.out": "Fuera",
        "netsh.any": "Cualquiera",
        "netsh.Domain": "Dominio",
        "netsh.Private": "Privada",
        "netsh.Public": "Pública",
        "netsh.Block": "Bloquear",
        "netstat.title": "Conexiones activas",
        "netstat.header": "  Proto  Dirección local          Dirección remota        Estado",
        "netstat.header_pid": "  Proto  Dirección local          Dirección remota        Estado           PID",
    },
)
