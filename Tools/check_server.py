"""Checks `accelerator serve` with the clients that people have: Triton's over HTTP and gRPC, WebSockets, curl's kinds of uploads.

check_server.py ACCELERATOR
"""
import asyncio
import base64
import http.client
import json
import os
import shutil
import struct
import subprocess
import sys

import numpy as np
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
import websockets
from prometheus_client.parser import text_string_to_metric_families
from tritonclient.utils import InferenceServerException

from server_process import Checks, Server, command_json, temporary_folder

check = Checks()
SAMPLES = ["Samples/mountain-path.mp4", "Samples/portrait-pan.mp4"]
NAME = "camera_motion"


def same(answer, expected, keys=("predictions", "duration_s", "views")):
    return all(answer.get(key) == expected.get(key) for key in keys)


def check_videos(server, accelerator):
    for sample in SAMPLES:
        expected = command_json(accelerator, "classify", sample)
        with open(sample, "rb") as file:
            video = file.read()
        status, answer = server.json("POST", "/v1/classify", video, {"Content-Type": "video/mp4"})
        check(status == 200 and same(answer, expected), f"classify {sample}: {answer}")
        # What curl --data-binary says, and a client that says nothing.
        for headers in [{"Content-Type": "application/x-www-form-urlencoded"}, {}]:
            status, answer = server.json("POST", "/v1/classify", video, headers)
            check(status == 200 and same(answer, expected), f"classify {sample} as {headers}: {answer}")
        status, answer = server.json("POST", "/v1/classify", video, {"Content-Type": "image/png"})
        check(status == 415 and answer["error"], f"a video as a picture: {status}")
        status, answer = server.json("POST", "/v1/classify", iter([video[i:i + 10000] for i in range(0, len(video), 10000)]),
                                     {"Content-Type": "video/mp4"})
        check(status == 200 and same(answer, expected), f"classify {sample} in chunks: {answer}")
        boundary = "x" * 20
        form = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"clip.mp4\"\r\n"
                f"Content-Type: video/mp4\r\n\r\n").encode() + video + f"\r\n--{boundary}--\r\n".encode()
        status, answer = server.json("POST", "/v1/classify", form, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        check(status == 200 and same(answer, expected), f"classify {sample} as a form: {answer}")
        expected = command_json(accelerator, "classify", sample, "--timeline")
        status, answer = server.json("POST", "/v1/timeline", video)
        check(status == 200 and answer["timeline"] == expected["timeline"], f"timeline of {sample}")
        expected = command_json(accelerator, "classify", sample, "--features")
        status, answer = server.json("POST", "/v1/features", video)
        check(status == 200 and answer["features"] == expected["features"], f"features of {sample}: {str(answer)[:200]}")
    paths = [os.path.basename(sample) for sample in SAMPLES] + ["README.md", "list.m3u8", "link.mp4", "missing.mp4", "../x", "/etc/passwd"]
    status, answer = server.json("POST", "/v1/classify", json.dumps({"paths": paths}), {"Content-Type": "application/json"})
    check(status == 200 and len(answer["results"]) == len(paths), f"paths: {answer}")
    for sample, result in zip(SAMPLES, answer["results"]):
        check(same(result, command_json(accelerator, "classify", sample)), f"path {sample}")
    check(all("error" in result for result in answer["results"][2:]), "what is no video among the paths")
    check(os.getcwd() not in json.dumps(answer) and "/tmp" not in json.dumps(answer), f"a path of the server in an answer: {answer}")
    for query in ["?model=none", "?top=0", "?views=x", "?crops=2", "?nothing=1", "?top=1&top=2", "?model=%ff"]:
        status, answer = server.json("POST", "/v1/classify" + query, b"x")
        check(status in (400, 404) and answer["error"], f"{query}: {status} {answer}")
    status, answer = server.json("POST", "/v1/shots", b"x")
    check(status == 400 and "shots" in answer["error"], f"shots without a model: {answer}")


def check_triton(server, accelerator):
    shape = [1, 3, 4, 80, 80]
    clips = np.random.default_rng(1).normal(size=[3] + shape[1:]).astype(np.float32)
    with temporary_folder() as folder:
        np.save(f"{folder}/clip.npy", clips)
        subprocess.run([accelerator, "run", "--model", NAME, "--input", f"{folder}/clip.npy", "--output", f"{folder}/out.npy"],
                       check=True, capture_output=True)
        expected = np.load(f"{folder}/out.npy")
    for module, address in [(http_client, server.url), (grpc_client, f"127.0.0.1:{server.grpc_port}")]:
        kind = module.__name__
        client = module.InferenceServerClient(address)
        check(client.is_server_live() and client.is_server_ready() and client.is_model_ready(NAME), f"{kind}: ready")
        check(not client.is_model_ready("none"), f"{kind}: a model that is none is ready") if module is http_client else None
        plain = {} if module is http_client else {"as_json": True}
        server_metadata = client.get_server_metadata(**plain)
        check(server_metadata["name"] == "accelerator" and server_metadata["version"], f"{kind}: {server_metadata}")
        metadata = client.get_model_metadata(NAME, **plain)
        check([int(n) for n in metadata["inputs"][0]["shape"]] == [-1] + shape[1:], f"{kind}: {metadata}")
        check(metadata["inputs"][0]["datatype"] == "FP32", f"{kind}: {metadata}")
        config = client.get_model_config(NAME, **plain)
        config = config.get("config", config)
        check([int(n) for n in config["input"][0]["dims"]] == shape[1:] and int(config["max_batch_size"]) > 1, f"{kind}: {config}")
        check(config["input"][0]["data_type"] == "TYPE_FP32", f"{kind}: {config}")
        name = metadata["inputs"][0]["name"]

        def infer(array, binary=True, outputs=None, **options):
            value = module.InferInput(name, list(array.shape), "FP32")
            value.set_data_from_numpy(array, **({"binary_data": binary} if module is http_client else {}))
            return client.infer(options.pop("model", NAME), [value], outputs=outputs, request_id="7", **options)

        for array in [clips[:1], clips]:
            for binary in [True, False]:
                answer = infer(array, binary)
                found = answer.as_numpy("output")
                check(np.array_equal(found, expected[:len(array)]), f"{kind}: {len(array)} clips, binary {binary}")
        response = infer(clips[:1]).get_response()
        check((response["id"] if module is http_client else response.id) == "7", f"{kind}: id")
        wanted = module.InferRequestedOutput("output", **({"binary_data": False} if module is http_client else {}))
        check(np.array_equal(infer(clips[:1], outputs=[wanted]).as_numpy("output"), expected[:1]), f"{kind}: an output by name")
        check(np.array_equal(infer(clips[:1], model_version="1").as_numpy("output"), expected[:1]), f"{kind}: version")
        for what, call in {
            "unknown model": lambda: infer(clips[:1], model="none"),
            "unknown version": lambda: infer(clips[:1], model_version="2"),
            "wrong shape": lambda: infer(np.zeros([1, 3, 4], np.float32)),
            "wrong size": lambda: infer(np.zeros([1, 4, 4, 112, 112], np.float32)),
            "unknown output": lambda: infer(clips[:1], outputs=[module.InferRequestedOutput("none")]),
            "unknown metadata": lambda: client.get_model_metadata("none"),
        }.items():
            try:
                call()
                check(False, f"{kind}: {what} is no error")
            except InferenceServerException as error:
                check(error.message() and "server failed" not in error.message(), f"{kind}: {what}: {error}")
        futures = []
        if module is http_client:
            pool = module.InferenceServerClient(address, concurrency=4)
            value = module.InferInput(name, [1] + shape[1:], "FP32")
            value.set_data_from_numpy(clips[:1])
            futures = [pool.async_infer(NAME, [value]) for _ in range(8)]
            check(all(np.array_equal(f.get_result().as_numpy("output"), expected[:1]) for f in futures), f"{kind}: asynchronous")
        else:
            answers = []
            client.start_stream(lambda result, error: answers.append((result, error)))
            value = module.InferInput(name, [1] + shape[1:], "FP32")
            value.set_data_from_numpy(clips[:1])
            for index in range(4):
                client.async_stream_infer(NAME if index != 2 else "none", [value], request_id=str(index))
            client.stop_stream()
            good = [np.array_equal(r.as_numpy("output"), expected[:1]) for r, e in answers if e is None]
            check(len(answers) == 4 and len(good) == 3 and all(good), f"{kind}: a stream of requests: {answers}")
        index = client.get_model_repository_index(**plain)
        index = index.get("models", index) if isinstance(index, dict) else index
        check(index[0]["name"] == NAME and index[0]["state"] == "READY", f"{kind}: {index}")
        client.unload_model(NAME)
        check(not client.is_model_ready(NAME), f"{kind}: unloaded")
        try:
            infer(clips[:1])
            check(False, f"{kind}: an unloaded model answers")
        except InferenceServerException:
            check(True, "")
        client.load_model(NAME)
        check(client.is_model_ready(NAME) and np.array_equal(infer(clips[:1]).as_numpy("output"), expected[:1]), f"{kind}: reloaded")
        client.close()


def raw_frames(path, count=200, size=(160, 90)):
    out = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", path, "-vf", f"scale={size[0]}:{size[1]}", "-pix_fmt", "rgb24",
                          "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    length = size[0] * size[1] * 3
    return [out[i:i + length] for i in range(0, len(out) - length + 1, length)][:count]


async def converse(server, start, messages, path="/v1/streams", subprotocols=None, pause=0.0):
    """Returns all that the server says."""
    found = []
    async with websockets.connect(f"ws://{server.url}{path}", subprotocols=subprotocols, max_size=None) as socket:
        await socket.send(start if isinstance(start, (str, bytes)) else json.dumps(start))

        async def listen():
            try:
                async for message in socket:
                    found.append(json.loads(message))
            except websockets.ConnectionClosedError:
                pass
        listening = asyncio.create_task(listen())
        try:
            for message in messages:
                await socket.send(message)
                if pause:
                    await asyncio.sleep(pause)
        except websockets.ConnectionClosed:
            pass
        await asyncio.wait_for(listening, 60)
        return found, socket.close_code


def check_streams(server, accelerator):
    frames = raw_frames(SAMPLES[0])
    packed = [struct.pack("<d", i / 25) + frame for i, frame in enumerate(frames)]
    # A continual form warms up for longer than the clip is: it goes forth and back.
    long = [struct.pack("<d", i / 25) + frame for i, frame in enumerate((frames + frames[::-1]) * 3)]
    end = json.dumps({"type": "end"})
    for method in ["automatic", "windows", "continual"]:
        start = {"type": "start", "format": "rgb24", "width": 160, "height": 90, "method": method}
        found, code = asyncio.run(converse(server, start, long + [end], pause=0.002))
        kinds = [message["type"] for message in found]
        check(code == 1000 and kinds[0] == "started" and kinds[-1] == "summary" and "prediction" in kinds, f"{method}: {kinds[:5]} {code}")
        check(found[-1]["frames"] + found[-1]["dropped"] == len(long), f"{method}: {found[-1]}")
    rgba = [struct.pack("<d", i / 25) + np.insert(np.frombuffer(frame, np.uint8).reshape(-1, 3), 3, 255, 1).tobytes()
            for i, frame in enumerate(frames)]
    results = []
    for form, list_ in [("rgb24", packed), ("rgba", rgba)]:
        found, _ = asyncio.run(converse(
            server, {"type": "start", "format": form, "width": 160, "height": 90}, list_ + [end], pause=0.02))
        results.append([(m["timestamp"], m["label"], m["score"]) for m in found if m["type"] == "prediction"])
    check(results[0] == results[1] and results[0], f"rgba is not as rgb24: {len(results[0])}, {len(results[1])}")
    jpegs = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", SAMPLES[0], "-vf", "scale=160:90", "-f", "image2pipe", "-c:v",
                            "mjpeg", "-q:v", "2", "-"], capture_output=True, check=True).stdout.split(b"\xff\xd8\xff")[1:]
    found, code = asyncio.run(converse(
        server, {"type": "start", "format": "jpeg"},
        [struct.pack("<d", i / 25) + b"\xff\xd8\xff" + jpeg for i, jpeg in enumerate(jpegs[:100])] + [end], pause=0.02))
    check(code == 1000 and any(m["type"] == "prediction" for m in found), f"jpeg: {found[:3]} {code}")
    webm = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", SAMPLES[0], "-an", "-c:v", "libvpx", "-deadline", "realtime", "-f",
                           "webm", "-"], capture_output=True, check=True).stdout
    found, code = asyncio.run(converse(
        server, {"type": "start", "format": "video"}, [webm[i:i + 5000] for i in range(0, len(webm), 5000)] + [end]))
    with temporary_folder() as folder:
        with open(f"{folder}/clip.webm", "wb") as file:
            file.write(webm)
        watched = subprocess.run([accelerator, "watch", f"{folder}/clip.webm", "--format", "jsonl"], capture_output=True, text=True)
        lines = [json.loads(line) for line in watched.stdout.splitlines()]
    labels = [m["label"] for m in found if m["type"] == "prediction" and m["changed"]]
    expected = [line["label"] for line in lines if line.get("label")]
    check(code == 1000 and labels and labels[0] == expected[0], f"video: {labels[:3]}, {expected[:3]}, {found[-1]}, {code}")
    good = {"type": "start", "format": "rgb24", "width": 160, "height": 90}
    for what, start, messages in [
        ("no JSON", "hello", []), ("no start", {"type": "end"}, []), ("bytes first", b"123", []),
        ("unknown format", {"type": "start", "format": "avi"}, []),
        ("size", {"type": "start", "format": "rgb24", "width": 0, "height": 1}, []),
        ("method", {**good, "method": "magic"}, []), ("short frame", good, [packed[0][:100]]),
        ("no time", good, [b"1234"]), ("NaN", good, [struct.pack("<d", float("nan")) + frames[0]]),
        ("unknown message", good, [json.dumps({"type": "dance"})]), ("no picture", {"type": "start", "format": "jpeg"}, [bytes(100)]),
        ("no video", {"type": "start", "format": "video"}, [os.urandom(100000), end]),
    ]:
        found, code = asyncio.run(converse(server, start, messages))
        check(found and found[-1]["type"] == "error" and "server failed" not in found[-1]["error"] and code in (1008, 1009),
              f"{what}: {found[-1:]} {code}")
    for headers in [{"Origin": "http://evil.example"}, {}]:
        status, answer = server.json("GET", "/v1/streams", headers=headers)
        check(status == (403 if headers else 426) and answer["error"], f"{headers}: {status}")


