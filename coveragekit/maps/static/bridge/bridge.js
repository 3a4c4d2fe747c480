// The bridge itself: one city on one Leaflet map.
const MOVE_MS = 150;
const TIMES_KEPT = 200;
const EDGE_PX = 16;
const PANES = { "ck-names": 405, "ck-points": 450, "ck-marks": 460, "ck-ghosts": 640 };

class City {
  constructor(model, { view, map, L, box }) {
    Object.assign(this, { model, view, map, L, box, stops: [], hearers: {} });
    this.token = Math.random().toString(36).slice(2, 10);
    this.counters = { asked: 0, answered: 0, empty: 0, failed: 0, pending: 0, moving: 0, bytes: 0, points: 0, visible: 0, drawn: 0, picked: 0, drags: 0, pointBytes: 0, waits: [], draws: [] };
    window.__ck = this.counters;
    box.dataset.ckBridge = this.token;
    this.ui = part("div", { class: "ck-bridge" });
    box.append(this.ui);
    for (const [name, zIndex] of Object.entries(PANES)) {
      const pane = map.getPane(name) ?? map.createPane(name);
      pane.style.zIndex = zIndex;
      pane.style.pointerEvents = "none";
    }
    this.Sheet = sheetClass(L);
    this.colours = coloursAt(box);
    this.talk = new Talk(this);
    this.cloud = new PointCloud(this);
    this.marks = new MarkSheet(this);
    this.names = new NameSheet(this);
    this.tiles = new TileStack(this);
    this.hand = new Hand(this);
  }

  start() {
    hush(this.view);
    this.follow("_layers", (states) => this.tiles.update(states));
    this.follow("_points", (packed) => this.takePoints(packed));
    this.follow("_shown", (data) => this.takeShown(data));
    this.follow("_faded", (opacity) => { this.cloud.sheet.canvas.style.opacity = opacity; });
    this.follow("_marks", (marks) => this.marks.update(marks));
    this.draw = new Pencil(this);
    this.ghosts = new Herd(this);
    this.swipe = new Swipe(this);
    this.hearing("msg:custom", (content, buffers) => this.heard(content, buffers));
    const told = debounced(MOVE_MS, () => { this.tellMove(); this.counters.moving = Number(isMoving); });
    let isMoving = false;
    this.onMap("movestart zoomstart", () => { isMoving = true; this.counters.moving = 1; });
    this.onMap("moveend resize", () => {
      isMoving = false;
      this.landed = this.flight;
      this.counters.moving = 1;
      told();
      this.names.ask();
    });
    this.stops.push(() => told.cancel());
    this.watchTheme();
    this.send("ready");
    this.tellMove();
    this.names.ask();
    this.counters.ready = true;
  }

  // A lost kernel is told by the page; the map stays as it is and throws nothing.
  send(event, rest = {}) {
    try {
      this.model.send({ event, ...rest }, whenTaken());
    } catch (lost) {
      this.counters.lost = String(lost);
    }
  }

  save() {
    try {
      this.model.save_changes();
    } catch (lost) {
      this.counters.lost = String(lost);
    }
  }

  count(changes) {
    for (const [name, by] of Object.entries(changes)) this.counters[name] += by;
  }

  // How long the newest of something took, milliseconds.
  keep(name, time) {
    const times = this.counters[name];
    times.push(Math.round(10 * time) / 10);
    if (times.length > TIMES_KEPT) times.shift();
  }

  pending(count) {
    this.counters.pending = count;
    this.talk.pending(count);
  }

  hearing(event, act) {
    this.model.on(event, act);
    this.stops.push(() => this.model.off(event, act));
  }

  follow(trait, act) {
    const bring = () => act(this.model.get(trait));
    this.hearing(`change:${trait}`, bring);
    bring();
  }

  listen(target, types, act, options) {
    for (const type of types.split(" ")) {
      target.addEventListener(type, act, options);
      this.stops.push(() => target.removeEventListener(type, act, options));
    }
  }

  onMap(types, act) {
    this.map.on(types, act);
    this.stops.push(() => this.map.off(types, act));
  }

  on(event, act) { (this.hearers[event] ??= []).push(act); }

  emit(event) { (this.hearers[event] ?? []).forEach((act) => act()); }

