// The linked charts: bars from zero, labelled directly, a table behind each; a click on one filters.
const SVG = "http://www.w3.org/2000/svg";
const s = (tag, props = {}, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(props)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(key, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const COLUMN_PX = 84;
const LABEL_PX = 16;

export default component(({ model, el, send }) => {
  const own = `ck-charts-${model.model_id ?? Math.random().toString(36).slice(2)}`;
  const hatch = `${own}-unseen`;
  const drawn = new Map();
  let state = {};
  const pattern = () => s("svg", { width: 0, height: 0, "aria-hidden": "true", class: "ck-aside" },
    s("defs", {}, s("pattern", { id: hatch, width: 4, height: 4, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 4, height: 4, class: "ck-unseen-back" }), s("rect", { width: 1.6, height: 4, class: "ck-unseen-line" }))));
  const kinds = h("fieldset", { class: "ck-segments ck-small-segments" }, h("legend", { class: "ck-aside" }, "Charts of"));
  const areaKind = h("select", { class: "ck-select", "aria-label": "Areas to add up by",
    on: { change: () => send("of", { kind: areaKind.value }) } });
  const key = h("ul", { class: "ck-chart-key" },
    [["ck-key-seen", "seen"], ["ck-key-unseen", "unseen"]].map(([css, words]) =>
      h("li", {}, s("svg", { width: 12, height: 12, "aria-hidden": "true", class: css },
        s("rect", { width: 12, height: 12, fill: css === "ck-key-unseen" ? `url(#${hatch})` : null })), words)));
  const basis = h("p", { class: "ck-caption", hidden: true });
  const empty = h("p", { class: "ck-caption", hidden: true });
  const list = h("div", {});
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Charts");
  el.classList.add("ck-charts-panel");
  el.append(pattern(), h("header", { class: "ck-bar-head" }, h("h2", {}, "Charts"), key, h("span", { class: "ck-grow" }), kinds), basis, empty, list);

  const click = (chart, bar) => send("bar", { chart: chart.key, key: bar.key, label: bar.label, kind: state.kind });
  const look = (bar) => (bar.chosen === null ? "" : bar.chosen ? " ck-on" : " ck-off");

  // Columns share one tab stop; arrows move along them.
  const columns = (chart) => {
    const count = chart.bars.length;
    const step = 100 / count;
    const gap = count > 30 ? 0.12 : 0.16;
    const plot = s("svg", { class: "ck-columns", width: "100%", height: COLUMN_PX + LABEL_PX, role: "group",
      "aria-label": `${chart.title}: ${count} bars; arrows move, enter chooses` });
    plot.append(s("line", { x1: 0, x2: "100%", y1: COLUMN_PX + LABEL_PX - 0.5, y2: COLUMN_PX + LABEL_PX - 0.5, class: "ck-zero" }));
    const nodes = chart.bars.map((bar, i) => {
      const x = `${(i + gap / 2) * step}%`;
      const width = `${(1 - gap) * step}%`;
      const group = s("g", { class: `ck-column${look(bar)}`, role: "button", tabindex: i === 0 ? 0 : -1,
        "aria-label": bar.title, "aria-pressed": bar.chosen === true ? "true" : "false" });
      const title = s("title");
      title.textContent = bar.title;
      group.append(title, s("rect", { x: `${i * step}%`, y: 0, width: `${step}%`, height: COLUMN_PX + LABEL_PX, class: "ck-catch" }));
      if (bar.all === null) {
        const few = s("text", { x: `${(i + 0.5) * step}%`, y: COLUMN_PX + LABEL_PX - 3, class: "ck-few" });
        few.textContent = "\u2022";
        group.append(few);
      } else {
        const tall = Math.max(bar.all * COLUMN_PX, bar.all > 0 ? 1 : 0);
        const part = Math.min(bar.seen * COLUMN_PX, tall);
        const floor = COLUMN_PX + LABEL_PX;
        group.append(
          s("rect", { x, width, y: floor - tall, height: Math.max(tall - part, 0), fill: `url(#${hatch})`, class: "ck-unseen" }),
          s("rect", { x, width, y: floor - part, height: part, class: "ck-seen" }));
      }
      group.addEventListener("click", () => { roam(i); click(chart, bar); });
      return group;
    });
    const roam = (to) => {
      nodes.forEach((one, i) => one.setAttribute("tabindex", i === to ? 0 : -1));
      drawn.get(chart.key).at = to;
    };
    plot.addEventListener("keydown", (event) => {
      const at = nodes.indexOf(event.target.closest("g"));
      if (at < 0) return;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key];
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); click(chart, chart.bars[at]); return; }
      if (to === undefined) return;
      event.preventDefault();
      const there = Math.max(0, Math.min(count - 1, to));
      roam(there);
      nodes[there].focus();
    });
    plot.append(...nodes);
    for (const i of chart.marks) {
      const at = (i + 0.5) * step;
      const bar = chart.bars[i];
      const y = COLUMN_PX + LABEL_PX - bar.all * COLUMN_PX - 4;
      const label = s("text", { x: `${at}%`, y, class: "ck-mark-text",
        "text-anchor": at < 20 ? "start" : at > 80 ? "end" : "middle", "aria-hidden": "true" });
      label.textContent = `${bar.count}${bar.share ? `, ${bar.share} seen` : ""}`;
      plot.append(label);
    }
    const axis = h("div", { class: "ck-column-axis", "aria-hidden": "true" }, chart.axis.map(([place, words]) => {
      const share = place / count;
      const mark = h("span", { class: share <= 0 ? "ck-first" : share >= 1 ? "ck-last" : "" }, words);
      mark.style.left = `${100 * share}%`;
      return mark;
    }));
    return { nodes, body: [plot, axis] };
  };

  const rows = (chart) => {
    const nodes = chart.bars.map((bar) => h("button", { type: "button", class: `ck-bar-row${look(bar)}`,
      "aria-pressed": bar.chosen === true ? "true" : "false", title: bar.title, "aria-label": bar.title,
      on: { click: () => click(chart, bar) } },
      h("span", { class: "ck-bar-name" }, bar.label),
      h("span", { class: "ck-bar-count" }, `${bar.count}${bar.share ? `, ${bar.share} seen` : ""}`),
      bar.all === null ? null : s("svg", { width: "100%", height: 8, "aria-hidden": "true", class: "ck-bar-line" },
        s("rect", { x: `${100 * bar.seen}%`, width: `${100 * Math.max(bar.all - bar.seen, 0)}%`, height: 8, fill: `url(#${hatch})`, class: "ck-unseen" }),
        s("rect", { width: `${100 * bar.seen}%`, height: 8, class: "ck-seen" }))));
    return { nodes, body: [h("div", { class: "ck-bar-rows" }, nodes)] };
  };

  const changes = (chart) => ({ nodes: [], body: [h("dl", { class: "ck-changes" }, chart.rows.flatMap((row) => [
    h("dt", {}, row.title),
    h("dd", {}, h("b", {}, row.change), row.verdict ? h("span", { class: "ck-caption" }, `, ${row.verdict}`) : null,
      h("p", { class: "ck-caption" }, `${row.count} (${row.days}) against ${row.base} (${row.then_days})`))]))] });

  const DRAW = { columns, rows, changes };
  const section = (chart) => {
    const title = h("h3", {}, chart.title);
    const words = h("p", { class: "ck-aside" });
    const body = h("div", { class: "ck-chart-body" });
    const note = h("p", { class: "ck-caption" });
    const table = h("div", {});
    const more = h("details", { class: "ck-more" }, h("summary", {}, "Show as table"), table);
    const head = h("header", { class: "ck-chart-head" }, title, chart.key === "areas" ? areaKind : null);
    const node = h("section", { class: "ck-one-chart", "aria-label": chart.title }, head, words, body, note, more);
    node.dataset.chart = chart.key;
    more.addEventListener("toggle", () => fill(chart.key));
    return { node, title, words, body, note, table, more, at: 0, known: "", chart };
  };
  const fill = (name) => {
    const one = drawn.get(name);
    one.table.replaceChildren(...(one.more.open ? [smallTable(one.chart.table)] : []));
  };
  const bring = (chart) => {
    if (!drawn.has(chart.key)) drawn.set(chart.key, section(chart));
    const one = drawn.get(chart.key);
    const fresh = JSON.stringify(chart);
    if (one.known === fresh) return one.node;
    one.known = fresh;
    one.chart = chart;
    say(one.title, chart.title);
    say(one.words, chart.words);
    say(one.note, chart.note);
    one.note.hidden = !chart.note;
    const active = document.activeElement;
    const had = one.body.contains(active) ? active.getAttribute("aria-label") : null;
    const { nodes, body } = DRAW[chart.kind](chart);
    one.body.replaceChildren(...body);
    if (had !== null && nodes.length) {
      const label = had.split(":")[0];
      const found = nodes.find((node) => node.getAttribute("aria-label").split(":")[0] === label) ?? nodes[Math.min(one.at, nodes.length - 1)];
      if (found.hasAttribute("tabindex")) nodes.forEach((node) => node.setAttribute("tabindex", node === found ? 0 : -1));
      found.focus();
    }
    fill(chart.key);
    return one.node;
  };

  return (fresh) => {
    state = fresh;
    el.hidden = !state.names.length;
    if (kinds.dataset.shown !== state.names.map((one) => one.key).join()) {
      kinds.dataset.shown = state.names.map((one) => one.key).join();
      kinds.replaceChildren(kinds.firstChild, ...state.names.map((one) => h("label", {},
        h("input", { type: "radio", name: own, value: one.key, on: { change: () => send("of", { name: one.key }) } }),
        h("span", {}, one.label))));
    }
    kinds.hidden = state.names.length < 2;
    for (const radio of kinds.querySelectorAll("input")) radio.checked = radio.value === state.name;
    if (areaKind.options.length !== state.kinds.length) {
      areaKind.replaceChildren(...state.kinds.map((one) => h("option", { value: one }, one[0].toUpperCase() + one.slice(1))));
    }
    areaKind.value = state.kind;
    areaKind.hidden = state.kinds.length < 2;
    say(empty, state.empty);
    empty.hidden = !state.empty;
    say(basis, state.basis);
    basis.hidden = !state.basis || !state.charts.length;
    key.hidden = !state.charts.length;
    const nodes = state.charts.map(bring);
    if (nodes.length !== list.children.length || nodes.some((node, i) => list.children[i] !== node)) list.replaceChildren(...nodes);
  };
});
