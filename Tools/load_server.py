"""Loads `accelerator serve` from this machine, and sends it what no client should: bounded, and it stops by itself.

load_server.py ACCELERATOR MODEL [--seconds 60] [--connections 10000] [--only NAME…]
MODEL is an .accel file of one input. Prints figures; ends with 1 if something is not as it should be.
"""
import argparse
import gzip
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import threading
import time
import zlib

from server_process import Checks, Server, command_json

check = Checks()


class Inference:
    """A request with a random clip, and the answer that it must have, to the last byte."""

    def __init__(self, server, seed=1):
        models = server.json("GET", "/v1/models")[1]["models"]
        self.name = models[0]["name"]
        metadata = server.json("GET", f"/v2/models/{self.name}")[1]["inputs"][0]
        shape = [1] + metadata["shape"][1:]
        count = 1
        for length in shape:
            count *= length
        clip = random.Random(seed).randbytes(count)
        # Bytes as numbers between −1 and 1.
        tensor = b"".join(value.to_bytes(4, "little") for value in _floats(clip))
        header = json.dumps({"inputs": [{"name": metadata["name"], "shape": shape, "datatype": "FP32",
                                         "parameters": {"binary_data_size": len(tensor)}}],
                             "parameters": {"binary_data_output": True}}).encode()
        self.request = (f"POST /v2/models/{self.name}/infer HTTP/1.1\r\nHost: {server.url}\r\nContent-Type: application/octet-stream\r\n"
                        f"Inference-Header-Content-Length: {len(header)}\r\nContent-Length: {len(header) + len(tensor)}\r\n\r\n"
                        ).encode() + header + tensor
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(self.request)
            status, _, self.answer = read_answer(connection.makefile("rb"))
        assert status == 200, self.answer


def _floats(clip):
    import struct
    table = [struct.unpack("<I", struct.pack("<f", byte / 127.5 - 1))[0] for byte in range(256)]
    return (table[byte] for byte in clip)


def read_answer(file):
    """Returns the status, the fields and the body of an answer."""
    line = file.readline()
    if not line:
        raise ConnectionError("closed without an answer")
    status = int(line.split()[1])
    fields = {}
    while (line := file.readline().strip()):
        key, _, value = line.partition(b":")
        fields[key.decode().lower()] = value.strip().decode()
    body = file.read(int(fields.get("content-length", 0)))
    if len(body) != int(fields.get("content-length", 0)):
        raise ConnectionError("an answer was cut off")
    return status, fields, body


class Client(threading.Thread):
    """Sends one request after the other."""

    def __init__(self, server, inference, until):
        super().__init__(daemon=True)
        self.server, self.inference, self.until = server, inference, until
        self.times, self.statuses, self.wrong, self.lost = [], {}, 0, 0

    def run(self):
        connection = file = None
        while not self.until():
            start = time.perf_counter()
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
                    file = connection.makefile("rb")
            except OSError:
                time.sleep(0.02)
                continue
            sent = 0
            try:
                connection.sendall(self.inference.request)
                sent = 1
                status, fields, body = read_answer(file)
            except (OSError, ConnectionError):
                # A request that the server did not read to its end was not accepted.
                self.lost += sent
                connection = None
                continue
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 200:
                self.times.append(time.perf_counter() - start)
                self.wrong += body != self.inference.answer
            if fields.get("connection") == "close":
                connection.close()
                connection = None


def run_clients(server, inference, count, until, meanwhile=None):
    clients = [Client(server, inference, until) for _ in range(count)]
    start = time.perf_counter()
    for client in clients:
        client.start()
    if meanwhile:
        meanwhile()
    for client in clients:
        client.join(120)
    seconds = time.perf_counter() - start
    statuses = {}
    for client in clients:
        for status, number in client.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    times = sorted(time for client in clients for time in client.times)
    return times, statuses, sum(c.wrong for c in clients), sum(c.lost for c in clients), seconds


def benchmark(arguments):
    result = command_json(arguments.accelerator, "benchmark", "--model", arguments.model, "--threads", str(os.cpu_count()),
                          "--iterations", "100")
    return 1000 / result["latency_ms"]["median"]


def load(arguments):
    before = benchmark(arguments)
    with Server(arguments.accelerator, "--model", arguments.model) as server:
        inference = Inference(server)
        run_clients(server, inference, 16, until_after(3))
        memory = server.memory
        times, statuses, wrong, lost, seconds = run_clients(server, inference, 16, until_after(arguments.seconds))
        after = benchmark(arguments)
        rate = len(times) / seconds
        print(f"load: 16 clients for {seconds:.0f} s on {os.cpu_count()} cores: {rate:.1f} clips/s, "
              f"{rate / statistics.mean([before, after]):.2f} of the benchmark's {before:.1f} before and {after:.1f} after; "
              f"p50 {times[len(times) // 2] * 1000:.0f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.0f} ms; "
              f"memory {memory >> 20} → {server.memory >> 20} MB")
        check(set(statuses) == {200} and not wrong and not lost, f"load: {statuses}, {wrong} wrong, {lost} lost")
        check(server.memory < memory * 1.1 + (48 << 20), "memory grows under load")


