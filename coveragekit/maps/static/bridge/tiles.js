// Pictures: asked for in batches, drawn by the kernel, kept until a newer one is there.
const BATCH_MS = 8;

class TilePost {
  constructor(city) {
    this.city = city;
    this.waiting = new Map(); // id -> tile whose picture is under way
    this.queue = [];
    this.drops = [];
    this.timer = 0;
    this.made = 0;
  }

  ask(tile) {
    this.forget(tile);
    tile.id = `${this.city.token}:${this.made += 1}`;
    this.waiting.set(tile.id, tile);
    tile.since = performance.now();
    this.queue.push(tile);
    this.city.count({ asked: 1 });
    this.soon();
  }

  forget(tile) {
    if (!tile.id || !this.waiting.delete(tile.id)) return;
    this.drops.push(tile.id);
    this.soon();
    tile.id = "";
  }

  soon() {
    this.city.pending(this.waiting.size);
    this.timer ||= setTimeout(() => this.send(), BATCH_MS);
  }

  send() {
    this.timer = 0;
    const asks = this.queue.filter((tile) => this.waiting.has(tile.id)).map((tile) => {
      const { x, y, z } = tile.coords;
      return [tile.id, tile.layer.key, z, x, y, tile.layer.version, tile.layer.scale];
    });
    const drop = this.drops;
    this.queue = [];
    this.drops = [];
    if (asks.length || drop.length) this.city.send("tiles", { asks, drop });
  }

  take(id, bytes) {
    const tile = this.waiting.get(id);
    if (!tile) return;
    this.waiting.delete(id);
    tile.id = "";
    this.city.count({ answered: 1 });
    this.city.keep("waits", performance.now() - tile.since);
    if (bytes === undefined) { tile.version = null; tile.ready(); } // not of now: a newer is asked for
    else if (bytes === null) { this.city.count({ failed: 1 }); tile.ready(); }
    else if (bytes.byteLength === 0) { this.city.count({ empty: 1 }); tile.clear(); }
    else { this.city.count({ bytes: bytes.byteLength }); tile.show(bytes); }
    this.city.pending(this.waiting.size);
  }

  stop() { clearTimeout(this.timer); this.waiting.clear(); this.queue = []; }
}

// One square of one layer. The old picture stays until the new one is decoded.
class Tile {
  constructor(layer, coords, done) {
    Object.assign(this, { layer, coords, done, id: "", url: "", version: null });
    this.node = part("div", { class: "ck-tile", role: "presentation" });
  }

  ready() {
    const done = this.done;
    this.done = null;
    done?.(null, this.node);
  }

  // Which version is on the screen, for whoever looks at the page from outside.
  say(version) { this.node.dataset.version = version; }

  show(bytes) {
    this.release();
    const { version } = this;
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    const image = part("img", { alt: "", class: "ck-tile-picture" });
    image.draggable = false;
    image.src = url;
    this.url = url;
    image.decode().catch(() => null).then(() => {
      URL.revokeObjectURL(url);
      if (this.url !== url) return; // a newer one has come meanwhile
      this.url = "";
      this.node.replaceChildren(image);
      this.say(version);
      this.ready();
    });
  }

  clear() {
    this.release();
    this.node.replaceChildren();
    this.say(this.version);
    this.ready();
  }

  release() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }
}

const tileLayerClass = (L) => L.GridLayer.extend({
  // Leaflet calls with `done` only what takes two arguments.
  createTile(coords, done) {
    const tile = new Tile(this, coords, done);
    this.live.set(tile.node, tile);
    if (this.isAsking()) this.ask(tile); else requestAnimationFrame(() => tile.ready());
    return tile.node;
  },

  isAsking() { return this.shown && !this.isAside; },

  forgetAll() {
    for (const tile of this.live.values()) {
      if (!tile.id) continue;
      this.post.forget(tile);
      tile.version = null;
      tile.ready();
    }
  },

  ask(tile) {
    tile.version = this.version;
    this.post.ask(tile);
  },

  // Ask again for what is out of date, from the middle outwards.
  askStale() {
    if (!this.isAsking()) this.forgetAll();
    if (!this._map || !this.isAsking()) return;
    const zoom = this._tileZoom;
    const middle = this._map.project(this._map.getCenter(), zoom).divideBy(WORLD);
    const far = ({ coords }) => (coords.x + 0.5 - middle.x) ** 2 + (coords.y + 0.5 - middle.y) ** 2;
    [...this.live.values()].filter((tile) => tile.version !== this.version)
      .sort((a, b) => far(a) - far(b)).forEach((tile) => this.ask(tile));
  },
});

class TileStack {
  constructor(city) {
    this.city = city;
    this.post = new TilePost(city);
    this.kind = tileLayerClass(city.L);
    this.layers = new Map();
  }

  update(states) {
    const keys = new Set(states.map(({ key }) => key));
    for (const [key, layer] of this.layers) {
      if (keys.has(key)) continue;
      layer.remove();
      this.layers.delete(key);
    }
    states.forEach((state) => this.updateOne(state));
    this.city.emit("layers");
  }

  updateOne(state) {
    let layer = this.layers.get(state.key);
    if (!layer) layer = this.add(state);
    const was = layer.state;
    Object.assign(layer, { state, shown: state.shown, version: state.version, side: state.side });
    layer.isAside = Boolean(state.side) && !this.city.swipe?.isOn;
    layer.scale = state.retina && window.devicePixelRatio >= 1.5 ? 2 : 1;
    if (was?.opacity !== state.opacity) layer.setOpacity(state.opacity);
    if (was?.z !== state.z) layer.setZIndex(state.z);
    if (!layer._map) layer.addTo(this.city.map);
    this.show(layer);
    if (was) layer.askStale();
  }

  add(state) {
    const { key, opacity, z, min_zoom: minZoom, max_zoom: maxNativeZoom } = state;
    const layer = new this.kind({
      opacity, zIndex: z, minZoom, maxNativeZoom, maxZoom: 24, updateWhenZooming: false,
      updateWhenIdle: false, updateInterval: 120, keepBuffer: 2, className: "ck-tiles",
    });
    Object.assign(layer, { key, live: new Map(), post: this.post, isAside: false });
    layer.on("tileunload", ({ tile: node }) => {
      const tile = layer.live.get(node);
      if (!tile) return;
      layer.live.delete(node);
      this.post.forget(tile);
      tile.done = null;
      tile.release();
    });
    this.layers.set(key, layer);
    return layer;
  }

  setAside(isAside) {
    for (const layer of this.layers.values()) {
      layer.isAside = isAside(layer);
      this.show(layer);
      layer.askStale();
    }
  }

  // Hidden is not away: what is drawn stays drawn, so that showing it again asks for nothing.
  show(layer) {
    const box = layer.getContainer();
    if (!box) return;
    box.style.display = layer.isAsking() ? "" : "none";
    Object.assign(box.dataset, { layer: layer.key, version: layer.version });
  }

  stop() {
    this.post.stop();
    this.layers.forEach((layer) => layer.remove());
    this.layers.clear();
  }
}
