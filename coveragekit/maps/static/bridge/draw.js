// Drawing an area: by clicks or taps, by a dragged rectangle, or by keys at the middle.
const CORNERS = 500;
const NEAR_PX = 12;
const SAME_PX = 4;
const HOW = matchMedia("(pointer: coarse)").matches ? "Tap the corners, then Done." : "Click the corners. Double-click or Enter closes the area; Shift and drag draws a "
  + "rectangle. By keyboard: Space sets a corner in the middle, Backspace takes one away.";

class Pencil {
  constructor(city) {
    this.city = city;
    this.isOn = false;
    this.corners = [];
    this.pointer = null;
    city.marks.extras.push((pen) => this.draw(pen));
    this.bar = part("div", { class: "ck-draw-bar", role: "toolbar", "aria-label": "Drawing an area", hidden: true },
      this.button("Undo corner", () => this.undo()), this.button("Done", () => this.finish()),
      this.button("Cancel", () => this.cancel()));
    city.talk.top.append(this.bar);
    city.L.DomEvent.disableClickPropagation(this.bar);
    city.onMap("click", (event) => this.clicked(event));
    city.onMap("dblclick", () => { if (this.isOn) this.finish(); });
    city.onMap("mousemove", (event) => this.moved(event));
    city.onMap("mousedown", (event) => this.startBox(event));
    city.onMap("mouseup", (event) => this.endBox(event));
    city.listen(city.box, "keydown", (event) => this.pressed(event), { capture: true });
    city.follow("drawing", (kind) => { if (kind === "polygon") this.start(); else this.stop(); });
    city.follow("polygon", (ring) => { this.done = ring ?? []; city.marks.redraw(); });
  }

  button(words, act) {
    const node = part("button", { type: "button", class: "ck-bridge-button" }, words);
    node.addEventListener("click", act);
    return node;
  }

  start() {
    const { map, box, talk } = this.city;
    if (this.isOn) return;
    Object.assign(this, { isOn: true, corners: [], pointer: null, from: null });
    map.doubleClickZoom.disable();
    map.boxZoom.disable();
    box.classList.add("ck-drawing");
    this.bar.hidden = false;
    talk.hideTip();
    talk.showHint(HOW);
    talk.say(HOW);
    box.focus({ preventScroll: true });
    this.changed();
  }

  stop() {
    const { map, box, talk, model } = this.city;
    if (!this.isOn) return;
    Object.assign(this, { isOn: false, corners: [], pointer: null, from: null });
    map.dragging.enable();
    // What the map's own settings say holds again once the last click has passed.
    setTimeout(() => {
      if (!this.isOn) { map.doubleClickZoom.enable(); map.boxZoom.enable(); }
    }, 300);
    box.classList.remove("ck-drawing");
    this.bar.hidden = true;
    talk.showHint("");
    if (model.get("drawing")) { model.set("drawing", ""); this.city.save(); }
    this.changed();
  }

  cancel() {
    this.stop();
    this.city.talk.say("Drawing was ended");
    this.city.send("draw-end");
    this.city.box.focus({ preventScroll: true });
  }

  // The kernel judges: it ends the drawing, or says what is wrong and the corners stay.
  finish() {
    if (this.corners.length < 3) { this.refused(`An area needs at least 3 corners; this one has ${this.corners.length}.`); return; }
    this.city.send("polygon", { ring: this.corners });
  }

  // The corners stay, so that what is wrong can be mended.
  refused(words) {
    const all = `${words} Undo corner takes the last one away; Cancel ends the drawing.`;
    this.isRefused = true;
    this.city.talk.showHint(all);
    this.city.talk.say(all);
  }

  add(latlng) {
    if (this.corners.length >= CORNERS) { this.refused(`An area has no more than ${CORNERS} corners.`); return; }
    this.corners.push([latlng.lng, latlng.lat]);
    this.changed();
    this.city.talk.say(`Corner ${this.corners.length}`);
  }

  undo() {
    this.corners.pop();
    this.changed();
    this.city.talk.say(`${this.corners.length} corners`);
  }

  changed() {
    if (this.isRefused && this.isOn) this.city.talk.showHint(HOW);
    this.isRefused = false;
    this.city.counters.corners = this.corners.length;
    this.city.marks.redraw();
  }

  far(point, [lon, lat]) { return this.city.map.latLngToContainerPoint([lat, lon]).distanceTo(point); }

  clicked(event) {
    if (!this.isOn || this.justBoxed) return;
    const at = event.containerPoint;
    const last = this.corners.at(-1);
    if (last && this.far(at, last) < SAME_PX) return; // the second of a double click
    if (this.corners.length >= 3 && this.far(at, this.corners[0]) < NEAR_PX) { this.finish(); return; }
    this.add(event.latlng);
  }

  moved(event) {
    if (!this.isOn) return;
    this.pointer = event.latlng;
    this.city.marks.redraw();
  }

  startBox(event) {
    this.justBoxed = false;
    if (!this.isOn || !event.originalEvent?.shiftKey) return;
    this.from = event.latlng;
    this.city.map.dragging.disable();
  }

  endBox(event) {
    if (!this.isOn || !this.from) return;
    const [from, to] = [this.from, event.latlng];
    this.from = null;
    this.city.map.dragging.enable();
    const { map } = this.city;
    if (map.latLngToContainerPoint(from).distanceTo(event.containerPoint) < NEAR_PX) return;
    this.justBoxed = true; // the click that follows is no corner
    this.corners = this.boxed(from, to);
    this.finish();
  }

  boxed(from, to) { return [[from.lng, from.lat], [to.lng, from.lat], [to.lng, to.lat], [from.lng, to.lat]]; }

  pressed(event) {
    if (!this.isOn || event.target.closest(".ck-draw-bar, .ck-ghost")) {
      if (this.isOn && event.key === "Escape") { event.stopPropagation(); this.cancel(); }
      return;
    }
    const act = { Enter: () => this.finish(), " ": () => this.add(this.city.map.getCenter()),
      Backspace: () => this.undo(), Escape: () => this.cancel() }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  draw(pen) {
    const { context, colours } = pen;
    if (!this.isOn && this.done?.length) pen.shape([flatRing(this.done)], "polygon");
    if (!this.isOn) return;
    if (this.from && this.pointer) pen.shape([flatRing(this.boxed(this.from, this.pointer))], "polygon");
    const open = [...this.corners, ...(this.pointer && this.corners.length ? [[this.pointer.lng, this.pointer.lat]] : [])];
    if (open.length > 1) pen.shape([flatRing(open)], "polygon");
    for (const corner of this.corners) {
      const [x, y] = pen.at(...mercOf(...corner));
      Object.assign(context, { fillStyle: colours.panel, strokeStyle: colours.accent, lineWidth: 2 });
      context.setLineDash([]);
      context.beginPath();
      context.arc(x, y, 5, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }
}

const flatRing = (corners) => Float64Array.from(corners.flatMap(([lon, lat]) => mercOf(lon, lat)));