def until_after(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def reload(arguments):
    with Server(arguments.accelerator, "--model", arguments.model) as server:
        inference = Inference(server)
        reloads = []

        def reloading():
            for _ in range(5):
                time.sleep(1)
                reloads.append(server.request("POST", f"/v2/repository/models/{inference.name}/load")[0])
        _, statuses, wrong, lost, _ = run_clients(server, inference, 8, until_after(7), reloading)
        print(f"reload: 5 under load of 8 clients: {statuses}")
        check(reloads == [200] * 5 and set(statuses) == {200} and not wrong and not lost, f"reload: {reloads} {statuses} {wrong} {lost}")


def drain(arguments):
    with Server(arguments.accelerator, "--model", arguments.model) as server:
        inference = Inference(server)
        ended = threading.Event()

        def ending():
            time.sleep(2)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
            ended.set()
        _, statuses, wrong, lost, seconds = run_clients(server, inference, 16, ended.is_set, ending)
        print(f"drain: SIGTERM under load of 16 clients: {statuses}, {lost} requests without an answer, ended after {seconds - 2:.1f} s")
        check(server.process.returncode == 0 and set(statuses) <= {200, 503} and not wrong and not lost,
              f"drain: {server.process.returncode} {statuses} {wrong} {lost}")


def connections(arguments):
    with Server(arguments.accelerator, "--model", arguments.model, environment={"ACCELERATOR_CONNECTIONS": "2000"}) as server:
        inference = Inference(server)
        whole = inference.request
        head = whole[:whole.index(b"\r\n\r\n") + 4]
        pieces = [b"", b"GET /v2", head[:60], head, whole[:len(head) + 1000], whole[:len(whole) // 2], whole,
                  b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n"]
        time.sleep(1)
        memory, descriptors = server.memory, server.descriptors
        pick = random.Random(1)
        open_ones = []
        for number in range(arguments.connections):
            if number == arguments.connections // 2:
                memory = server.memory
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            try:
                connection.sendall(pick.choice(pieces))
            except OSError:
                pass
            if pick.random() < 0.5:
                # A reset instead of an end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            open_ones.append(connection)
            if len(open_ones) >= 200:
                for old in open_ones:
                    old.close()
                open_ones = []
        for old in open_ones:
            old.close()
        for _ in range(300):
            gauge = [line for line in server.request("GET", "/metrics")[2].decode().splitlines()
                     if line.startswith(("accelerator_requests_in_progress", "accelerator_request_memory", "accelerator_upload_disk"))]
            if server.descriptors <= descriptors + 3 and all(line.endswith(" 0") for line in gauge):
                break
            time.sleep(0.1)
        print(f"connections: {arguments.connections} opened and dropped midway: descriptors {descriptors} → {server.descriptors}, "
              f"memory {memory >> 20} → {server.memory >> 20} MB, {server.threads} threads, {gauge}")
        check(server.descriptors <= descriptors + 3 and all(line.endswith(" 0") for line in gauge), "connections leave something behind")
        # From the middle to the end: what a process once needed it keeps.
        check(server.memory < memory * 1.2 + (64 << 20), "memory grows with connections")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(whole)
            check(read_answer(connection.makefile("rb"))[2] == inference.answer, "the answer after it")


def send_raw(server, data, timeout=15, shut=False):
    """Returns the status of the answer to bytes; None if the connection is closed without one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            return read_answer(connection.makefile("rb"))[0]
        except (OSError, ConnectionError, ValueError, IndexError):
            return None


def hostile(arguments):
    with Server(arguments.accelerator, "--root", "Samples", "--upload-limit-mb", "16") as server:
        url, memory = server.url, server.memory
        head = f"HTTP/1.1\r\nHost: {url}\r\n"
        post = f"POST /v1/classify {head}".encode()
        with open("Samples/mountain-path.mp4", "rb") as file:
            video = file.read()
        cases = {
            "10 GB declared": (post + b"Content-Length: 10737418240\r\n\r\n" + bytes(1000), 413),
            "a form of 10 GB declared": (post + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 10737418240\r\n\r\n", 413),
            "10 MB of JSON": (f"POST /v2/models/camera_motion/infer {head}Content-Length: 10000012\r\n\r\n".encode() + b'{"inputs": ['
                              + b" " * 9999999 + b"]}"[:1], 413),
            "10 GB of tensors declared": (f"POST /v2/models/camera_motion/infer {head}Content-Length: 10737418240\r\n\r\n".encode(), 413),
            "more than was declared": (post + b"Content-Length: 10\r\n\r\n" + bytes(30), 422),
            "17 MB in chunks": (post + b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + bytes(1 << 20) + b"\r\n") * 17 + b"0\r\n\r\n",
                                (413, 422)),
            "an empty body": (post + b"Content-Length: 0\r\n\r\n", 422),
            "a bomb of gzip": (post + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb := gzip.compress(bytes(1 << 26)))
                               + bomb, 415),
            "a bomb of deflate": (f"POST /v2/models/camera_motion/infer {head}Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n".encode()
                                  % len(bomb := zlib.compress(bytes(1 << 26))) + bomb, 415),
            "no length that is one": (post + b"Content-Length: x\r\n\r\n", 400),
            "two lengths": (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
            "a negative length": (post + b"Content-Length: -1\r\n\r\n", 400),
            "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), (400, None)),
            "a header of 1 MB": (b"GET / " + head.encode() + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n", (400, 431, None)),
            "1000 fields": (b"GET / " + head.encode() + b"".join(b"X-%d: y\r\n" % i for i in range(1000)) + b"\r\n", (400, 431, None)),
            "a path that leads out": (f"GET /page/..%2f..%2fopenapi.yaml {head}\r\n".encode(), 404),
            "a path with dots": (f"GET /page/../../etc/passwd {head}\r\n".encode(), (400, 404)),
            "a model's name that leads out": (f"GET /v2/models/..%2f..%2fetc%2fpasswd {head}\r\n".encode(), 404),
            "JSON without an end": (f"POST /v2/models/camera_motion/infer {head}Content-Length: 100000\r\n\r\n".encode() + b"[" * 100000, 400),
            "a shape of 2^62": (None, 400), "a shape that overflows": (None, 400), "negative data": (None, 400),
        }

        def infer(body):
            data = json.dumps(body).encode()
            return f"POST /v2/models/camera_motion/infer {head}Content-Length: {len(data)}\r\n\r\n".encode() + data
        clip = {"name": "clip", "datatype": "FP32", "data": [1.0]}
        cases["a shape of 2^62"] = (infer({"inputs": [{**clip, "shape": [1 << 62]}]}), 400)
        cases["a shape that overflows"] = (infer({"inputs": [{**clip, "shape": [1 << 40, 1 << 40]}]}), 400)
        cases["negative data"] = (infer({"inputs": [{**clip, "shape": [-1, 3, 4, 80, 80]}]}), 400)
        for paths in [["../LICENSE"], ["/etc/passwd"], ["a\0b"], ["x" * 100000], [".", "..", ""]]:
            data = json.dumps({"paths": paths}).encode()
            cases[f"paths {str(paths)[:30]}"] = (post + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data, 200)
        for what, (data, expected) in cases.items():
            status = send_raw(server, data)
            check(status in (expected if isinstance(expected, tuple) else (expected,)), f"{what}: {status}")
        for share in [0.1, 0.5, 0.99]:
            cut = post + b"Content-Length: %d\r\n\r\n" % len(video) + video[:int(len(video) * share)]
            check(send_raw(server, cut, shut=True) in (400, None), f"an upload that is cut at {share}")
        pick = random.Random(2)
        statuses = {}
        for number in range(arguments.fuzz):
            data = bytearray(post + b"Content-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % len(video) + video)
            for _ in range(pick.choice([1, 4, 64])):
                place = pick.randrange(min(len(data), pick.choice([200, 3000, len(data)])))
                data[place] = pick.randrange(256)
            status = send_raw(server, bytes(data), timeout=30, shut=True)
            statuses[status] = statuses.get(status, 0) + 1
        print(f"hostile: {len(cases)} cases; {arguments.fuzz} uploads with changed bytes: {statuses}; memory {memory >> 20} → {server.memory >> 20} MB")
        check(all(status is None or status < 500 for status in statuses), f"changed bytes: {statuses}")
        check(server.is_alive and server.memory < memory + (256 << 20), "the server after it")
        # Slow ones: bytes one by one. Others are served meanwhile, and the slow are sent away.
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
        for connection in slow[:25]:
            connection.sendall(post + b"Content-Length: 1000000\r\n\r\n")
        start, gone, worst = time.monotonic(), {}, 0.0
        while len(gone) < len(slow) and time.monotonic() - start < 100:
            for index, connection in enumerate(slow):
                if index in gone:
                    continue
                try:
                    connection.sendall(b"x" if index < 25 else b"G" if time.monotonic() - start < 1 else b"E")
                    connection.setblocking(False)
                    if connection.recv(1000):
                        gone[index] = time.monotonic() - start
                except BlockingIOError:
                    pass
                except OSError:
                    gone[index] = time.monotonic() - start
                finally:
                    connection.setblocking(True)
            began = time.monotonic()
            check(server.request("GET", "/health/live")[0] == 200, "alive beside slow clients")
            worst = max(worst, time.monotonic() - began)
            time.sleep(0.5)
        print(f"slow: {len(gone)} of {len(slow)} slow clients sent away after {max(gone.values(), default=0):.0f} s; others waited {worst * 1000:.0f} ms at most")
        check(len(gone) == len(slow), "slow clients stay")
        for connection in slow:
            connection.close()
        check(server.is_alive, "the server at the end")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("accelerator", type=os.path.abspath)
    parser.add_argument("model")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--fuzz", type=int, default=300)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    for run in [load, reload, drain, connections, hostile]:
        if arguments.only is None or run.__name__ in arguments.only:
            run(arguments)
    check.end()


if __name__ == "__main__":
    main()
