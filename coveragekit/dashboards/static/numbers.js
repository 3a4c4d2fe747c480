// The headline numbers, each with its interval, what it is of, and its basis.
export default component(({ model, el, send }) => {
  const group = `ck-tier-${model.model_id ?? Math.random().toString(36).slice(2)}`;
  const tiers = h("fieldset", { class: "ck-segments" }, h("legend", {}, "Cameras counted"));
  const basisChoice = choosers(send);
  const warnings = h("div", { class: "ck-warnings", hidden: true });
  const cards = h("div", { class: "ck-cards" });
  const tables = h("div", {});
  const more = h("details", { class: "ck-more" }, h("summary", {}, "Show as table, by tier and light"), tables);
  const note = h("p", { class: "ck-note", hidden: true });
  const emptyWords = h("span");
  const empty = h("div", { class: "ck-note ck-empty-filters", role: "status", hidden: true }, emptyWords,
    h("button", { type: "button", class: "ck-button", on: { click: () => send("clear") } }, "Clear the filters"));
  const status = h("p", { class: "ck-status" });
  const live = h("p", { class: "ck-aside", role: "status", "aria-live": "polite" });
  // What stands further down the rail is named here, so that nobody misses it.
  const jump = (part, label) => h("button", { type: "button", class: "ck-link", "data-to": part,
    on: { click: () => {
      const there = appOf(el).querySelector(`.${part}`);
      there.scrollIntoView({ block: "start" });
      there.querySelector("button, select, input, summary")?.focus({ preventScroll: true });
    } } }, label);
  const jumps = h("p", { class: "ck-jumps" });
  const radios = new Map();
  const shown = new Map();
  let last = null;
  let warned = "";
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Headline numbers");
  el.append(h("h2", { class: "ck-aside" }, "Headline numbers"), warnings, tiers, basisChoice.node,
    empty, note, cards, status, more, jumps, live);

  // One warning is read at once; several fold behind their number.
  const warn = (lines) => {
    const list = lines.map((line) => h("p", {}, line));
    const isShort = list.length === 1 && lines[0].length <= 90;
    const title = list.length === 1 ? lines[0].split(" (")[0]
      : `${list.length} things to know about these data`;
    warnings.replaceChildren(...(isShort || !list.length ? list
      : [h("details", {}, h("summary", {}, title), list)]));
    warnings.hidden = !list.length;
  };

  const card = (key) => {
    const parts = Object.fromEntries(
      ["title", "value", "interval", "of", "beside", "also"].map((part) =>
        [part, h("span", { class: `ck-${part}` })]));
    const bar = h("i", {});
    const band = h("b", {});
    const basis = h("p", { class: "ck-basis", hidden: true, id: `${group}-${key}` });
    const info = iconButton(ICONS.info, "Basis", () => {
      basis.hidden = !basis.hidden;
      info.setAttribute("aria-expanded", String(!basis.hidden));
    }, { "aria-expanded": "false", "aria-controls": `${group}-${key}` });
    const node = h("article", { class: "ck-card" },
      h("header", {}, parts.title, info),
      h("p", { class: "ck-figure" }, parts.value, " ", parts.interval),
      h("p", { class: "ck-caption" }, parts.of),
      h("p", { class: "ck-bar", "aria-hidden": "true" }, bar, band),
      h("p", { class: "ck-caption" }, parts.beside), h("p", { class: "ck-caption" }, parts.also));
    node.dataset.share = key;
    cards.append(node, basis);
    return { node, parts, bar, band, basis, info };
  };

  return (state) => {
    for (const tier of state.tiers) {
      let radio = radios.get(tier.key);
      if (!radio) {
        radio = h("input", { type: "radio", name: group, value: tier.key,
          on: { change: () => send("tier", { tier: tier.key }) } });
        radios.set(tier.key, radio);
        tiers.append(h("label", { title: tier.hint }, radio, h("span", {}, tier.label)));
      }
      radio.checked = tier.key === state.tier;
    }
    for (const headline of state.headlines) {
      if (!shown.has(headline.key)) shown.set(headline.key, card(headline.key));
      const { node, parts, bar, band, basis, info } = shown.get(headline.key);
      for (const [part, node] of Object.entries(parts)) {
        if (part !== "beside") say(node, headline[part]);
      }
      // Each figure stays whole where the line breaks.
      if (parts.beside.textContent !== headline.beside) {
        parts.beside.replaceChildren(...headline.beside.split(/(?<=, )/).filter(Boolean).map((one) => h("span", {}, one)));
      }
      bar.style.width = headline.fill;
      band.hidden = !headline.band_width;
      band.style.left = headline.band_from;
      band.style.width = headline.band_width;
      node.classList.toggle("ck-absent", headline.value === "not computed");
      sayBasis(basis, headline.basis);
      info.setAttribute("aria-label", `Basis of: ${headline.title}`);
    }
    const tabled = JSON.stringify(state.tables);
    if (tables.dataset.shown !== tabled) {
      tables.dataset.shown = tabled;
      tables.replaceChildren(...state.tables.map(smallTable));
    }
    basisChoice.update(state.choices);
    tiers.hidden = !state.tiers.length; // the filters have them
    say(emptyWords, state.empty);
    empty.hidden = !state.empty;
    say(note, state.note);
    note.hidden = !state.note;
    if (state.warnings.join() !== warned) { warned = state.warnings.join(); warn(state.warnings); }
    if (!jumps.children.length) {
      jumps.append(...state.jumps.map(({ part, label }) => jump(part, label)));
    }
    say(status, state.status);
    status.hidden = !state.status;
    if (last !== null && last !== state.announcement) say(live, state.announcement);
    last = state.announcement;
  };
});
