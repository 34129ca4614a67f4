// The camera: permission, choice, and its frames as pixels of the size that a model wants.

import { asSentence, Failure } from "./api.js";

const problems = {
  NotAllowedError: ["The browser may not use the camera.", "Allow the camera for this page beside the address, then try again."],
  NotFoundError: ["There is no camera.", "Connect one, or choose a video instead."],
  OverconstrainedError: ["This camera is not there any more.", "Choose another one, or connect it again."],
  NotReadableError: ["The camera does not start.", "Close other programs that use it, then try again."],
};

/** A camera that is on, shown by a video element. */
export class Camera {
  #stream;
  #video;
  #ended = new AbortController();

  /** Opens the camera with a device's id, or any. */
  static async open(video, deviceId) {
    if (!navigator.mediaDevices) {
      throw new Failure(
        "Browsers give the camera only to secure pages.",
        `Open this page by https, or on the server's machine as http://localhost:${location.port || 80}.`);
    }
    const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { ...size, ...which }, audio: false });
    } catch (error) {
      const other = [asSentence(`the camera does not start: ${error.message}`), "Try again, or choose a video instead."];
      throw new Failure(...(problems[error.name] ?? other));
    }
    const camera = new Camera(stream, video);
    video.controls = false;
    video.removeAttribute("src");
    video.srcObject = stream;
    try {
      await video.play();
    } catch (error) {
      camera.close();
      throw error;
    }
    return camera;
  }

  constructor(stream, video) {
    [this.#stream, this.#video] = [stream, video];
  }

  /** The id of the device. */
  get deviceId() {
    return this.#stream.getVideoTracks()[0].getSettings().deviceId;
  }

  /** The cameras that there are; they have names once one is allowed. */
  static async devices() {
    return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
  }

  /** Calls a function once when the camera is disconnected. */
  onEnd(function_) {
    this.#stream.getVideoTracks()[0].addEventListener("ended", function_, { once: true, signal: this.#ended.signal });
  }

  /** Turns the camera off; the last picture stays. */
  close() {
    this.#ended.abort();
    this.#video.pause();
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

/** The size of a video with this short side, never larger than the video. */
export function scaledSize(video, shortSide) {
  const scale = Math.min(1, shortSide / Math.min(video.videoWidth, video.videoHeight));
  const scaled = (side) => Math.max(1, Math.round(scale * side));
  return { width: scaled(video.videoWidth), height: scaled(video.videoHeight) };
}

/** Calls a function with the time in seconds of each new picture, at most once in `spacing` seconds, until `signal` aborts. */
export function forEachPicture(video, spacing, signal, function_) {
  const next = video.requestVideoFrameCallback ? (then) => video.requestVideoFrameCallback(then) : requestAnimationFrame;
  let due = -Infinity;
  let last = -Infinity;
  const take = (now, metadata) => {
    if (signal.aborted) return;
    const time = (metadata?.captureTime ?? now) / 1000;
    if (time >= due && time > last) {
      // On average one picture in each spacing, though pictures do not come just when they are due.
      due = Math.max(due + spacing, time);
      last = time;
      function_(time);
    }
    next(take);
  };
  next(take);
}

/** Takes a video's pictures as RGBA of a size. */
export class Grabber {
  #context;
  #size;

  constructor(size) {
    this.#size = size;
    const canvas = Object.assign(document.createElement("canvas"), size);
    this.#context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    this.#context.imageSmoothingQuality = "high";
  }

  grab(video) {
    const { width, height } = this.#size;
    this.#context.drawImage(video, 0, 0, width, height);
    return this.#context.getImageData(0, 0, width, height).data;
  }
}
