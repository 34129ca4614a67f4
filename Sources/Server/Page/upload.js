// A video file: played here, sent to the server, and shown with what comes back.

import { asSentence, Failure, isCancelled, send } from "./api.js";
import { segmentAt, showPosition, showSegments, showStrip } from "./strip.js";
import {
  $, announce, clock, color, count, hideFailure, hideProgress, milliseconds, showBars, showFacts, showFailure, showNotes,
  showNow, showProgress,
} from "./view.js";

const titles = { classify: "Whole video", timeline: "Timeline", shots: "Shots" };

/** A video file with its results of a model. */
export class Upload {
  #file;
  #model;
  #shotsModel;
  #video = $("video");
  #url;
  #life = new AbortController();
  #work = null;
  #results = {};
  #time = 0;

  /** Creates it; `model` and `shotsModel` are the server's, or null. */
  constructor(file, model, shotsModel) {
    [this.#file, this.#model, this.#shotsModel] = [file, model, shotsModel];
    this.#url = URL.createObjectURL(file);
  }

  /** Plays the video and asks the server for all results. */
  start() {
    this.#play();
    const tasks = ["classify", "timeline"].filter((task) => this.#model?.tasks.includes(task));
    if (tasks.length || this.#shotsModel) return this.#ask(tasks);
    this.#show();
    showFailure(new Failure("This model takes no video files.", "Use the camera, or choose another model."));
  }

  /** Finds the video's shots with a model, or shows none. */
  findShots(model) {
    this.#shotsModel = model;
    this.#show();
    if (model && !this.#results.shots && !this.#work) return this.#ask([]);
  }

  /** Ends playing and whatever is asked for. */
  stop() {
    this.#life.abort();
    this.#work?.abort();
    this.#video.pause();
    this.#video.removeAttribute("src");
    this.#video.load();
    URL.revokeObjectURL(this.#url);
  }

  // Each task sends the file by itself: a timeline's clips overlap, so the whole video's scores do not follow from it. One
  // after the other, so that the first answer comes soon.
  async #ask(tasks) {
    const work = (this.#work = new AbortController());
    hideFailure();
    this.#show();
    $("cancel").onclick = () => work.abort();
    announce(`Sending ${this.#file.name}.`);
    try {
      const begin = performance.now();
      for (const task of tasks.filter((task) => !this.#results[task])) await this.#get(task, this.#model.name, work.signal);
      while (this.#shotsModel && !this.#results.shots) await this.#get("shots", this.#shotsModel.name, work.signal);
      if (tasks.length) this.#results.answered = performance.now() - begin;
      announce(this.#summary());
    } catch (error) {
      if (this.#life.signal.aborted) return;
      showFailure(isCancelled(error) ? new Failure("Cancelled.") : error, () => this.#ask(tasks));
    }
    this.#work = null;
    hideProgress();
    this.#show();
  }

  async #get(task, model, signal) {
    const title = titles[task];
    showProgress(`${title}: uploading`, 0);
    const result = await send(`v1/${task}`, { model }, this.#file, {
      signal,
      onProgress: (share) => {
        if (share < 1) showProgress(`${title}: uploading, ${Math.floor(100 * share)} %`, share);
        else showProgress(`${title}: uploaded, computing`);
      },
      onWait: (seconds) => showProgress(`${title}: the server is busy, next attempt in ${seconds} s`),
    });
    this.#results[task] = result;
    this.#show();
  }

  #play() {
    const video = this.#video;
    const signal = this.#life.signal;
    video.srcObject = null;
    video.controls = true;
    video.src = this.#url;
    $("picture-note").hidden = true;
    const follow = () => {
      this.#moveTo(video.currentTime);
      if (!video.paused && !signal.aborted) requestAnimationFrame(follow);
    };
    for (const event of ["play", "seeking", "seeked", "timeupdate"]) video.addEventListener(event, follow, { signal });
    video.addEventListener("loadedmetadata", () => this.#show(), { signal });
    video.addEventListener("error", () => {
      $("picture-note").textContent = "This browser cannot play the video. The server may be able to read it all the same.";
      $("picture-note").hidden = false;
    }, { signal });
  }

  #seek(seconds) {
    if (this.#video.readyState > 0) this.#video.currentTime = Math.min(seconds, this.#video.duration);
    this.#moveTo(seconds);
  }

  #moveTo(seconds) {
    if (this.#time === seconds && $("now-label").textContent) return;
    this.#time = seconds;
    showPosition(seconds);
    this.#showNow();
  }

  #showNow() {
    const segment = this.#results.timeline ? segmentAt(this.#time) : null;
    if (segment) {
      const changed = $("now-label").textContent !== segment.label;
      showNow(segment.label, `${Math.round(100 * segment.score)} % · ${clock(segment.start_s)} – ${clock(segment.end_s)}`);
      if (changed && !this.#video.paused) announce(segment.label);
    } else {
      showNow(this.#results.timeline ? "No pictures" : this.#work ? "Waiting for the server" : "–", "", { isWaiting: true });
    }
  }

  #show() {
    const { classify, timeline, shots, answered } = this.#results;
    const classes = timeline?.timeline;
    for (const total of classes?.totals ?? []) color(total.label); // what is shown for longest gets a color of its own
    const wantedShots = this.#shotsModel ? shots?.shots ?? [] : [];
    const seek = (seconds) => this.#seek(seconds);
    $("bars-title").textContent = "Whole video";
    $("timeline-title").textContent = wantedShots.length ? `Timeline and ${count(wantedShots.length, "shot")}` : "Timeline";
    showBars(classify?.predictions ?? []);
    showStrip(
      {
        start: 0,
        end: (timeline ?? classify ?? shots)?.duration_s || this.#video.duration || 0,
        segments: classes?.segments ?? [],
        gaps: classes?.gaps ?? [],
        samples: (classes?.clips ?? []).map(({ start_s, end_s, predictions }) => ({
          start_s, end_s, scores: new Map(predictions.map(({ index, score }) => [index, score])),
        })),
        shots: wantedShots,
      },
      { onSeek: classes || wantedShots.length ? seek : null });
    showSegments(classes?.segments ?? [], seek);
    this.#showNow();
    showFacts({
      File: this.#file.name,
      Duration: classify ? clock(classify.duration_s) : null,
      Clips: classify ? clips(classify.views) : null,
      Decoding: classify ? milliseconds(classify.decode_ms) : null,
      Inference: classify ? milliseconds(classify.inference_ms) : null,
      "Total time": answered ? milliseconds(answered) : null,
    });
    const damage = [...new Set([classify, timeline, shots].map((result) => result?.damage).filter(Boolean))];
    showNotes(damage.map((text) => `${asSentence(text)} The results are of what can be decoded.`));
  }

  #summary() {
    const { classify, timeline, shots } = this.#results;
    const most = timeline?.timeline.totals[0];
    const parts = [];
    if (classify) parts.push(`Whole video: ${classify.predictions[0].label}`);
    if (most) parts.push(`most of the time: ${most.label}, ${count(timeline.timeline.segments.length, "segment")}`);
    if (this.#shotsModel && shots) parts.push(count(shots.shots.length, "shot"));
    return `Done. ${parts.join("; ")}.`;
  }
}

const clips = ({ clips, crops, clip_duration_s }) =>
  `${clips} of ${clock(clip_duration_s, 2)}${crops > 1 ? `, ${crops} crops each` : ""}`;
