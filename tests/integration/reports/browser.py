# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chromium without a window, spoken to over a pipe by its own protocol: no driver, no port, no other package.

https://chromedevtools.github.io/devtools-protocol/; with --remote-debugging-pipe, Chromium reads messages from file
descriptor 3 and writes them to 4, each with a zero byte behind it.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import selectors
import subprocess
import time
import typing as t
from pathlib import Path

_KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38, " ": 32}


class BrowserError(AssertionError):
    """Chromium refused something, did not answer, or a script in the page failed."""


class Browser:
    """One tab."""

    def __init__(self, program: str, folder: Path, width: int = 1280, height: int = 900) -> None:
        self._number = 0
        self._scripts = True
        self._buffer = b""
        self.events: list[dict[str, t.Any]] = []
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # Away from 3 and 4, which dup2 below would otherwise close.
        theirs = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 100) for descriptor in (to_read, to_write)]

        def arrange() -> None:
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        options = [
            *(
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
            ),
            *(
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--hide-scrollbars",
            ),
            *(f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}", "about:blank"),
        ]
        if os.geteuid() == 0:
            options.insert(0, "--no-sandbox")
        self._log = (folder / "chromium.log").open("wb")
        self._process = subprocess.Popen(
            [program, *options],
            pass_fds=(3, 4, *theirs),
            preexec_fn=arrange,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        )
        for descriptor in (to_read, to_write, *theirs):
            os.close(descriptor)
        self._session = ""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.call(f"{domain}.enable")
        self.size(width, height)

    def close(self) -> None:
        """End Chromium, and with it everything that it started."""
        with contextlib.suppress(BrowserError, OSError):
            self._session = ""
            self.call("Browser.close")
        for descriptor in (self._to, self._from):
            os.close(descriptor)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()

    # --- the protocol ----------------------------------------------------------------------------------------------

    def call(self, method: str, **parameters: t.Any) -> dict[str, t.Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        message: dict[str, t.Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return t.cast("dict[str, t.Any]", answer["result"])

    def _next(self, seconds: float = 60) -> dict[str, t.Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._from, selectors.EVENT_READ)
            while b"\0" not in self._buffer:
                if not selector.select(seconds):
                    raise BrowserError(f"Chromium has said nothing for {seconds:g} s")
                read = os.read(self._from, 1 << 20)
                if not read:
                    raise BrowserError("Chromium has ended")
                self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return t.cast("dict[str, t.Any]", json.loads(message))

    def wait_for(self, method: str) -> dict[str, t.Any]:
        """Wait for an event."""
        while True:
            for index, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(index)
            self.events.append(self._next())

    # --- the page --------------------------------------------------------------------------------------------------

    def open(self, file: Path, fragment: str = "") -> float:
        """Open a file and return how many seconds it took until it was loaded and painted."""
        self.call("Page.navigate", url="about:blank")
        self.wait_for("Page.loadEventFired")
        self.events.clear()
        began = time.monotonic()
        self.call("Page.navigate", url=file.resolve().as_uri() + fragment)
        self.wait_for("Page.loadEventFired")
        if self._scripts:
            self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - began

    def run(self, script: str) -> t.Any:
        """Evaluate an expression in the page and return its value. A promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def until(self, script: str, seconds: float = 10) -> t.Any:
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            if time.monotonic() > end:
                raise BrowserError(f"never true: {script}")
            time.sleep(0.02)
        return value

    def size(self, width: int, height: int) -> None:
        """Give the page a size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features: str) -> None:
        """Set what the user prefers: ``prefer(prefers_color_scheme="dark")``, and ``media="print"``."""
        media = features.pop("media", "")
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=media, features=wanted)

    def scripts(self, *, on: bool) -> None:
        """Let pages run scripts, or not, from the next one on."""
        self._scripts = on
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def press(self, *keys: str) -> None:
        """Press keys: names such as Enter, or single characters."""
        for key in keys:
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            code = {"windowsVirtualKeyCode": _KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0), "key": key}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **code)
            self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of an element, where nothing else may cover it."""
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        x, y, hit = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}), box = one.getBoundingClientRect();"
            "const x = box.x + box.width / 2, y = box.y + box.height / 2, top = document.elementFromPoint(x, y);"
            "return [x, y, one.contains(top) || top.contains(one)]; })()"
        )
        if not hit:
            raise BrowserError(f"something covers {selector}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, *, whole: bool = False) -> bytes:
        """What the page looks like, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"])

    def metrics(self) -> dict[str, float]:
        """Chromium's own counts of the page, such as Nodes and JSHeapUsedSize."""
        return {metric["name"]: metric["value"] for metric in self.call("Performance.getMetrics")["metrics"]}

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        self.run("1")
        events = [event for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in events]

    def complaints(self) -> list[str]:
        """Errors and warnings that the page caused since it was opened."""
        self.run("1")
        found = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] in ("error", "warning"):
                found.append(event["params"]["entry"]["text"])
            elif event.get("method") == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"]["exception"].get("description", "an exception"))
        return found
