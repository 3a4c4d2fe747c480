// The headline numbers, each with its interval, what it is of, and its basis.
const table = ({ caption, head, rows }) => h("table", { class: "ck-small-table" },
  h("caption", {}, caption),
  h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
  h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {},
    h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell))))));

export default component(({ model, el, send }) => {
  const group = `ck-tier-${model.model_id ?? Math.random().toString(36).slice(2)}`;
  const tiers = h("fieldset", { class: "ck-segments" }, h("legend", {}, "Cameras counted"));
  const cards = h("div", { class: "ck-cards" });
  const tables = h("div", {});
  const more = h("details", { class: "ck-more" }, h("summary", {}, "Show as table, by tier"), tables);
  const status = h("p", { class: "ck-status" });
  const live = h("p", { class: "ck-aside", role: "status", "aria-live": "polite" });
  const radios = new Map();
  const shown = new Map();
  let last = null;
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Headline numbers");
  el.append(h("h2", { class: "ck-aside" }, "Headline numbers"), tiers, cards, status, more, live);

  const card = (key) => {
    const parts = Object.fromEntries(
      ["title", "value", "interval", "of", "naive"].map((part) =>
        [part, h("span", { class: `ck-${part}` })]));
    const bar = h("i", {});
    const basis = h("p", { class: "ck-basis", hidden: true, id: `${group}-${key}` });
    const info = iconButton(ICONS.info, "Basis", () => {
      basis.hidden = !basis.hidden;
      info.setAttribute("aria-expanded", String(!basis.hidden));
    }, { "aria-expanded": "false", "aria-controls": `${group}-${key}` });
    const node = h("article", { class: "ck-card" },
      h("header", {}, parts.title, info),
      h("p", { class: "ck-figure" }, parts.value, " ", parts.interval),
      h("p", { class: "ck-caption" }, parts.of),
      h("p", { class: "ck-bar", "aria-hidden": "true" }, bar),
      h("p", { class: "ck-caption" }, parts.naive));
    node.dataset.share = key;
    cards.append(node, basis);
    return { parts, bar, basis, info };
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
      const { parts, bar, basis, info } = shown.get(headline.key);
      for (const [part, node] of Object.entries(parts)) say(node, headline[part]);
      bar.style.width = headline.fill;
      say(basis, headline.basis);
      info.setAttribute("aria-label", `Basis of: ${headline.title}`);
    }
    tables.replaceChildren(...state.tables.map(table));
    say(status, state.status);
    status.hidden = !state.status;
    if (last !== null && last !== state.announcement) say(live, state.announcement);
    last = state.announcement;
  };
});
