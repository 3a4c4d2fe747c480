// Many cameras as a grid; it stands behind player.js, whose startPlayer it calls.
// Tiles show single pictures in turn; one plays while the pointer rests on it or since it
// was chosen, and chosen again it fills the wall.
const HOVER_MS = 600, SEEN_MS = 100, ALIVE_MS = 5000;
const HINT = "Arrow keys move, Enter plays a camera, Enter again enlarges it, Esc goes back.";
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

function render({ model, el }) {
  const count = model.get("count");
  const wall = make("div", "ckw", el), grid = make("div", "ckw-grid", wall);
  const large = make("div", "ckw-large", wall), hint = make("p", "ckw-hint", wall);
  const status = make("span", "ckl-unseen", wall);
  status.setAttribute("role", "status");
  hint.textContent = HINT; large.hidden = true;
  // JupyterLab has keys of its own, and takes them first
  wall.dataset.lmSuppressShortcuts = "true";
  wall.setAttribute("role", "group");
  wall.setAttribute("aria-label", `Wall of ${count} camera${count === 1 ? "" : "s"}`);
  const canHover = matchMedia("(hover: hover)").matches;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  const send = (what) => model.send(what);
  let at = 0, big = null, seenTimer = 0, seenBefore = "";

  const newTile = (index) => {
    const box = make("div", "ckw-tile", grid);
    const tile = { box, index, isSeen: false, isTold: false, lostMs: 0, isPinned: false, isUnder: false };
    tile.player = startPlayer(box, {
      send: (what) => send({ ...what, tile: index }), isAuto: false, isTile: true,
      name: `Camera ${index + 1}`, note: model.get("notes")[index],
      changed: (words) => named(tile, words),
    });
    box.setAttribute("role", "button");
    box.tabIndex = index ? -1 : 0;
    box.onclick = () => { go(index); choose(tile); };
    box.onfocus = () => { at = index; reach(); };
    if (canHover) {
      box.onpointerenter = () => {
        tile.hoverTimer = setTimeout(() => { tile.isUnder = !isCalm.matches; settle(tile); }, HOVER_MS);
      };
      box.onpointerleave = () => { clearTimeout(tile.hoverTimer); tile.isUnder = false; settle(tile); };
    }
    eye.observe(box);
    return tile;
  };
  const named = (tile, words) => {
    const name = tile.player?.name ?? `Camera ${tile.index + 1}`;
    const note = model.get("notes")[tile.index];
    const said = [name, note, words].filter(Boolean).join(", ");
    tile.box.setAttribute("aria-label", said);
    tile.box.setAttribute("aria-pressed", String(tile.isPinned));
    if (tile.box === document.activeElement) status.textContent = said;
  };
  const settle = (tile) => {
    // the kernel plays what it was told is on the screen, and nothing before
    const isWanted = tile.isTold && tile.isSeen && !big && (tile.isPinned || tile.isUnder);
    tile.box.setAttribute("aria-pressed", String(tile.isPinned));
    tile.box.dataset.pinned = tile.isPinned;
    if (isWanted) tile.player.watch(); else tile.player.rest();
  };
  const choose = (tile) => {
    if (tile.isPinned) return enlarge(tile);
    tile.isPinned = true; settle(tile);
  };
  const reach = () => tiles.forEach((tile) => { tile.box.tabIndex = tile.index === at ? 0 : -1; });
  const go = (index) => { at = Math.max(0, Math.min(count - 1, index)); reach(); tiles[at].box.focus(); };

  const enlarge = (tile) => {
    const head = make("div", "ckw-head", large);
    const back = button("Back to the wall", head, shrink);
    big = { tile, player: null };
    large.hidden = false; grid.hidden = true; hint.hidden = true;
    big.player = startPlayer(large, {
      send: (what) => send({ ...what, big: tile.index }),
      name: tile.player.name, note: model.get("notes")[tile.index],
    });
    tiles.forEach(settle);
    back.focus({ preventScroll: true });
    big.player.box.scrollIntoView({ block: "nearest" });
  };
  const shrink = () => {
    if (!big) return;
    const { tile, player } = big;
    big = null; player.end(); large.replaceChildren();
    large.hidden = true; grid.hidden = false; hint.hidden = false;
    tile.isPinned = false; tiles.forEach(settle); go(tile.index);
  };

  // What is on the screen, after a moment; what left it may come back at once.
  const tellSeen = () => {
    const now = performance.now();
    const isShown = document.visibilityState === "visible";
    const lately = (tile) => now - tile.lostMs < REST_MS;
    const shown = tiles.filter((tile) => (tile.isSeen && isShown) || lately(tile));
    const said = shown.map((tile) => tile.index);
    if (String(said) !== seenBefore) { seenBefore = String(said); send({ kind: "seen", tiles: said }); }
    tiles.forEach((tile) => { tile.isTold = shown.includes(tile); if (!tile.isTold) { tile.isUnder = false; tile.player.rest(); } else settle(tile); });
    if (shown.some((tile) => !(tile.isSeen && isShown))) soon(REST_MS + 50);
  };
  const soon = (ms) => { clearTimeout(seenTimer); seenTimer = setTimeout(tellSeen, ms); };
  const eye = new IntersectionObserver((all) => {
    for (const one of all) {
      const tile = tiles.find((other) => other.box === one.target);
      if (tile.isSeen && !one.isIntersecting) tile.lostMs = performance.now();
      tile.isSeen = one.isIntersecting;
    }
    soon(SEEN_MS);
  }, { threshold: 0.05 });
  const turned = () => {
    const now = performance.now();
    if (document.visibilityState === "hidden") tiles.forEach((tile) => { if (tile.isSeen) tile.lostMs = now; });
    soon(SEEN_MS);
  };
  const tiles = [];
  for (let index = 0; index < count; index += 1) tiles.push(newTile(index));

  const across = () => {
    const top = tiles[0].box.offsetTop;
    return tiles.filter((tile) => tile.box.offsetTop === top).length;
  };
  wall.onkeydown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && big) { event.preventDefault(); return shrink(); }
    const tile = tiles.find((one) => one.box === event.target);
    if (!tile) return;
    const down = { ArrowUp: -across(), ArrowDown: across() }[event.key];
    const step = STEPS[event.key] ?? down;
    if (step !== undefined) {
      const to = at + step;
      if (down === undefined || (to >= 0 && to < count)) go(to);
    } else if (event.key === "Enter" || event.key === " ") choose(tile);
    else if (event.key === "Escape" && tile.isPinned) { tile.isPinned = false; settle(tile); }
    else return;
    event.preventDefault();
  };

  const hear = (head, parts) => {
    if (head.big !== undefined) { if (head.big === big?.tile.index) big.player.hear(head, parts); return; }
    tiles[head.tile]?.player.hear(head, parts);
  };
  const dress = () => {
    const columns = model.get("columns");
    grid.style.setProperty("--columns", columns || "");
    grid.dataset.fixed = Boolean(columns);
    tiles.forEach((tile) => tile.player.tell({ note: model.get("notes")[tile.index] }));
  };
  const alive = setInterval(() => { if (seenBefore) send({ kind: "here" }); }, ALIVE_MS);
  model.on("msg:custom", hear);
  model.on("change:notes change:columns", dress);
  document.addEventListener("visibilitychange", turned);
  dress();
  return () => {
    clearInterval(alive); clearTimeout(seenTimer); eye.disconnect();
    document.removeEventListener("visibilitychange", turned);
    big?.player.end();
    tiles.forEach((tile) => { clearTimeout(tile.hoverTimer); tile.player.end(); });
    send({ kind: "seen", tiles: [] });
    model.off("msg:custom", hear); model.off("change:notes change:columns", dress);
    wall.remove();
  };
}
export default { render };
