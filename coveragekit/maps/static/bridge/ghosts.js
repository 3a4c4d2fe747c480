// Cameras that are only tried: dragged by the foot, turned by the handle, or by keys.
const ARM_PX = 60;
const SETTLE_MS = 400;
const PATIENT_MS = 5000;
const GHOST_HOW = "Arrow keys move it by a metre, with Shift by ten; [ and ] turn it; Delete takes it away.";

class Herd {
  constructor(city) {
    this.city = city;
    this.ghosts = new Map();
    this.order = [];
    city.marks.extras.push((pen) => this.draw(pen));
    city.onMap("zoomend viewreset", () => this.ghosts.forEach((ghost) => ghost.place()));
    city.follow("_ghosts", (states) => this.update(states ?? []));
  }

  update(states) {
    const ids = new Set(states.map(({ id }) => id));
    for (const [id, ghost] of this.ghosts) {
      if (ids.has(id)) continue;
      const hadFocus = ghost.hasFocus();
      ghost.remove();
      this.ghosts.delete(id);
      if (hadFocus) this.city.box.focus({ preventScroll: true });
    }
    this.order = states.map(({ id }) => id);
    for (const state of states) {
      const known = this.ghosts.get(state.id);
      if (known) known.update(state); else this.ghosts.set(state.id, new GhostCamera(this.city, this, state));
    }
    this.city.talk.forget("ghost");
    this.city.counters.ghosts = this.ghosts.size;
    this.city.marks.redraw();
  }

  answered(id) { this.ghosts.get(id)?.answered(); }

  draw(pen) {
    const { context, colours } = pen;
    for (const ghost of this.ghosts.values()) {
      if (ghost.cone.length) pen.shape(ghost.cone, "ghost");
      if (ghost.state.foot) {
        pen.line(mercOf(...ghost.state.foot), mercOf(ghost.lon, ghost.lat), colours.quiet, 1.5, [2, 3]);
        const [x, y] = pen.at(...mercOf(...ghost.state.foot));
        context.fillStyle = colours.accent;
        context.beginPath();
        context.arc(x, y, 3.5, 0, 2 * Math.PI);
        context.fill();
      }
      const [from, to] = [mercOf(ghost.lon, ghost.lat), ghost.armPlace()].map((one) => (Array.isArray(one) ? one : mercOf(one.lng, one.lat)));
      pen.line(from, to, colours.accent, 2, ghost.bearing === null ? [3, 4] : []);
    }
  }

  stop() { this.ghosts.forEach((ghost) => ghost.remove()); }
}

class GhostCamera {
  constructor(city, herd, state) {
    Object.assign(this, { city, herd, state, lon: state.lon, lat: state.lat, bearing: state.bearing });
    this.cone = ringsOf(state.cone);
    this.isHeld = false;
    this.flying = null;
    this.next = null;
    this.settle = debounced(SETTLE_MS, () => { this.isHeld = false; this.push(true); });
    this.foot = this.knob("ck-ghost", 44);
    this.arm = this.knob("ck-ghost-arm", 44);
    this.wire();
    this.name();
    this.place();
  }

  knob(name, size) {
    const { L, map } = this.city;
    const icon = L.divIcon({ html: part("i"), className: name, iconSize: [size, size] });
    return L.marker([this.lat, this.lon], { icon, draggable: true, pane: "ck-ghosts", keyboard: true, autoPan: true }).addTo(map);
  }

  wire() {
    const held = { dragstart: () => { this.isHeld = true; this.city.talk.hideTip(); } };
    this.foot.on({ ...held,
      drag: () => { const { lat, lng } = this.foot.getLatLng(); this.moveTo(lng, lat); this.push(false); },
      dragend: () => { this.isHeld = false; this.push(true); },
      click: () => this.chosen(), mouseover: () => this.tell(), mouseout: () => this.city.talk.hideTip() });
    this.arm.on({ ...held,
      drag: () => { this.turnTo(this.arm.getLatLng()); this.push(false); },
      dragend: () => { this.isHeld = false; this.place(); this.push(true); } });
    for (const marker of [this.foot, this.arm]) {
      marker.getElement().addEventListener("keydown", (event) => this.pressed(event));
    }
    this.foot.getElement().addEventListener("focus", () => this.chosen());
  }