  // Whether a tool has taken the pointer and the keys for itself.
  isTaken() { return Boolean(this.draw?.isOn); }

  heard(content, buffers) {
    const handlers = {
      made: () => this.made(content.got, buffers ?? []),
      told: () => this.talk.answer(content),
      fly: () => this.fly(content),
      say: () => this.talk.say(content.text),
      refused: () => this.draw.refused(content.words),
      dragged: () => this.ghosts.answered(content.id),
    };
    handlers[content.event]?.();
  }

  made(got, buffers) {
    got.forEach(([id, length], i) => {
      const none = length === -2 ? undefined : null;
      const bytes = length < 0 ? none : bytesOf(buffers[i] ?? new DataView(new ArrayBuffer(0)));
      if (id.startsWith("labels ")) this.names.answer(id.slice(7), bytes);
      else this.tiles.post.take(id, bytes);
    });
  }

  async takePoints(packed) {
    const turn = this.pointsTurn = (this.pointsTurn ?? 0) + 1;
    const points = await unpackPoints(packed);
    // A newer set has come meanwhile. (The same one sent twice is another object, untold.)
    if (turn !== this.pointsTurn) return;
    this.cloud.set(points);
    Object.assign(this.counters, { points: points.count, pointBytes: packed.data?.byteLength ?? 0 });
    this.talk.forget("camera");
    this.hand.forget();
    await this.takeShown(this.model.get("_shown"));
  }

  async takeShown(data) {
    await this.cloud.flag(data);
    this.cloud.sheet.redraw();
  }

  fly({ lon, lat, bounds, zoom, flight }) {
    const animate = !calm();
    this.flight = flight; // the kernel is told when it has landed
    if (bounds) {
      const [west, south, east, north] = bounds;
      const box = this.L.latLngBounds([[south, west], [north, east]]);
      const options = { animate, maxZoom: zoom ?? 18, duration: 0.6,
        paddingTopLeft: [EDGE_PX, EDGE_PX], paddingBottomRight: [EDGE_PX, EDGE_PX + this.covered()] };
      if (animate) this.map.flyToBounds(box, options); else this.map.fitBounds(box, options);
      return;
    }
    const closer = zoom ?? this.map.getZoom();
    if (animate) this.map.flyTo([lat, lon], closer, { duration: 0.6 });
    else this.map.setView([lat, lon], closer, { animate: false });
  }

  // How much of the map's foot its tools hide.
  covered() {
    const map = this.map.getContainer();
    const tools = map.closest(".ck-map")?.querySelector(".ck-tools");
    if (!tools?.checkVisibility()) return 0;
    return Math.max(map.getBoundingClientRect().bottom - tools.getBoundingClientRect().top, 0);
  }

  tellMove() {
    const size = this.map.getSize();
    if (!size.x || !size.y) return;
    const box = this.map.getBounds();
    this.send("move", {
      west: box.getWest(), south: box.getSouth(), east: box.getEast(), north: box.getNorth(),
      zoom: this.map.getZoom(), width: size.x, height: size.y,
      landed: this.landed ?? 0,
    });
  }

  watchTheme() {
    const repaint = () => {
      this.colours = coloursAt(this.box);
      [this.cloud, this.marks, this.names].forEach(({ sheet }) => sheet.redraw());
    };
    const watch = new MutationObserver(repaint);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-ck-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    this.listen(system, "change", repaint);
    this.stops.push(() => watch.disconnect());
    requestAnimationFrame(repaint); // the page's style sheet may have come after us
  }

  stop() {
    this.stops.forEach((stop) => stop());
    this.talk.stop();
    this.ghosts?.stop();
    this.tiles.stop();
    [this.cloud, this.marks, this.names].forEach(({ sheet }) => sheet.remove());
    this.ui.remove();
    delete this.box.dataset.ckBridge;
  }
}

export default {
  render({ model, el }) {
    el.classList.add("ck-bridge-widget");
    let city = null;
    let isOver = false;
    findMap(model, () => isOver).then((found) => {
      if (!found || isOver) return;
      city = new City(model, found);
      city.start();
    }).catch((error) => {
      el.replaceChildren(part("p", { class: "ck-bridge-fault", role: "alert" }, error.message));
      window.__ck = { ...window.__ck, fault: error.message };
    });
    return () => {
      isOver = true;
      city?.stop();
    };
  },
};
