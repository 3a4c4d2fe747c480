// Cameras: a whole city of them on one canvas, found again under the pointer.
const CELL_PX = 32;
const MANY = 6000;
const SOME = 1500;
const FEW = 500;
const DOT_PX = 9;
const SMALL_PX = 14;
const MIDDLE_PX = 18;

const unzigzag = (word) => (word >>> 1) ^ -(word & 1);

// Four planes of bytes for each axis, differences between neighbours, then a class each.
const unpackPoints = async ({ count, origin, unit, data }) => {
  const merc = [new Float64Array(count), new Float64Array(count)];
  if (!count) return { count, x: merc[0], y: merc[1], kinds: new Uint8Array(0) };
  const raw = await inflated(data);
  merc.forEach((values, axis) => {
    const start = 4 * count * axis;
    let steps = 0;
    for (let i = 0; i < count; i += 1) {
      const at = start + i;
      steps += unzigzag(raw[at] | (raw[at + count] << 8) | (raw[at + 2 * count] << 16)
        | (raw[at + 3 * count] << 24));
      values[i] = origin[axis] + steps * unit;
    }
  });
  return { count, x: merc[0], y: merc[1], kinds: raw.subarray(8 * count) };
};

class PointCloud {
  constructor(city) {
    this.city = city;
    this.stamps = new Stamps();
    this.set({ count: 0, x: [], y: [], kinds: [] });
    this.sheet = new city.Sheet((context, view) => this.draw(context, view), { pane: "ck-points" });
    this.sheet.addTo(city.map);
  }

  set({ count, x, y, kinds }) {
    Object.assign(this, { count, x, y, kinds, seen: 0, grid: null });
    this.sx = new Float32Array(count);
    this.sy = new Float32Array(count);
    this.rows = new Int32Array(count);
  }

  // Bits of the shown rows, first row in the highest bit; null for all.
  async flag(data) {
    const turn = this.flags = (this.flags ?? 0) + 1;
    const bits = data?.byteLength ? await inflated(data) : null;
    if (turn === this.flags) this.bits = bits; // else newer ones have come meanwhile
  }

  isShown(row) { return !this.bits || Boolean((this.bits[row >> 3] >> (7 - (row & 7))) & 1); }

  // What falls on the canvas, in its own pixels.
  project({ x, y, width, height, scale }) {
    const margin = SYMBOL_PX / 2;
    let seen = 0;
    for (let row = 0; row < this.count; row += 1) {
      const px = this.x[row] * scale - x;
      if (px < -margin || px > width + margin) continue;
      const py = this.y[row] * scale - y;
      if (py < -margin || py > height + margin || !this.isShown(row)) continue;
      this.sx[seen] = px;
      this.sy[seen] = py;
      this.rows[seen] = row;
      seen += 1;
    }
    this.seen = seen;
    this.grid = null;
  }

  // The more of them are in sight, the less room each has.
  sizeAt({ zoom }) {
    if (this.seen > MANY || (this.seen > SOME && zoom < 16)) return SPECK_PX;
    if (zoom < 14) return DOT_PX;
    if (zoom < 16 || this.seen > SOME) return SMALL_PX;
    return zoom < 17 || this.seen > FEW ? MIDDLE_PX : SYMBOL_PX;
  }

  draw(context, view) {
    const start = performance.now();
    this.project(view);
    this.size = this.sizeAt(view);
    const halo = this.city.colours.panel;
    if (this.seen > SOME) this.drawPixels(context, view, halo); else this.drawSymbols(context, view, halo);
    this.city.counters.visible = this.seen;
    this.city.keep("draws", performance.now() - start);
    this.city.count({ drawn: 1 });
  }

  drawSymbols(context, { ratio }, halo) {
    const half = this.size / 2;
    for (let i = 0; i < this.seen; i += 1) {
      const stamp = this.stamps.symbol(this.kinds[this.rows[i]], this.size, ratio, halo);
      context.drawImage(stamp, this.sx[i] - half, this.sy[i] - half, this.size, this.size);
    }
  }