def check_token(accelerator):
    token = "a-secret-of-many-characters"
    with Server(accelerator, environment={"ACCELERATOR_TOKEN": token}) as server:
        for path in ["/v1/models", "/v2", "/metrics", f"/v2/models/{NAME}"]:
            status, _ = server.json("GET", path)
            check(status == 401, f"{path} without a token: {status}")
            check(server.json("GET", path, headers={"Authorization": "Bearer wrong-wrong-wrong"})[0] == 401, f"{path}: wrong token")
            check(server.request("GET", path, headers={"Authorization": f"Bearer {token}"})[0] == 200, f"{path}: right token")
        for path in ["/", "/health/live", "/health/ready", "/v2/health/ready", "/openapi.yaml"]:
            check(server.request("GET", path)[0] == 200, f"{path} wants a token")
        start = {"type": "start", "format": "rgb24", "width": 16, "height": 16}
        encoded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
        found, code = asyncio.run(converse(server, start, [json.dumps({"type": "end"})],
                                           subprotocols=["accelerator.v1", f"bearer.{encoded}"]))
        check(code == 1000 and found[0]["type"] == "started", f"a stream with the token: {found}")
        try:
            asyncio.run(converse(server, start, [], subprotocols=["accelerator.v1", "bearer.eHh4"]))
            check(False, "a stream with a wrong token")
        except websockets.InvalidStatus as error:
            check(error.response.status_code == 401, f"a stream with a wrong token: {error}")
        check(not any(token in line for line in server.log), "the token is in the log")


