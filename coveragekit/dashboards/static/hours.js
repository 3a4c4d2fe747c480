// What is seen by hour: bars from zero, directly labelled, and a table behind them.
const HOURS = [...Array(24).keys()];
const TOPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const two = (hour) => String(hour).padStart(2, "0");

export default component(({ model, el }) => {
  const group = `ck-hours-${model.model_id ?? Math.random().toString(36).slice(2)}`;
  let series = [];
  let kind = null;
  let day = 0;
  const kinds = h("fieldset", { class: "ck-segments ck-small-segments" },
    h("legend", { class: "ck-aside" }, "Seen by hour: of what"));
  const days = h("select", { class: "ck-select ck-days", "aria-label": "Day of the week",
    on: { change: () => { day = days.selectedIndex; draw(); } } });
  const words = h("p", { class: "ck-caption", role: "status" });
  const chart = h("div", { class: "ck-chart", role: "img" });
  const basis = basisOf("By hour");
  const table = h("div", {});
  const more = h("details", { class: "ck-more" }, h("summary", {}, "Show as table"), table);
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Seen by hour");
  el.append(h("header", { class: "ck-bar-head" }, h("h2", {}, "By hour"), h("span", { class: "ck-grow" }),
    kinds, days), h("div", { class: "ck-said" }, words, basis.info), basis.words, chart, more);

  // Only the least and the most are written on the bars; the table has them all.
  const bars = (css, values, texts, { top, label, marks }) => h("div", { class: `ck-bars ${css}` },
    h("span", { class: "ck-top" }, label),
    HOURS.map((hour) => {
      const bar = h("i", { title: `${two(hour)}:00 to ${two((hour + 1) % 24)}:00: ${texts[hour]}` },
        marks.includes(hour) ? h("b", {}, texts[hour]) : null);
      bar.style.height = `${values[hour] === null ? 0 : 100 * values[hour] / top}%`;
      return bar;
    }));

  const draw = () => {
    const one = series.find(({ key }) => key === kind);
    if (!one) return;
    const shown = one.days[day];
    const highest = Math.max(...shown.share.map((value) => value ?? 0));
    const top = TOPS.find((one) => one >= highest - 1e-9);
    const most = Math.max(...shown.count);
    say(words, shown.words);
    basis.update(one.basis);
    chart.setAttribute("aria-label", shown.words);
    chart.replaceChildren(
      bars("ck-shares", shown.share, shown.texts,
        { top, label: `${Math.round(100 * top)} % seen`, marks: shown.marks }),
      h("div", { class: "ck-axis" }, ["00", "06", "12", "18", "24"].map((text) => h("span", {}, text))),
      one.counted ? bars("ck-counts", shown.count, shown.counts,
        { top: most || 1, label: `How many: up to ${shown.counts[shown.count.indexOf(most)]} in an hour of the day`, marks: [] }) : "");
    table.replaceChildren(smallTable({
      caption: `${one.label}: ${shown.label}`,
      head: one.counted ? ["Hour", "Seen", one.label] : ["Hour", "Seen"],
      rows: HOURS.map((hour) => [`${two(hour)}:00`, shown.texts[hour], ...(one.counted ? [shown.counts[hour]] : [])]),
    }));
  };

  return (state) => {
    series = state.series;
    el.hidden = !series.length;
    if (!series.length) return;
    kind ??= series[0].key;
    kinds.replaceChildren(kinds.firstChild, ...series.map(({ key, label }) => {
      const radio = h("input", { type: "radio", name: group, value: key,
        on: { change: () => { kind = key; draw(); } } });
      radio.checked = key === kind;
      return h("label", {}, radio, h("span", {}, label));
    }));
    kinds.hidden = series.length < 2;
    days.replaceChildren(...series[0].days.map(({ label }) => h("option", {}, label)));
    days.selectedIndex = day;
    draw();
  };
});
