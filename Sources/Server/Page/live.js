// The camera live: its frames to the server, and the classes of the last minute.

import { Failure, isCancelled } from "./api.js";
import { Camera, forEachPicture, Grabber, scaledSize } from "./camera.js";
import { Stream } from "./stream.js";
import { showSegments, showStrip } from "./strip.js";
import {
  $, announce, clock, element, hideFailure, milliseconds, percent, showBars, showFacts, showFailure, showNotes, showNow,
} from "./view.js";

const minute = 60;

/** The camera with a model's predictions. */
export class Live {
  #model;
  #method;
  #deviceId;
  #onEnd;
  #retry;
  #life = new AbortController();
  #video = $("video");
  #camera = null;
  #stream = null;
  #begin = null;
  #predictions = [];
  #roundTrips = [];

  /** Creates it; `onEnd` is called when it has ended, whatever the reason, `retry` if the user tries again after a failure. */
  constructor(model, { method, deviceId, onEnd, retry }) {
    [this.#model, this.#method, this.#deviceId] = [model, method, deviceId];
    [this.#onEnd, this.#retry] = [onEnd, retry];
  }

  /** Turns the camera on and classifies it until it is stopped. */
  async start() {
    hideFailure();
    $("picture-note").hidden = true;
    $("bars-title").textContent = "Top 5";
    $("timeline-title").textContent = "The last 60 seconds";
    showBars([]);
    showFacts({});
    showNotes([]);
    showSegments([], null);
    this.#showStrip(0);
    showNow("Waiting for the camera", "", { isWaiting: true });
    const { signal } = this.#life;
    try {
      const camera = await Camera.open(this.#video, this.#deviceId);
      if (signal.aborted) return camera.close();
      this.#camera = camera;
      camera.onEnd(() => this.#fail(new Failure("The camera was disconnected.", "Connect it, then try again.")));
      await this.#offerCameras();
      await this.#connect();
      // A phone that is turned changes the size of the pictures.
      this.#video.addEventListener("resize", () => this.#reconnect(), { signal });
    } catch (error) {
      if (!isCancelled(error) && !signal.aborted) this.#fail(error);
    }
  }

  /** Ends it and returns the server's summary, null if there is none; what was shown stays. */
  async stop() {
    return this.#life.signal.aborted ? null : this.#close();
  }

  async #connect() {
    const size = scaledSize(this.#video, this.#model.clip.short_side);
    const { signal } = this.#life;
    const stream = await Stream.open(this.#model.name, { ...size, method: this.#method }, {
      signal,
      onPrediction: (prediction) => this.#show(prediction),
      onFailure: (error) => this.#fail(error),
    });
    this.#stream = stream;
    this.#showWarmUp();
    announce(`The camera is on. First class in ${Math.ceil(stream.started.warm_up_s)} seconds.`);
    const grabber = new Grabber(size);
    const mine = new AbortController();
    const stops = AbortSignal.any([signal, mine.signal]);
    // Twice as often as the model looks, so that a picture is near to each moment that it wants.
    forEachPicture(this.#video, stream.started.frame_interval_s / 2, stops, (time) => {
      if (this.#stream !== stream) return mine.abort();
      this.#begin ??= time;
      if (stream.hasRoom) stream.send(time - this.#begin, grabber.grab(this.#video));
      else stream.skipped += 1;
    });
  }

  async #reconnect() {
    const old = this.#stream;
    if (!old) return;
    this.#stream = null;
    await old.end();
    try {
      if (!this.#life.signal.aborted) await this.#connect();
    } catch (error) {
      if (!isCancelled(error)) this.#fail(error);
    }
  }

  async #offerCameras() {
    const devices = await Camera.devices();
    const option = ({ deviceId: value, label }, number) =>
      element("option", { value, textContent: label || `Camera ${number + 1}` });
    $("camera").replaceChildren(...devices.map(option));
    $("camera").value = this.#camera.deviceId;
    $("camera-choice").hidden = devices.length < 2;
  }

  #showWarmUp() {
    const { warm_up_s: seconds } = this.#stream.started;
    const begin = performance.now();
    const stream = this.#stream;
    const show = () => {
      if (this.#stream !== stream || this.#predictions.length) return;
      const left = Math.max(0, seconds - (performance.now() - begin) / 1000);
      showNow(left > 0 ? `First class in ${Math.ceil(left)} s` : "Waiting for the first class", "", { isWaiting: true });
      setTimeout(show, 500);
    };
    show();
  }

  #show(prediction) {
    if (this.#life.signal.aborted) return;
    const { timestamp, label, index, score, changed, top, latency_ms, round_trip_ms } = prediction;
    const previous = this.#predictions.at(-1);
    const start_s = Math.max(previous?.end_s ?? 0, timestamp - 5);
    this.#predictions.push({ start_s, end_s: timestamp, label, index, score, scores: new Map([[index, score]]) });
    while (this.#predictions[0].end_s < timestamp - minute) this.#predictions.shift();
    if (round_trip_ms !== null) this.#roundTrips = [...this.#roundTrips.slice(-14), round_trip_ms];
    showNow(label, percent(score));
    showBars(top);
    this.#showStrip(timestamp);
    if (changed) announce(label);
    const { sent, skipped, started } = this.#stream ?? {};
    if (!started) return;
    showFacts({
      Method: started.method === "continual" ? "each frame once" : "overlapping clips",
      "Round trip": this.#roundTrips.length ? milliseconds(median(this.#roundTrips)) : null,
      Server: milliseconds(latency_ms),
      "Frames sent": String(sent),
      "Frames skipped": String(skipped),
      "Behind the camera": started.lag_s > 0 ? clock(started.lag_s) : null,
    });
  }

  #showStrip(end) {
    const segments = [];
    for (const prediction of this.#predictions) {
      const last = segments.at(-1);
      if (last && last.index === prediction.index) Object.assign(last, { end_s: prediction.end_s, score: prediction.score });
      else segments.push({ ...prediction });
    }
    const start = end - minute;
    if (segments.length) segments[0].start_s = Math.max(segments[0].start_s, start);
    const ticks = () => [0, 15, 30, 45, 60].map((seconds) => [seconds / 60, seconds === 60 ? "now" : `−${60 - seconds} s`]);
    showStrip({ start, end, segments, samples: this.#predictions }, { ticks });
  }

  #fail(error) {
    if (this.#life.signal.aborted) return;
    this.#close();
    showFailure(error, this.#retry);
  }

  async #close() {
    const stream = this.#stream;
    this.#stream = null;
    this.#life.abort();
    this.#camera?.close();
    if (!this.#predictions.length) showNow("–", "", { isWaiting: true });
    this.#onEnd();
    return (await stream?.end()) ?? null;
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
