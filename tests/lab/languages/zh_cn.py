# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simplified Chinese, as far as published outputs show it."""

from __future__ import annotations

from . import Language

LANGUAGE = Language(
    "zh-CN",
    ansi_code_page=936,
    oem_code_page=936,
    texts={
        "reg.default": "(默认)",
        "qwinsta.header": " 会话名            用户名                   ID  状态    类型        设备 ",
        "qwinsta.header_wide": " 会话名                    用户名                   ID  状态    类型        设备 ",
        "qwinsta.Active": "运行中",
        "qwinsta.Conn": "已连接",
        "qwinsta.Disc": "断开",
        "qwinsta.Listen": "侦听",
        "netsh.heading.Domain": "域配置文件 设置: ",
        "netsh.heading.Private": "专用配置文件 设置: ",
        "netsh.heading.Public": "公用配置文件 设置: ",
        "netsh.state": "状态                                  ",
        "netsh.on": "启用",
        "netsh.off": "关闭",
        "netsh.policy": "防火墙策略                          ",
        "netsh.gpo_only": "N/A (仅 GPO 存储)",
        "netsh.enable": "启用",
        "netsh.disable": "禁用",
        "netsh.logging": "日志:",
        "netsh.ok": "确定。",
        "netsh.excluded": "协议 {protocol} 端口排除范围",
        "netsh.excluded_heading": "开始端口    结束端口      ",
        "netsh.administered": "* - 管理的端口排除。",
        "netstat.title": "活动连接",
        "netstat.header": "  协议  本地地址                外部地址              状态",
        "netstat.header_pid": "  协议  本地地址                外部地址              状态             PID",
        "tasklist.image": "映像名称",
        "tasklist.services": "服务",
        "tasklist.na": "暂缺",
        "tasklist.none": "信息: 没有运行的任务匹配指定标准。",
        "taskkill.killed": "成功: 已终止 PID 为 {pid} 的进程。",
    },
)
