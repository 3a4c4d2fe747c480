// Plays one camera in a page: a compressed stream by Media Source Extensions, or JPEGs.
//
//   const player = startPlayer(element, { send, name, note });
//   player.hear(head, parts)     a message that came: a mapping, and its buffers
//   player.tell({ name, note })  what stands in its line
//   player.end()                 takes it away
//
// It says by `send`: {kind: "watch", form}, {kind: "rest"}, {kind: "ack", index}. It
// asks to watch when it is seen and to rest when it is not, and knows of no server.
const STALE_S = 4, EDGE_S = 0.7, HELD_S = 20, KEEP_S = 10, REST_MS = 3000;
const WORDS = {
  connecting: ["\u25cb", "Connecting"], playing: ["\u25cf", "Live"],
  stale: ["\u25d0", "No new picture"], offline: ["\u2715", "Offline"],
  refused: ["\u2298", "Not shown"], resting: ["\u2016", "Paused"],
};

const make = (tag, cls, parent) => {
  const one = document.createElement(tag);
  one.className = cls;
  parent.append(one);
  return one;
};
const at = (iso) => iso ? new Date(iso).toLocaleTimeString([], { hour12: false }) : "";
const bytes = (one) => one instanceof ArrayBuffer ? new Uint8Array(one)
  : new Uint8Array(one.buffer, one.byteOffset, one.byteLength);

// Plays fragments as they come, near the newest; tells when it cannot.
class Stream {
  constructor(video, failed) {
    this.video = video; this.failed = failed; this.queue = [];
    this.Source = window.ManagedMediaSource || window.MediaSource;
  }
  begin(codec, data) {
    this.end();
    const type = `video/mp4; codecs="${codec}"`;
    if (!this.Source?.isTypeSupported(type)) return this.failed();
    const source = this.source = new this.Source();
    this.queue = [data];
    this.video.disableRemotePlayback = true;
    this.video.src = this.url = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      this.buffer = source.addSourceBuffer(type);
      this.buffer.mode = "segments";
      this.buffer.addEventListener("updateend", () => this.tidy());
      this.buffer.addEventListener("error", () => this.failed());
      this.next();
    }, { once: true });
    this.video.play().catch(() => {});
  }
  add(data) { if (this.source) { this.queue.push(data); this.next(); } }
  next() {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || !this.queue.length) return;
    const parts = this.queue.splice(0);
    try { buffer.appendBuffer(joined(parts)); }
    catch (error) {
      if (error.name !== "QuotaExceededError") return this.failed();
      this.queue.unshift(...parts);
      buffer.remove(0, Math.max(0.1, this.video.currentTime - 1));
    }
  }
  tidy() {
    const video = this.video, buffer = this.buffer;
    if (!buffer || this.source?.readyState !== "open") return;
    const held = buffer.buffered;
    if (held.length) {
      const first = held.start(0), last = held.end(held.length - 1);
      if (last - video.currentTime > EDGE_S || video.currentTime < held.start(held.length - 1))
        video.currentTime = Math.max(held.start(held.length - 1), last - 0.12);
      if (video.paused) video.play().catch(() => {});
      if (last - first > HELD_S && !buffer.updating) return buffer.remove(first, last - KEEP_S);
    }
    this.next();
  }
  end() {
    this.source = this.buffer = null; this.queue = [];
    if (this.url) { URL.revokeObjectURL(this.url); this.url = null; this.video.removeAttribute("src"); this.video.load(); }
  }
}
const joined = (parts) => {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.byteLength, 0));
  let place = 0;
  for (const one of parts) { whole.set(one, place); place += one.byteLength; }
  return whole;
};