  drawPixels(context, { ratio }, halo) {
    const { width, height } = context.canvas;
    if (this.image?.width !== width || this.image?.height !== height) {
      this.image = context.createImageData(width, height);
      this.words = new Uint32Array(this.image.data.buffer);
    }
    const words = this.words.fill(0);
    const stamps = Array.from({ length: 16 }, (_, kind) => this.stamps.pixels(kind, this.size, ratio, halo));
    for (let i = 0; i < this.seen; i += 1) {
      const stamp = stamps[this.kinds[this.rows[i]] & 15];
      const left = Math.round(this.sx[i] * ratio - stamp.side / 2);
      const top = Math.round(this.sy[i] * ratio - stamp.side / 2);
      if (left < 0 || top < 0 || left + stamp.side > width || top + stamp.side > height) continue;
      const corner = top * width + left;
      const { dx, dy, words: inks, solid } = stamp;
      for (let spot = 0; spot < inks.length; spot += 1) {
        const at = corner + dy[spot] * width + dx[spot];
        if (solid[spot] || words[at] === 0) words[at] = inks[spot];
      }
    }
    context.putImageData(this.image, 0, 0);
  }

  makeGrid() {
    const { width, height } = this.sheet.view;
    const columns = Math.ceil((width + SYMBOL_PX) / CELL_PX) + 1;
    const lines = Math.ceil((height + SYMBOL_PX) / CELL_PX) + 1;
    const head = new Int32Array(columns * lines).fill(-1);
    const next = new Int32Array(this.seen);
    for (let i = 0; i < this.seen; i += 1) {
      const cell = this.cellOf(this.sx[i], columns) + columns * this.cellOf(this.sy[i], lines);
      next[i] = head[cell];
      head[cell] = i;
    }
    this.grid = { head, next, columns, lines };
  }

  cellOf(at, limit) {
    return Math.max(0, Math.min(limit - 1, Math.floor((at + SYMBOL_PX / 2) / CELL_PX)));
  }

  // Shown cameras around a point of the map's box, the nearest first.
  near(point, radius) {
    if (!this.seen || !this.sheet.view) return [];
    if (!this.grid) this.makeGrid();
    const [x, y] = this.sheet.inside(point);
    const { head, next, columns, lines } = this.grid;
    const found = [];
    for (let line = this.cellOf(y - radius, lines); line <= this.cellOf(y + radius, lines); line += 1) {
      for (let column = this.cellOf(x - radius, columns); column <= this.cellOf(x + radius, columns); column += 1) {
        for (let i = head[column + columns * line]; i >= 0; i = next[i]) {
          const far = Math.hypot(this.sx[i] - x, this.sy[i] - y);
          if (far <= radius) found.push({ row: this.rows[i], far, x: this.sx[i], y: this.sy[i] });
        }
      }
    }
    return found.sort((a, b) => a.far - b.far || a.row - b.row);
  }

  // Those that share a pole with the nearest, by row.
  at(point, radius) {
    const found = this.near(point, radius);
    if (!found.length) return [];
    const [first] = found;
    return found.filter(({ x, y }) => Math.hypot(x - first.x, y - first.y) < 2)
      .map(({ row }) => row).sort((a, b) => a - b);
  }

  // Those in sight, from the middle outwards.
  fromMiddle(limit) {
    const size = this.city.map.getSize();
    return this.near(size.divideBy(2), Math.hypot(size.x, size.y) / 2)
      .filter(({ row }) => this.isInSight(row)).slice(0, limit).map(({ row }) => row);
  }

  placeOf(row) { return lonLatOf(this.x[row], this.y[row]); }

  isInSight(row) {
    const [lon, lat] = this.placeOf(row);
    return this.city.map.getBounds().contains([lat, lon]);
  }
}
