// Plays one camera in a page: a compressed stream by Media Source Extensions, or JPEGs.
//
//   const player = startPlayer(element, { send, name, note });
//   player.hear(head, parts)     a message that came: a mapping, and its buffers
//   player.tell({ name, note })  what stands in its line
//   player.end()                 takes it away
//
// It says by `send`: {kind: "watch", form}, {kind: "rest"}, {kind: "ack", index}, and
// while it watches, every few seconds, {kind: "here"}; where "about" says that it can,
// {kind: "keep", what} and {kind: "replay", form}. It asks to watch when it is seen and to
// rest when it is not, and knows of no server. More wishes: `isAuto: false` leaves that
// to player.watch() and player.rest(); `isTile` leaves out all buttons; `changed` is
// called with the words of each new state.
const STALE_S = 4, EDGE_S = 0.7, NEAR_S = 0.22, HELD_S = 20, KEEP_S = 10;
const REST_MS = 3000, HERE_MS = 5000, MOST_PARTS = 300;
const WORDS = {
  connecting: ["\u25cb", "Connecting"], playing: ["\u25cf", "Live"],
  stale: ["\u25d0", "No new picture"], offline: ["\u2715", "Offline"],
  refused: ["\u2298", "Not shown"], resting: ["\u2016", "Paused"],
  still: ["\u25a3", "Picture"], recorded: ["\u21ba", "Recorded"],
  ended: ["\u25a0", "Recording ended"],
};

const make = (tag, cls, parent) => {
  const one = document.createElement(tag);
  one.className = cls;
  parent.append(one);
  return one;
};
const button = (words, parent, act) => {
  const one = make("button", "ckl-button", parent);
  one.type = "button"; one.textContent = words; one.onclick = act;
  return one;
};
const at = (iso) => iso ? new Date(iso).toLocaleTimeString([], { hour12: false }) : "";
const span = (s) => s < 100 ? `${Math.round(s)} s`
  : s < 6000 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
const sentence = (words) => words ? `${words[0].toUpperCase()}${words.slice(1)}` : "";
const bytes = (one) => one instanceof ArrayBuffer ? new Uint8Array(one)
  : new Uint8Array(one.buffer, one.byteOffset, one.byteLength);

// Plays fragments as they come, near the newest; tells when it cannot.
class Stream {
  constructor(video, failed) {
    this.video = video; this.failed = failed; this.queue = [];
    // telephones have only the managed one; near the newest it never asks to wait
    this.Source = window.MediaSource ?? window.ManagedMediaSource;
    this.near = NEAR_S; // how far behind the newest it plays: more after each stall
    video.addEventListener("waiting", () => {
      this.near = Math.min(this.near + 0.08, EDGE_S - 0.1);
      video.playbackRate = 1;
    });
    video.addEventListener("error", () => { if (this.source) this.failed(); });
  }
  begin(codec, data) {
    this.end();
    const type = `video/mp4; codecs="${codec}"`;
    if (!this.Source?.isTypeSupported?.(type)) return this.failed();
    const source = this.source = new this.Source();
    this.queue = [data];
    this.video.disableRemotePlayback = true;
    this.video.src = this.url = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      try { this.buffer = source.addSourceBuffer(type); } catch { return this.failed(); }
      this.buffer.mode = "segments";
      this.buffer.addEventListener("updateend", () => this.tidy());
      this.buffer.addEventListener("error", () => this.failed());
      this.next();
    }, { once: true });
    this.play();
  }
  // single pictures need nobody's leave to be shown
  play() { this.video.play().catch((error) => { if (error.name === "NotAllowedError" && this.source) this.failed(); }); }
  add(data) {
    if (!this.source) return;
    this.queue.push(data);
    if (this.queue.length > MOST_PARTS) return this.failed();
    this.next();
  }
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
      const begun = held.start(held.length - 1), behind = last - video.currentTime;
      this.near = Math.max(NEAR_S, this.near - 0.001);
      if (behind > EDGE_S || video.currentTime < begun)
        video.currentTime = Math.max(begun, last - this.near);
      else if (behind > this.near + 0.1) video.playbackRate = 1.1; // unseen, and no jump
      else if (behind < this.near) video.playbackRate = 1;
      if (video.paused) this.play();
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

// One picture in an <img>; those before are let go when one is there.
class Still {
  constructor(image) {
    this.image = image; this.urls = [];
    image.onload = image.onerror = () => this.drop(1);
  }
  put(data) {
    this.urls.push(URL.createObjectURL(new Blob([bytes(data)], { type: "image/jpeg" })));
    this.image.src = this.urls.at(-1);
  }
  drop(kept) { for (const url of this.urls.splice(0, this.urls.length - kept)) URL.revokeObjectURL(url); }
  end() { this.image.removeAttribute("src"); this.drop(0); }
}

