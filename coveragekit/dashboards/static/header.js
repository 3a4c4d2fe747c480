// Study, basis in force, theme, keys, user; and the watch over the page's engine.
const PING_MS = 20000;
const SILENT_MS = 75000;

const KEYS = [
  ["?", "this list"],
  ["/", "find a gap by name"],
  ["L", "fold or open the layers"],
  ["D", "fold or open the numbers"],
  ["E", "explain the middle of the map"],
  ["arrows, +, -", "move the map, when it has the focus"],
  ["Enter", "on a gap: show it on the map"],
  ["Esc", "close what is open"],
];

const currentTheme = () =>
  document.documentElement.dataset.ckTheme ||
  (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

export default component(({ model, el, send, listen }) => {
  const name = h("h1");
  const badge = h("strong", { class: "ck-badge", hidden: true }, "simulated");
  const facts = h("ul", { class: "ck-facts", "aria-label": "Basis in force" });
  const basis = choosers(send);
  let asked = false;
  const user = h("span", { class: "ck-user" });

  const fold = (side, button) => {
    const app = appOf(el);
    const folded = app.dataset[side] !== "folded";
    app.dataset[side] = folded ? "folded" : "open";
    button.setAttribute("aria-expanded", String(!folded));
    resized();
  };
  const left = iconButton(ICONS.left, "Layers", () => fold("left", left),
    { "aria-expanded": "true" });
  const right = iconButton(ICONS.right, "Numbers", () => fold("right", right),
    { "aria-expanded": "true" });
  left.classList.add("ck-fold");
  right.classList.add("ck-fold");

  const theme = iconButton("", "", () => {
    const next = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.ckTheme = next;
    try { localStorage.setItem("ck-theme", next); } catch (refused) { /* for this page only */ }
    paintTheme();
  });
  const paintTheme = () => {
    const dark = currentTheme() === "dark";
    theme.innerHTML = dark ? ICONS.sun : ICONS.moon;
    theme.title = dark ? "Light theme" : "Dark theme";
    theme.setAttribute("aria-label", theme.title);
    send("theme", { dark }); // pictures that Python draws follow
  };
  paintTheme();
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", paintTheme);

  const about = h("p");
  const help = h("dialog", { class: "ck-dialog", "aria-label": "Help" },
    h("h2", {}, "Keys"),
    h("dl", {}, KEYS.map(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)])),
    h("h2", {}, "What the numbers mean"), about,
    h("button", { type: "button", class: "ck-button", on: { click: () => help.close() } }, "Close"));
  const ask = iconButton(ICONS.help, "Help and keys", () => help.showModal());

  const banner = h("div", { class: "ck-banner", role: "alert", hidden: true },
    h("span", {}, "The page has lost its engine, so nothing on it will change any more."),
    h("button", { type: "button", class: "ck-button", on: { click: () => location.reload() } },
      "Reload"));
  const faultWords = h("span");
  const fault = h("div", { class: "ck-banner", role: "alert", hidden: true }, faultWords,
    h("span", { class: "ck-grow" }), iconButton(ICONS.close, "Close the message", () => send("dismiss")));
  let heard = Date.now();
  model.on("msg:custom", (message) => {
    if (message.event === "pong") { heard = Date.now(); banner.hidden = true; }
  });
  const beat = setInterval(() => {
    if (!el.isConnected) { clearInterval(beat); return; }
    if (document.hidden) { heard = Date.now(); return; }
    banner.hidden = Date.now() - heard < SILENT_MS;
    send("ping");
  }, PING_MS);

  const actions = { "?": () => help.showModal(), l: () => left.click(), d: () => right.click() };
  listen(document, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || help.open) return;
    if (!appOf(el)?.isConnected || !document.body.dataset.voila) return;
    const action = actions[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });

  // A page that is loaded again asks for what was chosen before, once.
  const restore = (state) => {
    const app = appOf(el);
    if (!app) { requestAnimationFrame(() => restore(state)); return; }
    app.dataset.study = state.study;
    if (asked) return;
    asked = true;
    const kept = keptBasis(state.study);
    if (kept && state.choices.some(({ key, value }) => (kept[key] ?? value) !== value)) {
      send("basis", kept);
    }
  };

  el.append(left, name, badge, facts, basis.node, h("span", { class: "ck-grow" }),
    user, theme, ask, right, help);
  // Outside the header, which clips what is in it.
  const hang = () => {
    const app = appOf(el);
    if (app) app.append(fault, banner);
    else requestAnimationFrame(hang);
  };
  requestAnimationFrame(hang);
  el.setAttribute("role", "banner");

  return (state) => {
    if (!el.querySelector(".ck-defs")) {
      el.append(h("span", { drawing: state.symbols }));
    }
    say(name, state.study);
    name.title = state.study;
    if (document.body.dataset.voila) document.title = `${state.study}: coverage`;
    badge.hidden = !state.simulated;
    facts.replaceChildren(...state.facts.map((fact) =>
      h("li", { title: fact.title }, fact.text)));
    basis.update(state.choices);
    restore(state);
    say(user, state.user);
    user.title = state.user;
    say(about, state.about);
    say(faultWords, state.fault);
    fault.hidden = !state.fault;
    el.dataset.ckReady = "yes";
  };
});
