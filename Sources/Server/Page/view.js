// What the page shows beside the strip: the class now, bars, facts, notes, progress, errors and announcements.

export const $ = (id) => document.getElementById(id);

/** Creates an element with properties and children. */
export function element(name, properties = {}, ...children) {
  const result = Object.assign(document.createElement(name), properties);
  result.append(...children);
  return result;
}

/** A score, 0 to 1, as a percentage. */
export const percent = (score) => (score > 0 && score < 0.005 ? "< 1 %" : `${Math.round(100 * score)} %`);

/** A number of things. */
export const count = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;

/** Milliseconds as people read them. */
export function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** A time of a video: 3.2 s, or 1:03.2. */
export function clock(seconds, decimals = 1) {
  if (seconds < 59.95) return `${seconds.toFixed(decimals)} s`;
  const unit = 10 ** decimals;
  const all = Math.round(seconds * unit) / unit;
  const minutes = Math.floor(all / 60);
  const rest = (all - 60 * minutes).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

const colors = new Map();

/** The style of a class's color: classes get the palette's colors in the order in which they are seen. */
export function color(label) {
  if (!colors.has(label)) colors.set(label, `c${Math.min(colors.size, 7)}`);
  return colors.get(label);
}

/** Forgets which class has which color. */
export const forgetColors = () => colors.clear();

/** Shows the class at the moment, or what is awaited in its place. */
export function showNow(label, detail = "", { isWaiting = false } = {}) {
  if ($("now-label").textContent !== label) $("now-label").textContent = label;
  if ($("now-score").textContent !== detail) $("now-score").textContent = detail;
  $("now").className = isWaiting ? "waiting" : color(label);
}

/** Shows classes with their scores. Rows stay the same elements, so that bars move instead of blinking. */
export function showBars(predictions) {
  const list = $("bars");
  while (list.children.length > predictions.length) list.lastChild.remove();
  while (list.children.length < predictions.length) {
    const [name, score] = ["name", "score"].map((className) => element("span", { className }));
    list.append(element("li", {}, name, score, element("i")));
  }
  predictions.forEach(({ label, score }, row) => {
    const item = list.children[row];
    item.className = color(label);
    item.children[0].textContent = label;
    item.children[1].textContent = percent(score);
    item.children[2].style.width = `${100 * score}%`;
  });
}

/** Shows names and values; those without a value are left out. */
export function showFacts(facts) {
  const rows = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  const row = ([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }));
  $("facts").replaceChildren(...rows.map(row));
}

/** Shows notes about the result. */
export function showNotes(notes) {
  $("notes").replaceChildren(...notes.map((textContent) => element("li", { textContent })));
}

/** Shows what is going on, and which share of it is done; null if that is not known. */
export function showProgress(text, share = null) {
  $("progress-text").textContent = text;
  if (share === null) $("progress-bar").removeAttribute("value");
  else $("progress-bar").value = share;
  $("progress").hidden = false;
}

/** Hides the progress, and keeps the focus on the page if its button had it. */
export function hideProgress() {
  if ($("progress").contains(document.activeElement)) $("choose").focus();
  $("progress").hidden = true;
}

/** Shows an error with what to do, and a button if it makes sense to try again. */
export function showFailure(error, retry = null) {
  $("failure-text").textContent = error.message;
  $("failure-advice").textContent = error.advice;
  $("retry").hidden = retry === null;
  $("retry").onclick = () => {
    $("choose").focus();
    hideFailure();
    retry();
  };
  $("failure").hidden = false;
}

export function hideFailure() {
  $("failure").hidden = true;
}

const quiet = 3000;
let spokenAt = -quiet;
let timer = null;

/** Has screen readers say a text: at most one every three seconds, the newest. */
export function announce(text) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    spokenAt = performance.now();
    $("announcement").textContent = text;
  }, Math.max(0, spokenAt + quiet - performance.now()));
}
