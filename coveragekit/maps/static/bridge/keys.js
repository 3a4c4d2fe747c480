// The pointer and the keyboard on the map: what is under them, and what is chosen.
const MOUSE_RADIUS_PX = 11;
const FINGER_RADIUS_PX = 22;
const WALK_LIMIT = 200;

class Hand {
  constructor(city) {
    this.city = city;
    this.walk = null;
    this.pole = { rows: [], turn: 0 };
    const { map, box } = city;
    city.onMap("mousemove", (event) => this.moved(event));
    city.onMap("mouseout movestart zoomstart", () => this.left());
    city.onMap("click", (event) => this.clicked(event));
    city.onMap("moveend", () => { if (!this.isWalking) this.walk = null; });
    city.listen(box, "keydown", (event) => this.pressed(event));
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", "Map. Arrow keys move it, plus and minus zoom, N and P walk "
      + "the cameras from the middle, Enter chooses, Escape clears.");
    city.ui.append(part("div", { class: "ck-cross", "aria-hidden": "true" }));
    this.map = map;
  }

  radius(event) {
    const kind = event.originalEvent?.pointerType;
    return kind === "touch" || kind === "pen" ? FINGER_RADIUS_PX : MOUSE_RADIUS_PX;
  }

  moved(event) {
    const { cloud, talk, box } = this.city;
    if (event.originalEvent?.pointerType === "touch" || this.city.isTaken()) return;
    const rows = cloud.at(event.containerPoint, MOUSE_RADIUS_PX);
    box.classList.toggle("ck-over", rows.length > 0);
    const row = rows[0] ?? null;
    if (row === this.over) return;
    this.over = row;
    if (row === null) { talk.hideTip(); return; }
    talk.ask("camera", row, (lines) => {
      if (this.over === row) talk.showTip(event.containerPoint, this.withMates(lines, rows));
    });
  }

  withMates(lines, rows) {
    return rows.length > 1 && lines.length
      ? [...lines, `${rows.length} cameras here: click again for the next`] : lines;
  }

  left() {
    this.over = null;
    this.city.box.classList.remove("ck-over");
    this.city.talk.hideTip();
  }

  clicked(event) {
    // The second of a double click zooms; it does not choose again.
    if (this.city.isTaken() || event.originalEvent?.detail > 1) return;
    const rows = this.city.cloud.at(event.containerPoint, this.radius(event));
    if (rows.length) { this.pickFrom(rows); return; }
    const { lat, lng } = event.latlng;
    this.city.send("click", { lon: lng, lat });
  }

  // Clicking on the same pole again goes on to its next camera.
  pickFrom(rows) {
    const same = rows.length === this.pole.rows.length && rows.every((row, i) => row === this.pole.rows[i]);
    this.pole = { rows, turn: same ? (this.pole.turn + 1) % rows.length : 0 };
    this.pick(rows[this.pole.turn], rows);
  }

  pick(row, others) {
    this.city.send("pick", { row, others });
    this.city.count({ picked: 1 });
  }

  pressed(event) {
    if (event.target !== this.city.box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.city.isTaken()) return;
    const act = { n: () => this.step(1), p: () => this.step(-1), Enter: () => this.choose(), Escape: () => this.clear() };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!act[key]) return;
    event.preventDefault();
    act[key]();
  }

  step(by) {
    const { cloud, talk, marks } = this.city;
    this.walk ??= { rows: cloud.fromMiddle(WALK_LIMIT), at: by > 0 ? -1 : 0 };
    const { rows } = this.walk;
    if (!rows.length) { this.walk = null; talk.say("No camera in sight"); return; }
    this.walk.at = (this.walk.at + by + rows.length) % rows.length;
    const row = rows[this.walk.at];
    marks.walked = row;
    marks.redraw();
    this.city.counters.walked = row;
    const place = `${this.walk.at + 1} of ${rows.length}`;
    talk.ask("camera", row, (lines) => {
      if (marks.walked !== row) return;
      talk.say([...lines, place].join(", "));
      const [lon, lat] = cloud.placeOf(row);
      talk.showTip(this.map.latLngToContainerPoint([lat, lon]), lines);
    });
  }

  choose() {
    const { cloud, marks } = this.city;
    if (marks.walked !== null) {
      const [lon, lat] = cloud.placeOf(marks.walked);
      this.pick(marks.walked, cloud.at(this.map.latLngToContainerPoint([lat, lon]), 3));
      return;
    }
    const middle = this.map.getCenter();
    this.city.send("click", { lon: middle.lng, lat: middle.lat });
  }

  clear() {
    this.forget();
    this.city.talk.hideTip();
    this.city.send("clear");
  }

  forget() {
    this.walk = null;
    this.pole = { rows: [], turn: 0 };
    this.over = null;
    this.city.marks.walked = null;
    this.city.marks.redraw();
  }
}
