// Shared by every part of the bridge: places, colours, and the way to the Leaflet map.
const WORLD = 256; // pixels of the whole world at zoom 0
const mercOf = (lon, lat) => {
  const inner = Math.max(-85.0511287798, Math.min(85.0511287798, lat)) * Math.PI / 180;
  return [(lon + 180) / 360, 0.5 - Math.asinh(Math.tan(inner)) / (2 * Math.PI)];
};
const lonLatOf = (x, y) => [
  x * 360 - 180, Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180 / Math.PI,
];
const metre = (lat) => 1 / (2 * Math.PI * 6378137 * Math.cos(lat * Math.PI / 180)); // in merc

const part = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
};
const saying = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const debounced = (wait, act) => {
  let timer = 0;
  const wrapped = (...args) => { clearTimeout(timer); timer = setTimeout(act, wait, ...args); };
  wrapped.cancel = () => clearTimeout(timer);
  return wrapped;
};
const ringsOf = ({ xy, ptr } = {}) => {
  if (!xy || !ptr) return [];
  const pairs = new Float64Array(xy.buffer.slice(xy.byteOffset, xy.byteOffset + xy.byteLength));
  const ends = new Uint32Array(ptr.buffer.slice(ptr.byteOffset, ptr.byteOffset + ptr.byteLength));
  return Array.from(ends, (end, i) => pairs.subarray(2 * (i ? ends[i - 1] : 0), 2 * end));
};
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const inflated = async (view) => {
  const stream = new Blob([bytesOf(view)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

// The page's tokens; the light theme's values where a page has none, as in a notebook.
const TOKENS = {
  ink: "#1d2530", quiet: "#5b6675", panel: "#ffffff", line: "#d9dee5", accent: "#0b5cad",
  map: "#eef0f3", gap: "#d55e00", halo: "#ffffff", water: "#dbe5ee",
};
const coloursAt = (node) => {
  const style = getComputedStyle(node);
  return Object.fromEntries(Object.entries(TOKENS).map(([name, light]) =>
    [name, style.getPropertyValue(`--ck-${name}`).trim() || light]));
};

const FOREIGN = "The layers of this map cannot be drawn: they need jupyter-leaflet 0.20, and this "
  + "page has another. Install ipyleaflet 0.20, then open the page again.";
const GIVE_UP_MS = 10000;
const PATIENCE_MS = 50;
const pause = (wait) => new Promise((done) => { setTimeout(done, wait); });

// A view's `obj` and `window.L` are internals of jupyter-leaflet 0.20; nobody else uses them.
const findMap = async (model, isOver) => {
  const id = String(model.get("map")).replace("IPY_MODEL_", "");
  if (typeof model.widget_manager?.get_model !== "function") throw new Error(FOREIGN);
  const shown = await model.widget_manager.get_model(id);
  let seenSince = 0;
  while (!isOver()) {
    if (!shown.views) throw new Error(FOREIGN);
    for (const promised of Object.values(shown.views).reverse()) {
      const view = await promised;
      const box = view.obj?.getContainer?.();
      if (box?.isConnected && box.clientWidth && !box.dataset.ckBridge) {
        if (!window.L?.GridLayer) throw new Error(FOREIGN);
        return { view, map: view.obj, L: window.L, box };
      }
      if (!view.obj && view.el?.isConnected && view.el.clientWidth) seenSince ||= Date.now();
    }
    if (seenSince && Date.now() - seenSince > GIVE_UP_MS) throw new Error(FOREIGN);
    await pause(PATIENCE_MS);
  }
  return null;
};

// jupyter-leaflet tells the kernel of every move of the mouse; nobody listens to those.
const UNHEARD = new Set(["mousemove", "mouseover", "mouseout", "mousedown", "mouseup", "preclick"]);
const hush = (view) => {
  const send = view.send.bind(view);
  view.send = (content, ...rest) => {
    if (content?.event === "interaction" && UNHEARD.has(content.type)) return;
    send(content, ...rest);
  };
};
