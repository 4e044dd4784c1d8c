# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Russian, as far as published outputs show it: sc translates its labels."""

from __future__ import annotations

from . import Language

LANGUAGE = Language(
    "ru-RU",
    ansi_code_page=1251,
    oem_code_page=866,
    texts={
        "reg.default": "(по умолчанию)",
        "sc.service_name": "Имя_службы: ",
        "sc.type": "        Тип                : ",
        "sc.state": "        Состояние          : ",
        "sc.win32_exit": "        Код_выхода_Win32   : ",
        "sc.service_exit": "        Код_выхода_службы  : ",
        "sc.checkpoint": "        Контрольная_точка  : ",
        "sc.wait_hint": "        Ожидание           : ",
        "net.starting": 'Служба "{name}" запускается',
        "net.started": 'Служба "{name}" успешно запущена.',
        "net.stopped": 'Служба "{name}" успешно остановлена.',
        "qwinsta.header": " СЕАНС             ПОЛЬЗОВАТЕЛЬ             ID  СТАТУС  ТИП         УСТР-ВО ",
        "qwinsta.header_wide": " СЕАНС                     ПОЛЬЗОВАТЕЛЬ             ID  СТАТУС  ТИП         УСТР-ВО ",
        "qwinsta.Active": "Активно",
        "qwinsta.Conn": "Подключено",
        "qwinsta.Disc": "Диск",
        "qwinsta.Listen": "Прием",
        "account.S-1-1-0": "Все",
        "account.S-1-5-18": "NT AUTHORITY\\система",
        "account.S-1-5-32-544": "BUILTIN\\Администраторы",
        "account.S-1-5-32-545": "BUILTIN\\Пользователи",
        "icacls.summary": "Успешно обработано {done} файлов; не удалось обработать {failed} файлов",
        "netstat.title": "Активные подключения",
        "netstat.header": "  Имя    Локальный адрес        Внешний адрес          Состояние",
        "netstat.header_pid": "  Имя    Локальный адрес        Внешний адрес          Состояние       PID",
    },
)