// The parts of a player on the page; nothing here knows what they mean.
function layOut(el, isTile) {
  const box = make("figure", "ckl", el), stage = make("div", "ckl-stage", box);
  const video = make("video", "ckl-video", stage), image = make("img", "ckl-image", stage);
  const veil = make("div", "ckl-veil", stage), line = make("figcaption", "ckl-line", box);
  const parts = { box, stage, video, image, veil, line };
  parts.chip = make("span", "ckl-chip", line);
  parts.name = make("span", "ckl-name", line);
  parts.note = make("span", "ckl-note", line);
  parts.covered = make("span", "ckl-covered", line);
  parts.covered.textContent = "Parts are covered"; parts.covered.hidden = true;
  parts.clock = make("time", "ckl-clock", line);
  Object.assign(video, { muted: true, playsInline: true, autoplay: true, hidden: true });
  // a picture says nothing that its line does not say
  video.setAttribute("aria-hidden", "true"); image.alt = "";
  if (isTile) { box.dataset.tile = ""; return parts; }
  parts.said = make("span", "ckl-said", line);
  parts.status = make("span", "ckl-unseen", line);
  for (const one of [parts.said, parts.status]) one.setAttribute("role", "status");
  parts.buttons = make("span", "ckl-buttons", line);
  return parts;
}

const fillScreen = (box, video) => {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (box.requestFullscreen) return box.requestFullscreen().catch(() => {});
  return video.webkitEnterFullscreen?.(); // a telephone fills its screen with videos only
};

