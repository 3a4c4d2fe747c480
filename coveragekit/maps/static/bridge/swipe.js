// Two sets of pictures on either side of a divider.
const SWIPE_STEP = 0.02;

class Swipe {
  constructor(city) {
    this.city = city;
    this.isOn = false;
    this.at = 0.5;
    this.bar = part("div", { class: "ck-swipe", role: "separator", tabindex: 0, "aria-orientation": "vertical",
      "aria-valuemin": 0, "aria-valuemax": 100, hidden: true }, part("span", { class: "ck-swipe-grip", "aria-hidden": "true" }));
    this.left = part("span", { class: "ck-side ck-side-left", hidden: true });
    this.right = part("span", { class: "ck-side ck-side-right", hidden: true });
    city.ui.append(this.left, this.right, this.bar);
    city.L.DomEvent.disableClickPropagation(this.bar);
    city.listen(this.bar, "pointerdown", (event) => this.held(event));
    city.listen(this.bar, "pointermove", (event) => this.dragged(event));
    city.listen(this.bar, "pointerup pointercancel", (event) => this.letGo(event));
    city.listen(this.bar, "keydown", (event) => this.pressed(event));
    city.onMap("move zoom zoomend viewreset resize moveend", () => this.clip());
    city.on("layers", () => this.clip());
    city.follow("_swipe", (state) => this.update(state ?? {}));
  }

  update({ at, left, right }) {
    this.isOn = typeof at === "number";
    if (this.isOn) this.at = at;
    for (const [node, words] of [[this.left, left], [this.right, right]]) {
      saying(node, words ?? "");
      node.hidden = !this.isOn || !words;
    }
    this.bar.hidden = !this.isOn;
    this.bar.setAttribute("aria-label", `Divider between ${left || "left"} and ${right || "right"}; arrow keys move it`);
    this.city.tiles.setAside((layer) => Boolean(layer.side) && !this.isOn);
    this.clip();
  }

  held(event) {
    this.bar.setPointerCapture(event.pointerId);
    this.isHeld = true;
    this.city.map.dragging.disable();
    event.preventDefault();
    this.bar.focus({ preventScroll: true });
  }

  dragged(event) {
    if (!this.isHeld) return;
    const box = this.city.box.getBoundingClientRect();
    this.moveTo((event.clientX - box.left) / box.width);
  }

  letGo() {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.city.map.dragging.enable();
    this.city.send("swipe", { at: this.at });
  }

  pressed(event) {
    const step = event.shiftKey ? 5 * SWIPE_STEP : SWIPE_STEP;
    const to = { ArrowLeft: this.at - step, ArrowRight: this.at + step, Home: 0, End: 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveTo(to);
    this.city.send("swipe", { at: this.at });
  }

  moveTo(at) {
    this.at = Math.max(0, Math.min(1, at));
    this.clip();
  }

  clip() {
    const { map, tiles } = this.city;
    const size = map.getSize();
    const middle = Math.round(size.x * this.at);
    this.bar.style.left = `${middle}px`;
    this.bar.setAttribute("aria-valuenow", Math.round(100 * this.at));
    const spans = { left: [0, middle], right: [middle, size.x] };
    for (const layer of tiles.layers.values()) {
      const box = layer.getContainer();
      if (!box) continue;
      if (!this.isOn || !layer.side) { box.style.clipPath = ""; continue; }
      const [from, to] = spans[layer.side];
      const start = map.containerPointToLayerPoint([from, 0]);
      const end = map.containerPointToLayerPoint([to, size.y]);
      box.style.clipPath = `polygon(${[[start.x, start.y], [end.x, start.y], [end.x, end.y], [start.x, end.y]]
        .map(([x, y]) => `${x}px ${y}px`).join(",")})`;
    }
  }
}
