// A canvas that lies on the map, moves and zooms with it, and is drawn again at rest.
const sheetClass = (L) => L.Layer.extend({
  initialize(draw, options) {
    L.setOptions(this, { padding: 0.15, ...options });
    this.draw = draw;
  },

  onAdd(map) {
    this.canvas = part("canvas", { class: "ck-sheet leaflet-zoom-animated", "aria-hidden": "true" });
    (map.getPane(this.options.pane) ?? map.createPane(this.options.pane)).append(this.canvas);
    this.reset();
  },

  onRemove() {
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  },

  getEvents() {
    return {
      viewreset: this.reset, moveend: this.reset, resize: this.reset, move: this.follow,
      zoom: this.stretch, zoomanim: this.stretch,
    };
  },

  // Where the canvas lies in pixels of the whole world at the zoom it is drawn for.
  reset() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize();
    const pad = size.multiplyBy(this.options.padding).round();
    const corner = map.containerPointToLayerPoint(L.point(0, 0).subtract(pad));
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = size.x + 2 * pad.x;
    const height = size.y + 2 * pad.y;
    const zoom = map.getZoom();
    const origin = map.getPixelOrigin().add(corner);
    this.view = { x: origin.x, y: origin.y, width, height, ratio, zoom, scale: WORLD * 2 ** zoom };
    this.pad = pad;
    L.DomUtil.setTransform(this.canvas, corner, 1);
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: wide, height: high });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    this.corner = corner;
    this.paint();
  },

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.view || !this._map) return;
    const context = this.canvas.getContext("2d");
    const { ratio, width, height } = this.view;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.draw(context, this.view);
  },

  redraw() { this.frame ||= requestAnimationFrame(() => this.paint()); },

  // Far enough dragged, the edge would come into sight: draw anew.
  follow() {
    if (!this.view || this._map.getZoom() !== this.view.zoom) return;
    const gone = this._map.containerPointToLayerPoint([0, 0]).subtract(this.pad).subtract(this.corner);
    if (Math.abs(gone.x) < this.pad.x * 0.8 && Math.abs(gone.y) < this.pad.y * 0.8) return;
    this.panning ||= requestAnimationFrame(() => { this.panning = 0; this.reset(); });
  },

  stretch(event) {
    const map = this._map;
    const [center, zoom] = event.center ? [event.center, event.zoom] : [map.getCenter(), map.getZoom()];
    if (!this.view || zoom === undefined) return;
    const grown = map.getZoomScale(zoom, this.view.zoom);
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2))
      .add(L.DomUtil.getPosition(map.getPane("mapPane"))).round();
    const corner = L.point(this.view.x, this.view.y).multiplyBy(grown).subtract(origin);
    L.DomUtil.setTransform(this.canvas, corner, grown);
  },

  // A point of the map's box, as the drawing's own coordinates.
  inside(point) {
    const at = this._map.containerPointToLayerPoint(point).add(this._map.getPixelOrigin());
    return [at.x - this.view.x, at.y - this.view.y];
  },
});
