// The page: which model, which source, and what runs.

import { askForTokenWith, Failure, isCancelled, models } from "./api.js";
import { Live } from "./live.js";
import { Upload } from "./upload.js";
import { $, clock, element, forgetColors, hideFailure, showFailure, showNotes } from "./view.js";

let known = [];
let current = null;
let file = null;
let turn = 0;

const model = () => known.find(({ name }) => name === $("model").value) ?? null;
const findsShots = ({ tasks, state }) => tasks.includes("shots") && state !== "failed";
const shotsModel = () => ($("shots").checked && known.find(findsShots)) || null;

async function loadModels() {
  try {
    known = await models();
  } catch (error) {
    if (!isCancelled(error)) showFailure(error, loadModels);
    return;
  }
  const classifiers = known.filter(({ tasks }) => tasks.includes("classify") || tasks.includes("streams"));
  $("model").replaceChildren(
    ...classifiers.map(({ name, state, default: isDefault }) =>
      element("option", {
        value: name,
        textContent: state === "failed" ? `${name} (could not be loaded)` : name,
        disabled: state === "failed",
        selected: Boolean(isDefault) && state !== "failed",
      })));
  if (!classifiers.length) $("model").append(element("option", { textContent: "No classifier", value: "" }));
  $("model").disabled = classifiers.length === 0;
  $("shots-choice").hidden = !known.some(findsShots);
  $("shots").checked = !$("shots-choice").hidden && ($("shots").checked || !classifiers.length);
  $("choose").disabled = false;
  showModel();
}

function showModel() {
  const { classes, clip, precision, tasks } = model() ?? { tasks: [] };
  const facts = [classes && `${classes} classes`, clip && `clips of ${clock(clip.duration_s, 2)}`, precision];
  $("model-facts").textContent = facts.filter(Boolean).join(" · ");
  $("use-camera").disabled = !tasks.includes("streams");
}

function setMode(mode) {
  document.body.dataset.mode = mode;
  $("stage").hidden = mode === "idle";
  showRunning(mode === "live");
}

// One button turns the camera on, another off: the one that is there takes over the focus.
function showRunning(isLive) {
  const [shown, hidden] = isLive ? [$("stop"), $("use-camera")] : [$("use-camera"), $("stop")];
  const hadFocus = document.activeElement === hidden;
  shown.hidden = false;
  if (hadFocus) shown.focus();
  hidden.hidden = true;
}

async function end() {
  const last = current;
  current = null;
  await last?.stop();
}

function startUpload(chosen) {
  if (!known.length) return showFailure(new Failure("This server has no model."), loadModels);
  turn += 1;
  end();
  file = chosen;
  forgetColors();
  hideFailure();
  setMode("file");
  current = new Upload(file, model(), shotsModel());
  current.start();
}

async function startLive() {
  const mine = (turn += 1);
  await end();
  if (mine !== turn) return;
  file = null;
  forgetColors();
  setMode("live");
  const live = new Live(model(), {
    method: $("method").value,
    deviceId: $("camera").value,
    onEnd: () => {
      if (current !== live) return;
      current = null;
      showRunning(false);
    },
    retry: startLive,
  });
  current = live;
  live.start();
}

$("choose").onclick = () => $("file").click();
$("file").onchange = () => {
  const [chosen] = $("file").files;
  $("file").value = "";
  if (chosen) startUpload(chosen);
};
$("use-camera").onclick = startLive;
$("stop").onclick = async () => {
  const summary = await current?.stop();
  if (!summary || current) return;
  const { frames, sampled, dropped, predictions } = summary;
  showNotes([`The server received ${frames} frames, took ${sampled}, dropped ${dropped}, and made ${predictions} predictions.`]);
};
$("model").onchange = () => {
  showModel();
  if (file) startUpload(file);
  else if (current && model().tasks.includes("streams")) startLive();
  else current?.stop();
};
$("shots").onchange = () => file && current?.findShots(shotsModel());
for (const id of ["method", "camera"]) $(id).onchange = () => current && !file && startLive();

// The whole page takes a dropped file.
let depth = 0;
const showDropping = (change) => {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("dropping", depth > 0);
};
addEventListener("dragenter", (event) => event.dataTransfer.types.includes("Files") && showDropping(1));
addEventListener("dragleave", (event) => event.dataTransfer.types.includes("Files") && showDropping(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  showDropping(-depth);
  const [dropped] = event.dataTransfer.files;
  if (dropped) startUpload(dropped);
});
addEventListener("pagehide", end);

askForTokenWith((wasRefused) => {
  const dialog = $("token-dialog");
  $("token-text").textContent = wasRefused ? "The server did not accept the last one." : "It is kept until this tab is closed.";
  $("token").value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    let token = null;
    $("token-form").onsubmit = (event) => {
      event.preventDefault();
      token = $("token").value.trim();
      dialog.close();
    };
    $("token-cancel").onclick = () => dialog.close();
    dialog.onclose = () => resolve(token);
  });
});

loadModels();
