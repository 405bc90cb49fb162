"""A real Chromium without a window, spoken to by the DevTools protocol over a pair of pipes."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading


class Browser:
    def __init__(self, program="chromium", seconds=120):
        """Starts it. SECONDS without an answer end it."""
        self.profile = tempfile.mkdtemp(prefix="mda-browser.")
        to_read, self.to = os.pipe()
        self.answers, answers_write = os.pipe()
        # Chromium reads 3 and writes 4; `sh` moves ours there, whatever their numbers are.
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec 3<&{to_read} 4>&{answers_write}; exec \"$@\"", "sh", program,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--remote-debugging-pipe", f"--user-data-dir={self.profile}",
             "about:blank"],
            pass_fds=(to_read, answers_write), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(answers_write)
        self.number, self.rest, self.seconds = 0, b"", seconds
        self.requested, self.complaints, self.events = [], [], []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t for t in targets if t["type"] == "page")
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Accessibility"):
            self.call(domain + ".enable")

    def close(self):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self):
        watch = threading.Timer(self.seconds, lambda: os.killpg(self.process.pid, 9))
        watch.start()
        while b"\0" not in self.rest:
            more = os.read(self.answers, 1 << 16)
            if not more:
                raise RuntimeError("the browser ended, or did not answer")
            self.rest += more
        watch.cancel()
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def note(self, event):
        """What the page asked the network for, and what the browser complained of."""
        kind, p = event["method"], event["params"]
        if kind == "Network.requestWillBeSent":
            self.requested.append(p["request"]["url"])
        elif kind == "Log.entryAdded":
            self.complaints.append(p["entry"]["text"])
        elif kind == "Runtime.exceptionThrown":
            self.complaints.append(str(p["exceptionDetails"]))
        elif kind == "Page.javascriptDialogOpening":
            self.complaints.append("dialog: " + p["message"])
            self.send("Page.handleJavaScriptDialog", accept=True)
        self.events.append(kind)

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        return self.number

    def call(self, method, **params):
        number = self.send(method, **params)
        while True:
            answer = self.read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.note(answer)

    def open(self, path):
        """Loads the file, and waits until it is shown."""
        self.events, self.requested, self.complaints = [], [], []
        self.call("Page.navigate", url="file://" + os.path.realpath(path))
        while "Page.loadEventFired" not in self.events:
            event = self.read()
            if "method" in event:
                self.note(event)

    def run(self, script):
        """The value of the expression, in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def look(self, width, height, scheme):
        """The size of the window, and "light" or "dark"."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, key, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def picture(self, path):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def names(self, role):
        """The names by which a screen reader calls what has that role."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [n.get("name", {}).get("value", "") for n in nodes
                if n.get("role", {}).get("value") == role and not n.get("ignored")]
