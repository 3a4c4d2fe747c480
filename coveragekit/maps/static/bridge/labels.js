// Names of streets, water and areas, written by the browser in its own type.
const NAMES_FROM_ZOOM = 12;
const NAME_STYLE = {
  street: { weight: 500, token: "quiet" }, water: { weight: 500, token: "accent", slant: "italic" },
  area: { weight: 650, token: "ink" },
};

class NameSheet {
  constructor(city) {
    this.city = city;
    this.names = [];
    this.asked = 0;
    this.sheet = new city.Sheet((context, view) => this.draw(context, view), { pane: "ck-names" });
    this.sheet.addTo(city.map);
    this.ask = debounced(60, () => this.askNow());
  }

  askNow() {
    const { map, model } = this.city;
    if (!model.get("_names") || !map.getSize().x) return;
    if (map.getZoom() < NAMES_FROM_ZOOM) { this.take(this.asked += 1, []); return; }
    const box = map.getBounds().pad(0.1);
    this.asked += 1;
    this.city.send("labels", {
      id: `${this.city.token}:${this.asked}`, zoom: map.getZoom(), west: box.getWest(),
      south: box.getSouth(), east: box.getEast(), north: box.getNorth(),
    });
  }

  answer(id, bytes) {
    const [token, number] = id.split(":");
    if (token !== this.city.token || !bytes) return;
    this.take(Number(number), JSON.parse(new TextDecoder().decode(bytes)));
  }

  take(number, names) {
    if (number !== this.asked) return;
    this.names = names;
    this.city.counters.names = names.length;
    this.sheet.redraw();
  }

  draw(context, view) {
    const { colours } = this.city;
    const taken = [];
    let written = 0;
    Object.assign(context, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3 });
    for (const name of this.names) {
      const style = NAME_STYLE[name.kind] ?? NAME_STYLE.street;
      const [x, y] = [name.x * view.scale - view.x, name.y * view.scale - view.y];
      const size = name.size ?? 12;
      if (x < -200 || y < -200 || x > view.width + 200 || y > view.height + 200) continue;
      context.font = `${style.slant ?? "normal"} ${style.weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;
      const spots = alongText(x, y, context.measureText(name.text).width, size, name.angle ?? 0);
      if (spots.some((spot) => taken.some((other) => touch(spot, other)))) continue;
      taken.push(...spots);
      written += 1;
      context.save();
      context.translate(x, y);
      context.rotate((name.angle ?? 0) * Math.PI / 180);
      context.strokeStyle = colours.map;
      context.fillStyle = colours[style.token];
      context.strokeText(name.text, 0, 0);
      context.fillText(name.text, 0, 0);
      context.restore();
    }
    this.city.counters.written = written;
  }
}

// Discs along a line of text: cheap to compare, and good at any angle.
const alongText = (x, y, width, size, angle) => {
  const steps = Math.max(1, Math.ceil(width / size));
  const [dx, dy] = [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)];
  return Array.from({ length: steps }, (_, i) => {
    const along = width * ((i + 0.5) / steps - 0.5);
    return [x + dx * along, y + dy * along, size * 0.7];
  });
};
const touch = ([ax, ay, ar], [bx, by, br]) => (ax - bx) ** 2 + (ay - by) ** 2 < (ar + br) ** 2;