export function startPlayer(el, wishes) {
  const { send, isAuto = true, isTile = false, changed = () => {} } = wishes;
  let { name: called = "", note: noted = "" } = wishes;
  const { box, stage, video, image, veil, chip, name, note, covered, clock, said, status,
    buttons } = layOut(el, isTile);
  const still = new Still(image), stream = new Stream(video, () => ask("jpeg"));
  let state = { state: "resting", words: "" }, cameMs = 0, cameAt = null, oldAfterS = STALE_S;
  let last = -1, told = -1, can = [], was = "";
  let isOn = false, isReplay = false, isRecorded = false, form = "best", isSeen = false;
  let restTimer = 0, hereTimer = 0;

  const ask = (as) => {
    form = as; isOn = true; stream.end();
    send({ kind: isReplay ? "replay" : "watch", form });
  };
  const clear = () => { stream.end(); still.end(); cameMs = 0; };
  const watch = (replay = false) => {
    isReplay = replay; state = { state: "connecting" }; cameMs = 0;
    ask("best"); show();
    clearInterval(hereTimer);
    hereTimer = setInterval(() => send({ kind: "here" }), HERE_MS);
  };
  const rest = () => {
    clearInterval(hereTimer);
    if (!isOn) return;
    isOn = isReplay = isRecorded = false; last = told = -1;
    send({ kind: "rest" });
    if (isTile) clear(); // what comes next is a single picture
    state = { state: isTile ? "connecting" : "resting" };
    show();
  };

  const shown = !buttons ? {} : {
    keep: button("Keep still", buttons, () => { say("Keeping"); send({ kind: "keep" }); }),
    clip: button("Keep 60 s", buttons, () => { say("Keeping"); send({ kind: "keep", what: "clip" }); }),
    replay: button("Last 60 s", buttons, () => watch(true)),
    live: button("Back to live", buttons, () => watch()),
    full: button("Full screen", buttons, () => fillScreen(box, video)),
  };
  const say = (words, isGood = true) => {
    if (!said) return;
    said.textContent = words; said.dataset.good = isGood;
    for (const one of [shown.keep, shown.clip]) if (one) one.disabled = words === "Keeping";
  };
  const standing = () => {
    const oldS = cameMs ? (performance.now() - cameMs) / 1000 : null;
    let now = state.fault === "Ended" ? "ended" : state.state;
    // whatever was said last: a picture that is not new is not live
    if ((now === "playing" || now === "still") && oldS > oldAfterS) now = "stale";
    if (now === "playing" && oldS === null) now = "connecting";
    if (now === "playing" && isRecorded) now = "recorded";
    return [now, oldS];
  };
  function show() {
    const [now, oldS] = standing(), [sign, words] = WORDS[now] ?? WORDS.connecting;
    const isClear = ["playing", "recorded", "still"].includes(now);
    const why = sentence(state.words || words), old = oldS === null ? "" : span(oldS);
    box.dataset.state = now;
    chip.textContent = `${sign} ${now === "still" ? `${old} ago` : words}`;
    veil.hidden = isClear;
    veil.textContent = isClear ? "" : `${why}.${old && !isRecorded
      ? ` Last picture ${old} ago, at ${at(cameAt)}.` : ""}`;
    name.textContent = name.title = called;
    note.textContent = noted; note.hidden = !noted;
    covered.hidden = box.dataset.masked !== "true";
    clock.textContent = at(cameAt); clock.dateTime = cameAt ?? "";
    if (buttons) {
      shown.keep.hidden = !can.includes("keep") || isReplay || now !== "playing";
      shown.clip.hidden = !can.includes("clip") || isReplay || now !== "playing";
      shown.replay.hidden = !can.includes("replay") || isReplay || !isOn;
      shown.live.hidden = !isReplay && !(isOn && now === "refused");
      shown.live.textContent = isReplay ? "Back to live" : "Look again";
      shown.full.hidden = !(document.fullscreenEnabled || video.webkitEnterFullscreen);
    }
    const news = isClear ? words : why;
    if (news !== was) {
      was = news;
      if (status) status.textContent = `${called || "Camera"}: ${news}`;
      changed(news, now);
    }
  }
  const arrived = (head) => { last = head.last ?? last; cameAt = head.came_at; };
  const came = (head, ageS = 0) => {
    arrived(head);
    cameMs = performance.now() - 1000 * ageS; oldAfterS = head.stale_s ?? STALE_S;
  };
  const picture = (head, part) => {
    still.put(part);
    image.hidden = false;
    if (head.width) stage.style.aspectRatio = `${head.width} / ${head.height}`;
  };
  const about = (head) => {
    const isKept = state.state === "still" || (isTile && image.hasAttribute("src"));
    called = head.name; can = head.can ?? []; isRecorded = Boolean(head.recorded);
    box.dataset.form = head.form; box.dataset.masked = head.is_masked;
    box.dataset.recorded = isRecorded;
    for (const one of [shown.keep, shown.clip]) if (one) one.disabled = false;
    video.hidden = head.form !== "fmp4";
    if (isKept && !isRecorded) { stream.end(); cameMs = 0; } // until the first comes
    else { clear(); image.hidden = !video.hidden; } // what was seen before is no part of it
    last = told = -1; // and its numbers begin anew
  };
  // what arrived is not shown yet: a stream is live while its video moves
  video.addEventListener("timeupdate", () => {
    if (video.hidden || !stream.source || video.readyState < 2) return;
    still.end(); image.hidden = true;
    cameMs = performance.now(); oldAfterS = STALE_S;
    if (box.dataset.state === "connecting" || box.dataset.state === "stale") show();
  });

  const hearing = {
    about,
    state: (head) => {
      state = head;
      // what may not be shown is not left there grey
      if (head.state === "refused" || (!isOn && head.state === "connecting")) clear();
    },
    init: (head, parts) => {
      last = told = -1;
      stage.style.aspectRatio = `${head.width} / ${head.height}`;
      stream.begin(head.codec, bytes(parts[0]));
    },
    fragment: (head, parts) => { stream.add(bytes(parts[0])); arrived(head); },
    picture: (head, parts) => { picture(head, parts[0]); came(head); },
    glimpse: (head, parts) => {
      if (isOn) return; // it was on its way while the camera began to play
      called = head.name; box.dataset.form = "still"; box.dataset.masked = head.is_masked;
      video.hidden = true; state = { state: "still" };
      picture(head, parts[0]); came(head, head.age_s);
    },
    kept: (head) => say(sentence(head.words), head.is_good),
  };
  const hear = (head, parts) => { hearing[head.kind]?.(head, parts); show(); };

  const look = () => {
    clearTimeout(restTimer);
    if (isSeen && document.visibilityState === "visible") { if (!isOn) watch(); }
    else if (isOn) restTimer = setTimeout(rest, REST_MS);
  };
  const eye = new IntersectionObserver((all) => { isSeen = all.at(-1).isIntersecting; look(); });
  const timer = setInterval(() => {
    if (last > told) { told = last; send({ kind: "ack", index: last }); }
    show();
  }, 1000);
  if (isAuto) { document.addEventListener("visibilitychange", look); eye.observe(box); }
  if (isTile) state = { state: "connecting" };
  show();
  return {
    box, hear, rest,
    watch: () => { if (!isOn) watch(); },
    get isOn() { return isOn; },
    get name() { return called; },
    tell({ name = called, note = noted }) { called = name; noted = note; show(); },
    end() {
      clearInterval(timer); clearTimeout(restTimer); eye.disconnect();
      document.removeEventListener("visibilitychange", look);
      rest(); clear(); box.remove();
    },
  };
}
