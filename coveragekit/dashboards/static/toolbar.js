// What a click on the map means, and where the map looks.
const TOOLS = [
  ["explain", "Explain", "Explain: click a place to see why it is seen (E)", "e"],
  ["draw", "Draw", "Draw an area to select what lies in it (A)", "a"],
  ["whatif", "What-if", "Try a camera somewhere else (W)", "w"],
  ["compare", "Compare", "Compare two scenarios (C)", "c"],
];

export default component(({ el, send, listen }) => {
  const buttons = new Map();
  const hint = h("p", { class: "ck-tool-hint", role: "status", hidden: true });
  const bar = h("div", { class: "ck-tools", role: "toolbar", "aria-label": "Tools of the map" });
  let mode = "explain";
  let known = mode;
  // Shown at once, so that the next key means what the last one asked for.
  const enter = (next) => {
    mode = next;
    for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === mode));
    send("mode", { mode });
  };
  const choose = (key) => enter(mode === key && key !== "explain" ? "explain" : key);
  for (const [key, label, title] of TOOLS) {
    const button = h("button", { type: "button", class: "ck-tool", "aria-pressed": "false", title, "data-tool": key,
      on: { click: () => choose(key) } }, h("span", { class: "ck-tool-icon", drawing: ICONS[key] }), h("span", {}, label));
    buttons.set(key, button);
    bar.append(button);
  }
  const whole = h("button", { type: "button", class: "ck-tool", title: "Show the whole study (0)", "aria-label": "Show the whole study",
    on: { click: () => send("whole") } }, h("span", { class: "ck-tool-icon", drawing: ICONS.whole }));
  const undo = h("button", { type: "button", class: "ck-tool", title: "Undo (Ctrl+Z)", "aria-label": "Undo the last change", hidden: true,
    on: { click: () => send("undo") } }, h("span", { class: "ck-tool-icon", drawing: ICONS.undo }));
  const redo = h("button", { type: "button", class: "ck-tool", title: "Redo (Ctrl+Shift+Z)", "aria-label": "Do the undone change again", hidden: true,
    on: { click: () => send("redo") } }, h("span", { class: "ck-tool-icon ck-mirrored", drawing: ICONS.undo }));
  bar.append(whole, undo, redo);
  el.append(hint, bar);

  // One stop for the Tab key, arrows between the tools, as toolbars have it.
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...bar.querySelectorAll("button:not([hidden])")];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    event.preventDefault();
  });

  listen(document, "keydown", (event) => {
    if (typing(event) || !document.body.dataset.voila || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      if (event.shiftKey || undo.hidden) return; // what is undone the desk itself does again
      event.preventDefault();
      send("undo");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tool = TOOLS.find(([key, , , letter]) => letter === event.key.toLowerCase() && key !== "explain");
    if (tool) { event.preventDefault(); choose(tool[0]); }
    if (event.key === "0") { event.preventDefault(); send("whole"); }
    if (event.key === "Escape" && mode !== "explain") enter("explain");
  });
  // The map ends a drawing itself, and keeps the key to itself.
  listen(document, "keydown", (event) => {
    if (event.key === "Escape" && mode === "draw" && event.target.closest?.(".leaflet-container")) mode = "explain";
  }, true);

  const line = h("div", { class: "ck-busy-line", "aria-hidden": "true" });
  const mark = (state) => {
    const app = appOf(el);
    if (!app) return;
    if (!line.isConnected) el.parentElement.append(line);
    app.dataset.mode = state.mode;
    app.dataset.asked = state.asked ?? 0; // how often it was asked to count anew, and
    app.dataset.counted = state.counted ?? 0; // up to which of those it has counted
    if (state.busy) app.dataset.busy = "yes";
    else delete app.dataset.busy;
  };

  return (state) => {
    if (state.mode !== known && ["whatif", "compare"].includes(state.mode)) showTab(el, "place");
    known = mode = state.mode;
    for (const [key, button] of buttons) {
      button.setAttribute("aria-pressed", String(key === mode));
      button.hidden = state.without?.includes(key) ?? false;
    }
    undo.hidden = !state.can_undo;
    redo.hidden = !state.can_redo;
    sayHow(hint, state.hint);
    hint.hidden = !state.hint;
    const app = appOf(el);
    if (!app) { requestAnimationFrame(() => mark(state)); return; }
    mark(state);
  };
});