def check_page_and_metrics(server):
    status, headers, page = server.request("GET", "/")
    check(status == 200 and b"<!doctype html" in page[:20].lower() and "script-src 'self'" in headers["Content-Security-Policy"], "page")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for path, expected in [("/", 200), ("/v1/classify", 405), ("/nothing", 404), ("/v2/models/none", 404)]:
        connection.request("HEAD", path)
        answer = connection.getresponse()
        check(answer.status == expected and answer.read() == b"", f"HEAD of {path}: {answer.status}")
        connection.request("GET", "/health/live")
        check(connection.getresponse().read() == b'{"live":true}', f"GET after HEAD of {path}")
    for method, path in [("QUERY", "/v1/classify"), ("PUT", "/v2/models/x/infer"), ("DELETE", "/")]:
        status, headers, _ = server.request(method, path)
        check(status == 405 and headers["Allow"], f"{method} of {path}: {status}")
    for host, expected in [("localhost", 200), ("[::1]:80", 200), (server.url, 200), ("evil.example", 403), ("localhost.evil.example", 403)]:
        status = server.request("GET", "/v1/models", headers={"Host": host})[0]
        check(status == expected, f"host {host}: {status}")
    status, _, text = server.request("GET", "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    check("http_requests" in families and "http_request_duration_seconds" in families, f"metrics: {list(families)}")
    check(sum(s.value for s in families["http_requests"].samples) > 10, "the number of requests")
    for line in (line for line in server.log if not line.startswith("serving at")):
        check(line.startswith("{") and json.loads(line)["time"], f"a line of the log: {line}")


def main():
    accelerator = os.path.abspath(sys.argv[1])
    with temporary_folder() as root, Server(accelerator, "--root", root, environment={"ACCELERATOR_GRPC_PORT": "0"}) as server:
        for sample in SAMPLES + ["Samples/README.md"]:
            shutil.copy(sample, root)
        # What leads out of the folder: a playlist and links.
        with open(f"{root}/list.m3u8", "w") as file:
            file.write(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\n{os.path.abspath(SAMPLES[0])}\n#EXT-X-ENDLIST\n")
        os.symlink(os.path.abspath(SAMPLES[0]), f"{root}/link.mp4")
        check_videos(server, accelerator)
        check_triton(server, accelerator)
        check_streams(server, accelerator)
        check_page_and_metrics(server)
        check(server.is_alive, "the server is alive")
    check(server.process.returncode == 0, f"the server's exit code: {server.process.returncode}")
    check_token(accelerator)
    check.end()


if __name__ == "__main__":
    main()
