// The registry desk: the queue of what owners sent in, cameras, footage requests.
const TABS = [["queue", "Queue"], ["cameras", "Cameras"], ["requests", "Requests"]];
const SVG = "http://www.w3.org/2000/svg";
const shape = (tag, props, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(props)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
};
const themeNow = () => document.documentElement.dataset.ckTheme ||
  (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

export default component(({ el, send, listen }) => {
  let state = {};
  let needs = false;
  el.className = "ck-rd";
  const name = h("h1");
  const badge = h("strong", { class: "ck-badge", hidden: true }, "simulated");
  const user = h("span", { class: "ck-user" });
  const theme = iconButton("", "", () => {
    const next = themeNow() === "dark" ? "light" : "dark";
    document.documentElement.dataset.ckTheme = next;
    try { localStorage.setItem("ck-theme", next); } catch (refused) { /* for this page only */ }
    paintTheme();
  });
  const paintTheme = () => {
    const dark = themeNow() === "dark";
    theme.innerHTML = dark ? ICONS.sun : ICONS.moon;
    theme.setAttribute("aria-label", dark ? "Light theme" : "Dark theme");
    send("theme", { dark });
  };
  listen(matchMedia("(prefers-color-scheme: dark)"), "change", paintTheme);

  const tellPurpose = () => send("purpose", { purpose: purpose.value, case: caseNo.value, offence: offence.value });
  const purpose = h("select", { class: "ck-select", id: "ck-rd-purpose", on: { change: tellPurpose } });
  const word = (label) => h("input", { class: "ck-find ck-rd-word", hidden: true, maxlength: "60",
    "aria-label": label, placeholder: label, autocomplete: "off", on: { change: tellPurpose } });
  const caseNo = word("Case number");
  const offence = word("Offence (NIBRS)");
  const tabs = TABS.map(([key, title]) => h("button", { type: "button", role: "tab", id: `ck-rd-tab-${key}`,
    "aria-controls": "ck-rd-list", on: { click: () => send("tab", { tab: key }) } }, title));
  const bar = h("div", { class: "ck-rd-tabs", role: "tablist", "aria-label": "Parts of the desk" }, tabs);
  listen(bar, "keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
    const next = tabs[(now + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
  const faultWords = h("span");
  const fault = h("div", { class: "ck-banner ck-rd-banner", role: "alert", hidden: true }, faultWords,
    h("span", { class: "ck-grow" }), iconButton(ICONS.close, "Close the message", () => send("dismiss")));
  const said = h("p", { class: "ck-rd-said", role: "status" });
  const receipts = h("section", { class: "ck-rd-receipts", "aria-label": "Receipts for the owner", hidden: true });
  const list = h("section", { class: "ck-rd-list", id: "ck-rd-list", role: "tabpanel", tabindex: "0" });
  const detail = h("section", { class: "ck-rd-detail", "aria-label": "The chosen submission", tabindex: "-1" });
  el.replaceChildren(
    h("header", { class: "ck-header" }, name, badge, h("span", { class: "ck-grow" }), user, theme),
    h("div", { class: "ck-banners" }, fault),
    h("nav", { class: "ck-rd-bar", "aria-label": "Desk" }, bar,
      h("label", { class: "ck-rd-purpose", for: "ck-rd-purpose" }, "Purpose"), purpose, caseNo, offence),
    said, receipts,
    h("main", { class: "ck-rd-main" }, list, detail));

  const marks = (flags) => flags.map((flag) => h("strong", { class: "ck-badge" }, flag));
  const facts = (rows) => h("dl", { class: "ck-rd-facts" }, rows.map(([what, words]) =>
    h("div", {}, h("dt", {}, what), h("dd", {}, words))));
  const table = (caption, head, rows) => h("div", { class: "ck-rd-scroll" }, h("table", { class: "ck-rd-table" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows)));
  const nothing = (words) => h("p", { class: "ck-rd-none" }, words);

  const drawQueue = () => {
    const { queue, chosen } = state;
    if (!queue) return [nothing(needs ? "Give the case number and offence above." : "Nothing can be shown for this purpose.")];
    if (!queue.rows.length) return [nothing("The queue is empty: nothing waits to be decided.")];
    const more = queue.all > queue.rows.length
      ? [nothing(`The first ${queue.rows.length} of ${queue.count}; the next come when these are decided.`)] : [];
    return [h("ul", { class: "ck-rd-rows" }, queue.rows.map((row) => h("li", {},
      h("button", { type: "button", "aria-pressed": String(chosen?.id === row.id), "data-id": row.id,
        on: { click: () => send("choose", { id: row.id }) } },
      h("span", { class: "ck-rd-name" }, row.name ? `${row.address}, ${row.name}` : row.address),
      h("small", {}, `${row.kind}, ${row.cameras} ${row.cameras === 1 ? "camera" : "cameras"}, sent ${row.at}`),
      row.flags.length ? h("span", { class: "ck-rd-flags" }, marks(row.flags)) : null)))), ...more];
  };

  const drawCameras = () => {
    const { cameras, states } = state;
    if (!cameras) return [nothing(needs ? "Give the case number and offence above." : "Nothing can be shown for this purpose.")];
    const which = h("select", { class: "ck-select", "aria-label": "State of consent",
      on: { change: () => send("cameras", { state: which.value, words: find.value }) } },
    states.map(({ key, title }) => h("option", { value: key, selected: key === cameras.state }, title)));
    const find = h("input", { class: "ck-find", type: "search", value: cameras.words, maxlength: "100",
      "aria-label": "Part of the name or address", placeholder: "Name or address",
      on: { change: () => send("cameras", { state: which.value, words: find.value }) } });
    const head = h("div", { class: "ck-rd-filter" }, which, find);
    if (!cameras.rows.length) return [head, nothing("No camera is in this state.")];
    const rows = cameras.rows.map((row) => h("tr", {},
      h("th", { scope: "row" }, row.name), h("td", {}, row.address), h("td", {}, row.kind),
      h("td", {}, row.state), h("td", {}, row.keeps), h("td", {}, marks(row.flags))));
    const next = cameras.after ? h("button", { type: "button", class: "ck-button",
      on: { click: () => send("cameras", { state: cameras.state, words: cameras.words, after: cameras.after }) } },
    "Next page") : null;
    return [head, table("Cameras by consent",
      ["Camera", "Address", "Kind", "Consent", "Keeps", "To look at"], rows), next].filter(Boolean);
  };

  const drawRequests = () => {
    const { requests } = state;
    if (!requests) return [nothing(needs ? "Give the case number and offence above." : "Nothing can be shown for this purpose.")];
    if (!requests.rows.length) return [nothing("No request for footage is open.")];
    const rows = requests.rows.map((row) => h("tr", { class: row.urgent ? "ck-rd-urgent" : null },
      h("th", { scope: "row" }, row.clock), h("td", {}, row.camera), h("td", {}, row.window),
      h("td", {}, row.case), h("td", {}, row.offence), h("td", {}, row.state), h("td", {}, row.reminders)));
    return [table(`Open requests, the one overwritten first on top: ${requests.all}`,
      ["Overwritten", "Camera", "Footage of", "Case", "Offence", "State", "Reminders"], rows)];
  };

  const drawMap = (map, title) => {
    const over = shape("svg", { viewBox: `0 0 ${map.width} ${map.height}`, "aria-hidden": "true" },
      ...map.rings.map((ring) => shape("path", { class: "ck-rd-view", d: `M${ring.map((p) => p.join(" ")).join("L")}Z` })),
      ...map.near.map(({ at, number }) => {
        const text = shape("text", { x: at[0], y: at[1], class: "ck-rd-number" });
        text.textContent = number;
        return shape("g", {}, shape("circle", { cx: at[0], cy: at[1], r: 9, class: "ck-rd-other" }), text);
      }),
      shape("circle", { cx: map.foot[0], cy: map.foot[1], r: 5, class: "ck-rd-foot" }));
    const image = h("img", { alt: `Map of ${title}: what it sees, and the cameras within 50 m by number`,
      width: map.width, height: map.height });
    image.src = map.src;
    return h("div", { class: "ck-rd-map" }, image, over);
  };

  const drawDetail = () => {
    const { chosen, moderates } = state;
    if (!chosen) return [];
    const reason = h("input", { class: "ck-find", id: "ck-rd-reason", maxlength: "300", autocomplete: "off" });
    const double = h("input", { type: "checkbox" });
    const refuse = h("button", { type: "button", class: "ck-button", on: { click: () => {
      if (!reason.value.trim()) { say(needed, "Give a reason that the owner may be told."); reason.focus(); return; }
      send("refuse", { id: chosen.id, reason: reason.value, duplicate: double.checked });
    } } }, "Refuse");
    const needed = h("p", { class: "ck-rd-needed", role: "alert" });
    return [
      h("h2", {}, chosen.title), facts(chosen.facts),
      chosen.contact ? facts(chosen.contact) : h("p", {}, h("button", { type: "button", class: "ck-button",
        on: { click: () => send("contact", { id: chosen.id }) } }, "Show the contact (goes on record)")),
      ...chosen.cameras.map((camera) => h("article", { class: "ck-rd-camera" },
        h("h3", {}, camera.title, camera.homes ? " " : null, camera.homes ? marks(["faces mainly homes"]) : null),
        drawMap(camera.map, camera.title),
        camera.near.length
          ? h("div", { class: "ck-rd-near" }, h("h4", {}, "Within 50 m in the registry: perhaps the same"),
            h("ul", {}, camera.near.map((one) => h("li", {}, `${one.number}: ${one.words}`))))
          : h("p", { class: "ck-caption" }, "No camera of the registry is within 50 m."),
        facts(camera.facts))),
      moderates ? h("div", { class: "ck-rd-deeds" },
        h("button", { type: "button", class: "ck-button ck-rd-accept",
          on: { click: () => send("accept", { id: chosen.id }) } }, "Accept: register"),
        h("div", { class: "ck-rd-refuse" },
          h("label", { for: "ck-rd-reason" }, "Reason, if refused"), reason,
          h("label", { class: "ck-rd-double" }, double, " it is in the registry already"), needed, refuse))
        : h("p", { class: "ck-caption" }, "Your role may look, not decide."),
    ];
  };

  const drawn = {};
  const redraw = (key, node, parts, draw) => {
    const now = JSON.stringify(parts);
    if (drawn[key] === now) return;
    drawn[key] = now;
    node.replaceChildren(...draw());
  };

  return (next) => {
    const before = state.chosen?.id;
    state = next;
    say(name, `Registry: ${state.study}`);
    badge.hidden = !state.simulated;
    say(user, state.user);
    redraw("purposes", purpose, state.purposes, () => state.purposes.map(({ key, title }) =>
      h("option", { value: key }, title)));
    purpose.value = state.purpose;
    const demands = state.purposes.find(({ key }) => key === state.purpose)?.demands ?? [];
    caseNo.hidden = !demands.includes("case_number");
    offence.hidden = !demands.includes("offence");
    needs = demands.some((one) => (one === "offence" ? !state.offence : !state.case));
    TABS.forEach(([key, title], i) => {
      const on = key === state.tab;
      tabs[i].setAttribute("aria-selected", String(on));
      tabs[i].tabIndex = on ? 0 : -1;
      say(tabs[i], key === "queue" && state.queue ? `${title} (${state.queue.count})` : title);
      if (on) list.setAttribute("aria-labelledby", tabs[i].id);
    });
    say(faultWords, state.fault);
    fault.hidden = !state.fault;
    say(said, state.said);
    receipts.hidden = !state.receipts.length;
    redraw("receipts", receipts, state.receipts, () => [
      ...state.receipts.map((words) => h("pre", {}, words)),
      h("button", { type: "button", class: "ck-button", on: { click: () => send("dismiss") } }, "Done")]);
    const draws = { queue: drawQueue, cameras: drawCameras, requests: drawRequests };
    redraw("list", list, [state.tab, state[state.tab], state.chosen?.id, needs], draws[state.tab]);
    const onQueue = state.tab === "queue";
    detail.hidden = !onQueue || !state.chosen;
    redraw("detail", detail, [state.chosen, state.moderates], drawDetail);
    if (state.chosen && state.chosen.id !== before) {
      detail.scrollTop = 0;
      detail.focus({ preventScroll: false });
    }
    if (state.user && !el.dataset.ckReady) { el.dataset.ckReady = "yes"; paintTheme(); }
  };
});
