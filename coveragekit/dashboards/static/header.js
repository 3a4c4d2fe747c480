// Study, basis in force, search, link, theme, keys, user; the address of the view.
const STILL_MS = 30000;
const ADDRESS_MS = 300;

const KEYS = [
  ["?", "this list"],
  ["/", "find a camera, gap, street or area by name"],
  ["L", "fold or open filters and layers"],
  ["D", "fold or open the numbers"],
  ["E", "explain the middle of the map"],
  ["A", "draw an area on the map"],
  ["W", "try a camera: what if"],
  ["C", "compare two scenarios"],
  ["0", "show the whole study"],
  ["Ctrl+Z", "undo the last change of a what-if"],
  ["arrows", "move the map, when it has the focus; + and - zoom"],
  ["N, P", "walk the cameras, when the map has the focus"],
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
  let addressed = false;
  const user = h("span", { class: "ck-user" });

  const fold = (side, button) => {
    const app = appOf(el);
    const folded = app.dataset[side] !== "folded";
    app.dataset[side] = folded ? "folded" : "open";
    button.setAttribute("aria-expanded", String(!folded));
    resized();
  };
  const left = iconButton(ICONS.left, "Filters and layers", () => fold("left", left),
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

  const search = searchBox({ el, send, listen });
  const find = iconButton(ICONS.find, "Find by name", search.start);
  find.classList.add("ck-find-open");
  const linked = h("span", { class: "ck-told", role: "status" });
  const link = iconButton(ICONS.link, "Copy a link to this view", async () => {
    writeAddress();
    try {
      await navigator.clipboard.writeText(location.href);
      say(linked, "Link copied. It holds filters and position, no data, and opens for those who may come in.");
    } catch (refused) {
      say(linked, "The browser does not let this page copy: the address bar has the link.");
    }
    setTimeout(() => say(linked, ""), 4000);
  });

  const about = h("p");
  const help = h("dialog", { class: "ck-dialog", "aria-label": "Help" },
    h("h2", {}, "Keys"),
    h("dl", {}, KEYS.flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)])),
    h("h2", {}, "What the numbers mean"), about,
    h("button", { type: "button", class: "ck-button", on: { click: () => help.close() } }, "Close"));
  const ask = iconButton(ICONS.help, "Help and keys", () => help.showModal());

  const staleWords = h("span");
  const stale = h("div", { class: "ck-banner ck-stale", role: "status", hidden: true }, staleWords,
    h("span", { class: "ck-grow" }),
    h("button", { type: "button", class: "ck-button", on: { click: () => location.reload() } }, "Reload"));
  const faultWords = h("span");
  const fault = h("div", { class: "ck-banner", role: "alert", hidden: true }, faultWords,
    h("span", { class: "ck-grow" }), iconButton(ICONS.close, "Close the message", () => send("dismiss")));
  // Whose owners left since the build; what still counts them is for those who ask.
  const goneWords = h("span");
  const goneMore = h("p");
  const gone = h("div", { class: "ck-banner ck-gone", role: "status", hidden: true },
    h("details", {}, h("summary", {}, goneWords), goneMore));
  // Whether the study has been built again meanwhile.
  const banners = h("div", { class: "ck-banners" }, stale, gone, fault);
  new ResizeObserver(resized).observe(banners); // the map below it moves
  let isStale = false;
  const still = setInterval(() => {
    if (!el.isConnected) clearInterval(still);
    else if (!document.hidden) send("still");
  }, STILL_MS);
  listen(window, "focus", () => send("still"));
  listen(document, "visibilitychange", () => { if (!document.hidden) send("still"); });

  // The address of the view; in a notebook the address belongs to the notebook.
  let address = null;
  let writing = 0;
  const isPage = () => Boolean(document.body.dataset.voila);
  const writeAddress = () => {
    clearTimeout(writing);
    if (writing) untaken(-1);
    writing = 0;
    if (address === null || !isPage()) return;
    const there = location.hash.replace(/^#/, "");
    if (there !== address) history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  };
  listen(window, "hashchange", () => send("address", { text: location.hash }));

  model.on("msg:custom", (message) => {
    if (message.event === "found") search.found(message);
    if (message.event === "address") {
      address = message.text;
      clearTimeout(writing);
      if (!writing) untaken(1);
      writing = setTimeout(writeAddress, ADDRESS_MS);
    }
  });

  const actions = { "?": () => help.showModal(), "/": search.start, l: () => left.click(), d: () => right.click() };
  listen(document, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || help.open) return;
    if (!appOf(el)?.isConnected || !isPage()) return;
    const action = actions[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });

  el.append(left, name, badge, facts, basis.node, search.box, h("span", { class: "ck-grow" }),
    user, find, link, theme, ask, right, help);
  // Outside the header, which clips what is in it.
  const hang = () => {
    const app = appOf(el);
    if (app) { el.after(banners); app.append(search.list, search.none, linked); }
    else requestAnimationFrame(hang);
  };
  requestAnimationFrame(hang);
  el.setAttribute("role", "banner");

  return (state) => {
    say(name, state.study);
    name.title = state.study;
    if (isPage()) document.title = `${state.study}: coverage`;
    badge.hidden = !state.simulated;
    facts.replaceChildren(...state.facts.map((fact) =>
      h("li", { title: fact.title }, fact.text)));
    basis.update(state.choices);
    if (!addressed) {
      addressed = true;
      send("address", { text: isPage() ? location.hash : "" });
    }
    say(user, state.user);
    user.title = state.user;
    say(about, state.about);
    say(staleWords, state.stale);
    // A served page has one banner for all: its frame's.
    stale.hidden = !state.stale || Boolean(window.ck_stale);
    if (state.stale && !isStale) window.ck_stale?.();
    isStale = Boolean(state.stale);
    say(goneWords, state.left.words);
    say(goneMore, state.left.more);
    gone.hidden = !state.left.words;
    say(faultWords, state.fault);
    fault.hidden = !state.fault;
    el.dataset.ckReady = "yes";
  };
});
