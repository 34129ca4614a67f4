// The protocol of a stream: frames to the server, predictions back.

import { asSentence, Failure, socket } from "./api.js";

const closings = {
  1008: "Choose another method or model.",
  1009: "Choose a model that takes smaller frames.",
  1013: "Stop another stream, or wait a little, then try again.",
};

const lost = () =>
  new Failure("The connection to the server was lost.", "Check that 'accelerator serve' still runs, then try again.");
const refused = () =>
  new Failure("The server did not open the stream.", "It may have too many streams, or be ending. Try again in a little while.");

/** An open stream of RGBA frames. */
export class Stream {
  /** What the server said at the beginning: model, method, frame_interval_s, warm_up_frames, warm_up_s, lag_s. */
  started = null;
  /** The frames that were sent, and those that were not because the connection was behind. */
  sent = 0;
  skipped = 0;

  #socket;
  #size;
  #sentAt = [];
  #summary = Promise.withResolvers();
  #isEnding = false;

  /**
   * Opens a stream; `signal` cancels the opening. `onPrediction` gets each prediction with `round_trip_ms`, from when its
   * newest frame was sent; `onFailure` what ended the stream, if nobody asked for that.
   */
  static open(model, { width, height, method }, { signal, onPrediction, onFailure }) {
    return new Promise((resolve, reject) => {
      const stream = new Stream(socket("v1/streams", { model }), { width, height });
      let failure = null;
      const fail = (error) => (stream.started ? stream.#isEnding || onFailure(error) : reject(error));
      const handle = {
        started: (message) => {
          signal.removeEventListener("abort", leave);
          stream.started = message;
          resolve(stream);
        },
        prediction: (message) => onPrediction({ ...message, round_trip_ms: stream.#roundTrip(message.timestamp) }),
        summary: (message) => stream.#summary.resolve(message),
        error: (message) => (failure = asSentence(message.error)),
      };
      stream.#socket.onopen = () =>
        stream.#socket.send(JSON.stringify({ type: "start", format: "rgba", width, height, method, top: 5 }));
      stream.#socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        handle[message.type]?.(message);
      };
      stream.#socket.onclose = (event) => {
        stream.#summary.resolve(null);
        if (failure) fail(new Failure(failure, closings[event.code] ?? "Try again."));
        else fail(stream.started ? lost() : refused());
      };
      const leave = () => {
        stream.#isEnding = true;
        stream.#socket.close();
        reject(new DOMException("Cancelled.", "AbortError"));
      };
      signal.addEventListener("abort", leave);
    });
  }

  constructor(socket, size) {
    this.#socket = socket;
    this.#socket.binaryType = "arraybuffer";
    this.#size = size;
  }

  /** Whether the connection takes another frame: at most two wait to be sent. */
  get hasRoom() {
    const { width, height } = this.#size;
    return this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount <= 2 * (8 + 4 * width * height);
  }

  /** Sends a frame with its time in seconds. */
  send(time, pixels) {
    const message = new Uint8Array(8 + pixels.length);
    new DataView(message.buffer).setFloat64(0, time, true);
    message.set(pixels, 8);
    this.#socket.send(message);
    this.sent += 1;
    this.#sentAt.push([time, performance.now()]);
    if (this.#sentAt.length > 1000) this.#sentAt.shift();
  }

  /** Ends the stream and returns the server's summary; null if it gives none in time. */
  async end() {
    this.#isEnding = true;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: "end" }));
    const timeout = new Promise((resolve) => setTimeout(resolve, 2000, null));
    const summary = await Promise.race([this.#summary.promise, timeout]);
    this.#socket.close();
    return summary;
  }

  #roundTrip(time) {
    const now = performance.now();
    const frame = this.#sentAt.find(([sent]) => sent >= time - 1e-4);
    return frame ? now - frame[1] : null;
  }
}