export function startPlayer(el, { send, name: called = "", note: noted = "" }) {
  const box = make("figure", "ckl", el);
  const stage = make("div", "ckl-stage", box);
  const video = make("video", "ckl-video", stage), image = make("img", "ckl-image", stage);
  const veil = make("div", "ckl-veil", stage);
  const line = make("figcaption", "ckl-line", box);
  const chip = make("span", "ckl-chip", line), name = make("span", "ckl-name", line);
  const note = make("span", "ckl-note", line), clock = make("span", "ckl-clock", line);
  const full = make("button", "ckl-button", line);
  Object.assign(video, { muted: true, playsInline: true, autoplay: true });
  image.alt = ""; veil.setAttribute("role", "status");
  full.type = "button"; full.textContent = "Full screen";
  full.onclick = () => document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen?.();

  let state = { state: "connecting", words: "" }, cameMs = 0, last = -1, told = -1, picture = null;
  let isOn = false, form = "best", restTimer = 0;
  const stream = new Stream(video, () => watch("jpeg"));
  const watch = (as) => { form = as; isOn = true; stream.end(); send({ kind: "watch", form }); };
  const clear = () => {
    stream.end();
    image.removeAttribute("src");
    if (picture) { URL.revokeObjectURL(picture); picture = null; }
    cameMs = 0;
  };
  const rest = () => { if (isOn) { isOn = false; send({ kind: "rest" }); state = { state: "resting" }; show(); } };

  function show() {
    const oldS = cameMs ? (performance.now() - cameMs) / 1000 : null;
    let now = state.state;
    // whatever the kernel said last: a picture that is not new is not live
    if (now === "playing" && oldS !== null && oldS > STALE_S) now = "stale";
    if (now === "playing" && oldS === null) now = "connecting";
    const [sign, words] = WORDS[now] ?? WORDS.connecting;
    box.dataset.state = now;
    chip.textContent = `${sign} ${words}`;
    veil.hidden = now === "playing";
    const age = oldS === null ? "" : ` Last picture ${Math.round(oldS)} s ago, at ${at(cameAt)}.`;
    const why = state.words || words;
    veil.textContent = now === "playing" ? "" : `${why[0].toUpperCase()}${why.slice(1)}.${age}`;
    name.textContent = name.title = called;
    note.textContent = noted;
  }
  let cameAt = null;
  const came = (head) => {
    last = head.last; cameAt = head.came_at; cameMs = performance.now();
    clock.textContent = at(cameAt); clock.dateTime = cameAt;
  };

  function hear(head, parts) {
    if (head.kind === "about") {
      called = head.name;
      box.dataset.form = head.form; box.dataset.masked = head.is_masked;
      video.hidden = head.form !== "fmp4"; image.hidden = !video.hidden;
      clear(); // what was seen before this look is not part of it
      last = told = -1; // and its numbers begin anew
    } else if (head.kind === "state") {
      state = head;
      if (head.state === "refused") clear(); // what may not be shown is not left there grey
    }
    else if (head.kind === "init") {
      last = told = -1;
      stage.style.aspectRatio = `${head.width} / ${head.height}`;
      stream.begin(head.codec, bytes(parts[0]));
    } else if (head.kind === "fragment") { stream.add(bytes(parts[0])); came(head); }
    else if (head.kind === "picture") {
      const url = URL.createObjectURL(new Blob([bytes(parts[0])], { type: "image/jpeg" }));
      const former = picture;
      picture = url;
      image.onload = () => former && URL.revokeObjectURL(former);
      image.src = url;
      stage.style.aspectRatio = `${head.width} / ${head.height}`;
      came(head);
    }
    show();
  }

  const isSeen = () => seen && document.visibilityState === "visible";
  let seen = false;
  const look = () => {
    clearTimeout(restTimer);
    if (isSeen()) { if (!isOn) { state = { state: "connecting" }; cameMs = 0; watch(form); show(); } }
    else if (isOn) restTimer = setTimeout(rest, REST_MS);
  };
  const eye = new IntersectionObserver((all) => { seen = all.at(-1).isIntersecting; look(); });
  const timer = setInterval(() => {
    if (last > told) { told = last; send({ kind: "ack", index: last }); }
    show();
  }, 1000);
  document.addEventListener("visibilitychange", look);
  eye.observe(box);
  show();
  return {
    box,
    hear,
    tell({ name = called, note = noted }) { called = name; noted = note; show(); },
    end() {
      clearInterval(timer); clearTimeout(restTimer); eye.disconnect();
      document.removeEventListener("visibilitychange", look);
      rest(); clear(); box.remove();
    },
  };
}
