"""A running `accelerator serve` for the checks, and plain HTTP to talk to it, all on this machine."""
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time


class Server:
    """Starts the command, and reads its ports from its log."""

    def __init__(self, accelerator, *options, environment=None):
        self.log = []
        self.process = subprocess.Popen(
            [accelerator, "serve", "--bind", "127.0.0.1:0", *options], stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.port = self.grpc_port = None
        ready = threading.Event()

        def read():
            for line in self.process.stderr:
                self.log.append(line.rstrip("\n"))
                if match := re.match(r"serving at http://\S+:(\d+)/(?: and gRPC at \S+:(\d+))?", line):
                    self.port = int(match[1])
                    self.grpc_port = int(match[2]) if match[2] else None
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        if not ready.wait(120) or self.port is None:
            self.process.kill()
            raise SystemExit("the server did not start:\n" + "\n".join(self.log[-20:]))
        for _ in range(600):
            if self.request("GET", "/health/ready")[0] == 200:
                return
            time.sleep(0.1)
        raise SystemExit("the server did not become ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise SystemExit("the server did not end after SIGTERM")

    @property
    def url(self):
        return f"127.0.0.1:{self.port}"

    def request(self, method, path, body=None, headers=None, timeout=60):
        """Returns the status, the headers and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, headers=None):
        status, _, answer = self.request(method, path, body, headers)
        return status, json.loads(answer)

    @property
    def memory(self):
        """The resident memory in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    @property
    def is_alive(self):
        return self.process.poll() is None and self.request("GET", "/health/live")[0] == 200


def command_json(accelerator, *arguments):
    """Returns what a command prints as JSON."""
    done = subprocess.run([accelerator, *arguments, "--format", "json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found[0] if isinstance(found, list) else found


class Checks:
    """Counts what is as it should be, and ends the process with what is not."""

    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, is_right, what):
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        raise SystemExit(1 if self.failed else 0)


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="server-check-")
