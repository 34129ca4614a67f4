// Requests to the server: the token, waiting while the server is busy, and errors as sentences with what to do.

const tokenKey = "accelerator.token";
const mostAttempts = 6;

/** What went wrong, as a sentence, and what to do about it. */
export class Failure extends Error {
  constructor(message, advice = "", { status = 0, retryAfter = null } = {}) {
    super(message);
    this.advice = advice;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const advice = {
  404: "The model may be gone. Reload the page for the models that there are now.",
  413: "Choose a smaller or shorter video, or start the server with a higher --upload-limit-mb.",
  415: "Choose a video file, such as MP4, MOV, WebM or MKV.",
  422: "Check that the file plays elsewhere, or convert it to MP4 first.",
  429: "Wait for the others to finish, then try again.",
  503: "Try again when it is back.",
};

/** Whether an error only says that somebody cancelled. */
export const isCancelled = (error) => error?.name === "AbortError";

const cancelled = () => new DOMException("Cancelled.", "AbortError");
const address = (path) => new URL(path, document.baseURI);

let ask = async () => null;
let asking = null;

/** Sets the function that asks the user for a token; it gets whether the last one was refused, and gives null for none. */
export function askForTokenWith(function_) {
  ask = function_;
}

async function newToken() {
  asking ??= ask(sessionStorage.getItem(tokenKey) !== null).finally(() => (asking = null));
  const token = await asking;
  if (token === null) throw new Failure("This server needs a token.", "Try again to enter it.", { status: 401 });
  sessionStorage.setItem(tokenKey, token);
}

/** The models that the server has. */
export async function models() {
  return (await request("GET", "v1/models")).models;
}

/**
 * Sends a video and returns the answer. `onProgress` gets the share that was uploaded, 0 to 1; `onWait` the seconds until
 * the next attempt while the server is busy.
 */
export function send(path, query, file, { signal, onProgress = () => {}, onWait = () => {} }) {
  return request("POST", `${path}?${new URLSearchParams(query)}`, { body: file, signal, onProgress, onWait });
}

async function request(method, path, options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(method, path, options);
    } catch (error) {
      if (error.status === 401) await newToken();
      else if (error.status === 429 && options.onWait && attempt < mostAttempts) await wait(error.retryAfter ?? 2, options);
      else throw error;
    }
  }
}

// XMLHttpRequest, as fetch tells nothing of the progress of an upload.
function once(method, path, { body = null, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled());
    const request = new XMLHttpRequest();
    let share = body ? 0 : 1;
    request.open(method, address(path));
    const token = sessionStorage.getItem(tokenKey);
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${bytes(token)}`);
    if (body) request.setRequestHeader("Content-Type", body.type || "application/octet-stream");
    if (onProgress) {
      request.upload.onprogress = (event) => {
        share = event.total ? event.loaded / event.total : 0;
        onProgress(share);
      };
    }
    const cancel = () => request.abort();
    signal?.addEventListener("abort", cancel);
    request.onloadend = () => signal?.removeEventListener("abort", cancel);
    request.onabort = () => reject(cancelled());
    request.onerror = () => reject(connectionFailure(share));
    request.onload = () => (request.status === 200 ? resolve(JSON.parse(request.responseText)) : reject(refusal(request)));
    request.send(body);
  });
}

// A server that refuses a large upload may close the connection before the browser reads why.
function connectionFailure(share) {
  return share > 0 && share < 1
    ? new Failure(
        "The connection was lost during the upload.",
        "The server may have ended, or the video may be larger than it takes. Check its log, then try again.")
    : new Failure("The server does not answer.", "Check that 'accelerator serve' still runs, then try again.");
}

function refusal(request) {
  let sentence = null;
  try {
    sentence = JSON.parse(request.responseText).error;
  } catch {
    // Something between the page and the server answered, not the server.
  }
  const seconds = parseFloat(request.getResponseHeader("Retry-After"));
  return new Failure(asSentence(sentence ?? `The server answered with status ${request.status}`), advice[request.status] ?? "", {
    status: request.status,
    retryAfter: Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 1), 60),
  });
}

/** A text with a capital at its beginning and a full stop at its end. */
export function asSentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

async function wait(seconds, { signal, onWait }) {
  for (let left = Math.ceil(seconds); left > 0; left--) {
    onWait(left);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (signal?.aborted) throw cancelled();
  }
}

/** Opens a WebSocket; the token is a subprotocol, as browsers send no headers of ours with it. */
export function socket(path, query) {
  const url = address(`${path}?${new URLSearchParams(query)}`);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const token = sessionStorage.getItem(tokenKey);
  return new WebSocket(url, token === null ? ["accelerator.v1"] : ["accelerator.v1", `bearer.${base64url(token)}`]);
}

/** A text's bytes in UTF-8, one a character, as headers and btoa take them. */
const bytes = (text) => String.fromCharCode(...new TextEncoder().encode(text));

function base64url(text) {
  return btoa(bytes(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
