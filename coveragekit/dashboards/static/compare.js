// Two scenarios beside each other: which two, their numbers, and what differs.
export default component(({ el, send }) => {
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Compare");
  const sides = ["left", "right"].map((side) => {
    const select = h("select", { class: "ck-select", on: { change: () => send("pick", { side, key: select.value }) } });
    return { side, select, node: h("label", { class: "ck-field" }, h("span", {}, side === "left" ? "Left" : "Right"), select) };
  });
  const table = h("div", { class: "ck-before-after", "aria-live": "polite" });
  const told = h("div", { class: "ck-tried-told" });
  el.append(h("header", { class: "ck-bar-head" }, h("h2", {}, "Compare"), h("span", { class: "ck-grow" }),
      iconButton(ICONS.close, "End the comparison", () => send("stop"))),
    h("div", { class: "ck-form" }, sides.map((one) => one.node)),
    h("p", { class: "ck-acts" }, h("button", { type: "button", class: "ck-button", on: { click: () => send("swap") } }, "Swap sides")),
    table, told);
  const arrow = (sign) => (sign > 0 ? "▲ " : sign < 0 ? "▼ " : "");

  return (state) => {
    el.hidden = !state.is_on;
    const options = state.options ?? [];
    const shown = JSON.stringify(options);
    for (const { side, select } of sides) {
      if (select.dataset.shown !== shown) {
        select.dataset.shown = shown;
        select.replaceChildren(...options.map((one) => h("option", { value: one.key }, one.name)));
      }
      if (select.value !== state[side]) select.value = state[side];
    }
    const rows = state.rows ?? [];
    const many = (count) => `${count ?? 0} camera${count === 1 ? "" : "s"}`;
    table.replaceChildren(...(rows.length ? [h("table", { class: "ck-small-table" },
      h("caption", {}, "Difference: what the right one sees more"),
      h("thead", {}, h("tr", {}, ["", "Left", "Right", "Difference"].map((cell) => (cell ? h("th", { scope: "col" }, cell) : h("td", {}))))),
      h("tbody", {}, rows.map((line) => h("tr", { "data-line": line.name },
        h("th", { scope: "row" }, line.title, h("small", { class: "ck-of" }, line.of)), h("td", {}, line.before), h("td", {}, line.after),
        h("td", { class: line.sign > 0 ? "ck-more" : line.sign < 0 ? "ck-less" : "" }, arrow(line.sign), line.difference))),
      h("tr", {}, h("th", { scope: "row" }, "Changed"), h("td", {}, many(state.counts?.[0])), h("td", {}, many(state.counts?.[1])), h("td", {}, ""))))] : []));
    told.replaceChildren(...(state.told ?? []).map((one) => h("p", { class: "ck-caption" }, one)));
  };
});
