// The strip: classes over time as colored segments, with the class's score in each, shots, gaps, and the position.

import { $, clock, color, count, element, percent } from "./view.js";

const svg = (name, attributes) => {
  const result = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) result.setAttribute(key, value);
  return result;
};

const strip = $("strip");
const spans = element("div", { className: "spans" });
const scores = svg("svg", { class: "scores", viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" });
const shots = element("div", { className: "shots" });
const playhead = element("div", { className: "playhead" });
strip.append(spans, scores, shots, playhead);

let shown = { start: 0, end: 1, segments: [], gaps: [], samples: [], shots: [] };
let seek = null;
let ticksShown = ticksOf;
let time = 0;

/**
 * Shows classes over time. `segments` have `start_s`, `end_s`, `label`, `index` and `score`; `samples` have `start_s`, `end_s`
 * and `scores`, a map from a class's index. With `onSeek` the strip is a control that seeks.
 */
export function showStrip(content, { onSeek = null, ticks = ticksOf } = {}) {
  shown = { gaps: [], samples: [], shots: [], ...content };
  seek = onSeek;
  ticksShown = ticks;
  spans.replaceChildren(...shown.segments.map(spanOf), ...shown.gaps.map(gapOf));
  scores.replaceChildren(...shown.segments.map(areaOf).filter(Boolean));
  shots.replaceChildren(...shown.shots.map(shotOf));
  shots.hidden = shown.shots.length === 0;
  playhead.hidden = onSeek === null;
  showTicks();
  $("strip-help").hidden = onSeek === null;
  if (onSeek) {
    strip.setAttribute("aria-label", "Position in the video");
    strip.setAttribute("aria-valuemin", "0");
    strip.setAttribute("aria-valuemax", shown.end.toFixed(1));
    strip.setAttribute("aria-describedby", "strip-help");
    strip.setAttribute("role", "slider");
    strip.tabIndex = 0;
    showPosition(time);
  } else {
    for (const name of ["aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext", "aria-describedby", "tabindex"]) {
      strip.removeAttribute(name);
    }
    strip.setAttribute("role", "img");
    const lately = shown.segments.slice(-5).map(({ label }) => label).join(", ");
    strip.setAttribute("aria-label", lately ? `Lately: ${lately}` : "Nothing yet");
  }
}

/** Shows the position in seconds. */
export function showPosition(seconds) {
  time = Math.min(Math.max(seconds, shown.start), shown.end);
  playhead.style.left = `${100 * share(time)}%`;
  if (!seek) return;
  const segment = segmentAt(time);
  strip.setAttribute("aria-valuenow", time.toFixed(1));
  strip.setAttribute("aria-valuetext", `${clock(time)}, ${segment ? segment.label : "no class"}`);
}

/** The segment at a time; the last one at the end of the video. */
export function segmentAt(seconds) {
  const at = Math.min(seconds, shown.end - 1e-6);
  return shown.segments.find((segment) => segment.start_s <= at && at < segment.end_s) ?? null;
}

/** Shows the segments as a table, whose times seek. */
export function showSegments(segments, onSeek) {
  $("segments").hidden = segments.length === 0;
  $("segments-title").textContent = count(segments.length, "segment");
  $("segment-rows").replaceChildren(
    ...segments.map(({ start_s, end_s, label, score }) =>
      element("tr", {},
        element("td", {}, element("button", { type: "button", textContent: clock(start_s), onclick: () => onSeek(start_s) })),
        element("td", { textContent: clock(end_s) }),
        element("td", { textContent: label, className: color(label) }),
        element("td", { textContent: percent(score) }))));
}

const share = (seconds) => (seconds - shown.start) / (shown.end - shown.start || 1);

function place(part, { start_s, end_s }) {
  part.style.left = `${100 * share(start_s)}%`;
  part.style.width = `${100 * (share(end_s) - share(start_s))}%`;
  return part;
}

function spanOf(segment) {
  const { label, start_s, end_s, score } = segment;
  const title = `${label}, ${clock(start_s)} – ${clock(end_s)}, ${percent(score)}`;
  const text = element("span", { textContent: label });
  return place(element("div", { className: `span ${color(label)}`, title }, text), segment);
}

const gapOf = (gap) => place(element("div", { className: "gap", title: "No pictures" }), gap);

function shotOf(shot, number) {
  const title = `Shot ${number + 1}, ${clock(shot.start_s)} – ${clock(shot.end_s)}`;
  return place(element("div", { className: "shot", title }), shot);
}

// Samples may overlap, as clips do: each stands for the time until the next one's middle.
function areaOf(segment) {
  const middle = ({ start_s, end_s }) => (start_s + end_s) / 2;
  let path = "";
  shown.samples.forEach((sample, number) => {
    const { [number - 1]: previous, [number + 1]: next } = shown.samples;
    const from = Math.max(previous ? (middle(previous) + middle(sample)) / 2 : sample.start_s, segment.start_s);
    const to = Math.min(next ? (middle(next) + middle(sample)) / 2 : sample.end_s, segment.end_s);
    if (from >= to) return;
    const x = (seconds) => (1000 * share(seconds)).toFixed(2);
    const y = (100 - 100 * (sample.scores.get(segment.index) ?? 0)).toFixed(1);
    path += `${path ? "L" : `M${x(from)} 100L`}${x(from)} ${y}H${x(to)}`;
  });
  return path && svg("path", { class: color(segment.label), d: `${path}V100Z` });
}

function ticksOf(start, end) {
  const most = strip.clientWidth < 500 ? 4 : 9;
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const step = steps.find((step) => (end - start) / step <= most) ?? 7200;
  const ticks = [];
  for (let at = start; at <= end + 1e-6; at += step) ticks.push([share(at), clock(at, step < 1 ? 1 : 0)]);
  return ticks;
}

function showTicks() {
  const ticks = shown.end > shown.start ? ticksShown(shown.start, shown.end) : [];
  $("ticks").replaceChildren(
    ...ticks.map(([at, textContent]) => {
      const tick = element("span", { textContent, className: at < 0.02 ? "first" : at > 0.97 ? "last" : "" });
      tick.style.left = `${100 * at}%`;
      return tick;
    }));
}

function seekTo(event) {
  const box = strip.getBoundingClientRect();
  const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  seek(shown.start + at * (shown.end - shown.start));
}

addEventListener("resize", showTicks);

strip.addEventListener("pointerdown", (event) => {
  if (!seek || event.button !== 0) return;
  strip.setPointerCapture(event.pointerId);
  seekTo(event);
});
strip.addEventListener("pointermove", (event) => {
  if (seek && strip.hasPointerCapture(event.pointerId)) seekTo(event);
});

strip.addEventListener("keydown", (event) => {
  if (!seek || event.altKey || event.ctrlKey || event.metaKey) return;
  const starts = shown.segments.map((segment) => segment.start_s);
  const targets = {
    ArrowLeft: () => time - 1,
    ArrowDown: () => time - 1,
    ArrowRight: () => time + 1,
    ArrowUp: () => time + 1,
    PageUp: () => starts.findLast((start) => start < time - 0.05) ?? shown.start,
    PageDown: () => starts.find((start) => start > time + 0.05) ?? shown.end,
    Home: () => shown.start,
    End: () => shown.end,
  };
  const target = targets[event.key];
  if (!target) return;
  event.preventDefault();
  seek(Math.min(Math.max(target(), shown.start), shown.end));
});
