// Places that no camera sees, the most demanded first; a row and its place light up together.
const COLUMNS = [
  ["name", "Gap", ""],
  ["incidents", "Incidents", "a year"],
  ["calls", "Calls", "a year"],
  ["street", "Street", "m"],
];
const FEW = "Fewer events than may be told of: no rate is said";

export default component(({ el, send }) => {
  let rows = [];
  let busy = false;
  let rangeTitle = "";
  let known = "";
  let chosen = null;
  let hasCalls = true;
  let order = { column: null, down: true };
  const count = h("span", { class: "ck-count" });
  const find = h("input", { type: "search", placeholder: "Find", "aria-label": "Find a gap",
    on: { input: () => draw(),
      keydown: (event) => { if (event.key === "Escape") { find.value = ""; draw(); find.blur(); } } } });
  const body = h("tbody", { role: "rowgroup" });
  // Each row is laid out as a grid, its name above its numbers: the roles are said by hand.
  const heads = COLUMNS.map(([key, title, unit]) => h("th", { scope: "col", role: "columnheader", "aria-sort": "none" },
    h("button", { type: "button", on: { click: () => sort(key) } },
      title, unit ? h("small", {}, unit) : null)));
  const empty = h("p", { class: "ck-empty", role: "status" });
  const basis = basisOf("Gaps");
  const told = h("span", { class: "ck-aside", role: "status" });
  const copy = h("button", { type: "button", class: "ck-button",
    on: { click: async () => {
      await navigator.clipboard.writeText(lines());
      say(told, `${rows.length} gaps copied`);
      say(copy, "Copied");
      setTimeout(() => say(copy, "Copy"), 1500);
    } } }, "Copy");
  // As any file it is written by the kernel, as the user's role may have it.
  const save = h("button", { type: "button", class: "ck-button", title: "Save the gaps of what is chosen as CSV",
    on: { click: () => send("save") } }, "CSV");
  const saved = h("p", { class: "ck-caption", role: "status", hidden: true });
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Gaps");
  el.append(
    h("header", { class: "ck-bar-head" }, h("h2", {}, "Gaps ", count), basis.info, find, copy, save, told), basis.words, saved,
    h("div", { class: "ck-scroll", tabindex: "0", role: "group", "aria-label": "Table of gaps" },
      h("table", { class: "ck-gap-table", role: "table" },
        h("caption", { class: "ck-aside" }, "Places that no camera sees"),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)), body),
      empty));

  const plain = (text) => {
    const line = text.replaceAll(/\s+/g, " ");
    return /^[=+\-@]/.test(line) ? `'${line}` : line; // no formula in a spreadsheet
  };
  const lines = () => {
    const columns = rows.some((row) => row.range)
      ? COLUMNS.toSpliced(2, 0, ["range", "Incidents", `a year, ${rangeTitle}`]) : COLUMNS;
    return [
      columns.map(([, title, unit]) => (unit ? `${title} (${unit})` : title)).join("\t"),
      ...visible().map((row) => columns.map(([key]) => plain(String(row[key]))).join("\t")),
    ].join("\n");
  };

  // How sure the brackets are stands in the head of their column.
  const level = (title) => title.match(/^\d+ %/)?.[0];
  const sayLevel = (state) => {
    const words = state.rows.some((row) => row.range) ? level(state.range_title) : null;
    say(heads[1].querySelector("small"), words ? `a year (${words})` : "a year");
  };
  const rangeWords = (state) => (state.rows.some((row) => row.range)
    ? `Incidents a year are the median of scenes; in brackets is the ${state.range_title}.` : "");

  const sort = (column) => {
    order = { column, down: order.column === column ? !order.down : column !== "name" };
    heads.forEach((head, i) => head.setAttribute("aria-sort",
      COLUMNS[i][0] !== column ? "none" : order.down ? "descending" : "ascending"));
    draw();
  };

  const visible = () => {
    const wanted = find.value.trim().toLowerCase();
    const found = rows.filter((row) => row.name.toLowerCase().includes(wanted));
    if (!order.column) return found;
    const value = (row) => (order.column === "name" ? row.name : row.values[order.column]);
    const sign = order.down ? -1 : 1;
    return found.toSorted((a, b) => sign *
      (typeof value(a) === "string" ? value(a).localeCompare(value(b)) : value(a) - value(b)));
  };

  const choose = (key) => { chosen = key; mark(); send("gap", { key }); };

  const mark = () => {
    for (const row of body.rows) {
      const on = row.dataset.key === chosen;
      row.classList.toggle("ck-chosen", on);
      row.querySelector("button").setAttribute("aria-pressed", String(on));
    }
  };

  const draw = () => {
    const found = visible();
    body.replaceChildren(...found.map((row) => {
      const node = h("tr", { role: "row", on: { click: () => choose(row.key) } },
        h("th", { scope: "row", role: "rowheader" },
          h("button", { type: "button", "aria-pressed": "false",
            on: { click: (event) => { event.stopPropagation(); choose(row.key); } } },
          h("small", {}, row.rank), h("span", {}, row.name))),
        ["incidents", ...(hasCalls ? ["calls"] : []), "street"].map((key) => h("td", { role: "cell" },
          row.values[key] === null ? h("small", { title: FEW }, row[key]) : row[key],
          key === "incidents" && row.range
            ? h("small", { title: rangeTitle }, ` (${row.range})`) : null)));
      node.dataset.key = row.key;
      return node;
    }));
    mark();
    say(empty, found.length ? "" : rows.length ? `No gap has a name like \u201c${find.value.trim()}\u201d.`
      : busy ? "Ranking the gaps" : "There are no gaps.");
    empty.hidden = found.length > 0;
  };

  return (state) => {
    say(count, state.count);
    basis.update([state.note, rangeWords(state), state.basis].filter(Boolean).join(" "));
    sayLevel(state);
    busy = state.busy;
    rangeTitle = state.range_title;
    say(saved, state.saved);
    saved.hidden = !state.saved;
    save.disabled = state.saving;
    const fresh = JSON.stringify([state.rows, busy]);
    if (fresh !== known) { // else keep the focus
      known = fresh;
      rows = state.rows;
      hasCalls = rows.some((row) => row.values.calls !== 0);
      el.classList.toggle("ck-without-calls", !hasCalls);
      el.classList.toggle("ck-without-ranges", !rows.some((row) => row.range));
      heads[2].hidden = !hasCalls; // a study without calls has room for names
      draw();
    }
    if (state.chosen !== chosen) {
      chosen = state.chosen;
      mark();
      body.querySelector(".ck-chosen")?.scrollIntoView({ block: "nearest" });
    }
  };
});
