// What the map says: a tooltip, a line for screen readers, and how much is still to come.
const SLOW_MS = 1000;
const STUCK_MS = 15000;
const KEPT_LINES = 500;

class Talk {
  constructor(city) {
    this.city = city;
    this.told = new Map();
    this.asked = new Map();
    this.number = 0;
    this.live = part("div", { class: "ck-aside", "aria-live": "polite", role: "status" });
    this.tip = part("div", { class: "ck-tip", role: "tooltip", id: `ck-tip-${city.token}`, hidden: true });
    this.progress = part("div", { class: "ck-busy", hidden: true, "aria-hidden": "true" });
    this.hint = part("div", { class: "ck-hint", hidden: true });
    this.top = part("div", { class: "ck-top" }, this.hint);
    city.ui.append(this.live, this.tip, this.progress, this.top);
    this.setBusy = debounced(200, (pending) => {
      city.model.set("busy", pending);
      city.save();
    });
  }

  say(text) {
    // A screen reader says the same words again only when something about them is new.
    saying(this.live, this.live.textContent === text ? `${text}\u00a0` : text);
  }

  // Lines about one thing: at once where they are known, else when the kernel has answered.
  ask(kind, row, use) {
    const key = `${kind} ${row}`;
    if (this.told.has(key)) { use(this.told.get(key)); return; }
    if (!this.city.model.get("_speaks")) { use([]); return; }
    const id = `${this.city.token}:${this.number += 1}`;
    this.asked.set(id, { key, use });
    this.city.send("tell", { kind, row, id });
  }

  answer({ id, lines }) {
    const asked = this.asked.get(id);
    if (!asked) return;
    this.asked.delete(id);
    if (this.told.size > KEPT_LINES) this.told.clear();
    this.told.set(asked.key, lines);
    asked.use(lines);
  }

  forget(kind) {
    for (const key of [...this.told.keys()]) if (key.startsWith(kind)) this.told.delete(key);
  }

  // Towards the west where what lies to the east shall stay free.
  showTip(point, lines, { west = false, below = false } = {}) {
    if (!lines.length) { this.hideTip(); return; }
    const [first, ...rest] = lines;
    this.tip.replaceChildren(part("b", {}, first), ...rest.map((line) => part("span", {}, line)));
    this.tip.hidden = false;
    const { x: width, y: height } = this.city.map.getSize();
    const [wide, high] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const beside = west ? point.x - wide - 14 : point.x + 14;
    const left = Math.max(4, Math.min(width - wide - 4, beside));
    const above = point.y - high - 14;
    const top = below || above < 4 ? Math.min(height - high - 4, point.y + 18) : above;
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hideTip() { this.tip.hidden = true; }

  showHint(text) {
    saying(this.hint, text ?? "");
    this.hint.hidden = !text;
  }

  pending(count) {
    this.setBusy(count);
    this.left = count;
    this.isStuck = false;
    clearTimeout(this.stuck);
    if (count) this.stuck = setTimeout(() => { this.isStuck = true; this.showProgress(); }, STUCK_MS);
    if (count && !this.slow) {
      this.slow = setTimeout(() => {
        this.isSlow = true;
        this.say(`Drawing the map, ${this.left} pictures to go`);
        this.showProgress();
      }, SLOW_MS);
    } else if (!count && this.slow) {
      clearTimeout(this.slow);
      this.slow = 0;
      if (this.isSlow) this.say("The map is drawn");
      this.isSlow = false;
    }
    this.showProgress();
  }

  showProgress() {
    this.progress.hidden = !this.isSlow;
    const words = this.isStuck ? "No pictures come at the moment" : `Drawing, ${this.left} to go`;
    if (this.isSlow) saying(this.progress, words);
  }

  stop() {
    clearTimeout(this.slow);
    clearTimeout(this.stuck);
    this.setBusy.cancel();
  }
}