  name() {
    const title = this.state.title || "Trial camera";
    const looks = this.bearing === null ? "direction unknown" : `looks at ${Math.round(this.bearing)} degrees`;
    this.foot.getElement().setAttribute("aria-label", `${title}, ${looks}. ${GHOST_HOW}`);
    this.arm.getElement().setAttribute("aria-label", `Direction of ${title}, ${looks}. [ and ] turn it.`);
  }

  update(state) {
    this.state = state;
    this.cone = ringsOf(state.cone);
    // What the hand holds, the hand decides; the kernel's answer is a moment old.
    if (!this.isHeld && !this.flying && !this.next) Object.assign(this, { lon: state.lon, lat: state.lat, bearing: state.bearing });
    this.name();
    this.place();
  }

  armPlace() {
    const { map } = this.city;
    const turn = (this.bearing ?? 0) * Math.PI / 180;
    const foot = map.latLngToLayerPoint([this.lat, this.lon]);
    return map.layerPointToLatLng(foot.add([Math.sin(turn) * ARM_PX, -Math.cos(turn) * ARM_PX]));
  }

  place() {
    this.foot.setLatLng([this.lat, this.lon]);
    this.arm.setLatLng(this.armPlace());
    this.city.marks.redraw();
  }

  moveTo(lon, lat) {
    Object.assign(this, { lon, lat });
    this.arm.setLatLng(this.armPlace());
    this.city.marks.redraw();
  }

  turnTo(latlng) {
    const { map } = this.city;
    const away = map.latLngToLayerPoint(latlng).subtract(map.latLngToLayerPoint([this.lat, this.lon]));
    this.bearing = (Math.atan2(away.x, -away.y) * 180 / Math.PI + 360) % 360;
    this.city.marks.redraw();
  }

  // One question at a time; meanwhile only the newest is kept.
  push(done) {
    const asked = { id: this.state.id, lon: this.lon, lat: this.lat, bearing: this.bearing, done: done || Boolean(this.next?.done) };
    if (this.flying) { this.next = asked; return; }
    this.flying = setTimeout(() => this.answered(), PATIENT_MS);
    this.city.count({ drags: 1 });
    this.city.send("drag", asked);
  }

  answered() {
    clearTimeout(this.flying);
    this.flying = null;
    const { next } = this;
    this.next = null;
    if (next) this.push(next.done);
  }

  pressed(event) {
    const step = event.shiftKey ? 10 : 1;
    const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const turns = { "[": -5, "]": 5 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ways[event.key]) this.shift(ways[event.key].map((way) => way * step));
    else if (turns[event.key]) this.turn(turns[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") this.city.send("remove", { id: this.state.id });
    else return;
    event.preventDefault();
    event.stopPropagation(); // else the map would move as well
  }

  shift([east, south]) {
    const [x, y] = mercOf(this.lon, this.lat);
    const one = metre(this.lat);
    const [lon, lat] = lonLatOf(x + east * one, y + south * one);
    this.isHeld = true;
    this.moveTo(lon, lat);
    this.place();
    this.push(false);
    this.settle();
  }

  turn(by) {
    this.isHeld = true;
    this.bearing = ((this.bearing ?? 0) + by + 360) % 360;
    this.name();
    this.place();
    this.push(false);
    this.settle();
  }

  chosen() { this.city.send("ghost", { id: this.state.id }); }

  tell() {
    const { talk, map } = this.city;
    const lines = [this.state.title || "Trial camera", ...this.state.words];
    if (this.isHeld) return;
    const turn = (this.bearing ?? 0) * Math.PI / 180;
    const away = this.bearing === null ? {} : { west: Math.sin(turn) > 0, below: Math.cos(turn) > 0 };
    talk.showTip(map.latLngToContainerPoint([this.lat, this.lon]), lines, away);
  }

  hasFocus() {
    return [this.foot, this.arm].some((marker) => marker.getElement()?.contains(document.activeElement));
  }

  remove() {
    clearTimeout(this.flying);
    this.settle.cancel();
    this.foot.remove();
    this.arm.remove();
  }
}
