// The registry desk: what owners sent in, wishes to leave, cameras, footage requests.
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
  let began = 0;
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
  const what = h("div", { class: "ck-rd-what" }, h("label", { for: "ck-rd-purpose" }, "Purpose"), purpose);
  const word = (label) => h("input", { class: "ck-find ck-rd-word", hidden: true, maxlength: "60",
    "aria-label": label, placeholder: label, autocomplete: "off", on: { change: tellPurpose } });
  const caseNo = word("Case number");
  const offence = word("Offence (NIBRS)");
  what.append(caseNo, offence);
  const bar = h("div", { class: "ck-rd-tabs", role: "tablist", "aria-label": "Parts of the desk" });
  listen(bar, "keydown", (event) => {
    const tabs = [...bar.children];
    const now = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined || now < 0) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    tab.focus();
    tab.click();
  });
  // A role sees the parts that it opens, and no others.
  const drawTabs = () => state.tabs.map(({ key, title }) => h("button", { type: "button", role: "tab",
    id: `ck-rd-tab-${key}`, "aria-controls": "ck-rd-list", on: { click: () => send("tab", { tab: key }) } }, title));
  const faultWords = h("span");
  const fault = h("div", { class: "ck-banner ck-rd-banner", role: "alert", hidden: true }, faultWords,
    h("span", { class: "ck-grow" }), iconButton(ICONS.close, "Close the message", () => send("dismiss")));
  const said = h("p", { class: "ck-rd-said", role: "status" });
  const receipts = h("section", { class: "ck-rd-receipts", "aria-label": "Receipts for the owner", hidden: true });
  const list = h("section", { class: "ck-rd-list", id: "ck-rd-list", role: "tabpanel", tabindex: "0" });
  const detail = h("section", { class: "ck-rd-detail", "aria-label": "What is chosen", tabindex: "-1" });
  el.replaceChildren(
    h("header", { class: "ck-header" }, name, badge, h("span", { class: "ck-grow" }), user, theme),
    h("div", { class: "ck-banners" }, fault),
    h("div", { class: "ck-rd-bar" }, bar, what),
    said, receipts,
    h("main", { class: "ck-rd-main" }, list, detail));

  const marks = (flags) => flags.map((flag) => h("strong", { class: "ck-badge" }, flag));
  const facts = (rows) => h("dl", { class: "ck-rd-facts" }, rows.map(([what, words]) =>
    h("div", {}, h("dt", {}, what), h("dd", {}, words))));
  // What goes on record is asked for by a button, or it is said what has to be chosen first.
  const contactOr = (one, ask) => one.contact ? facts(one.contact)
    : state.why_no_contact ? h("p", { class: "ck-caption" }, state.why_no_contact)
      : h("p", {}, h("button", { type: "button", class: "ck-button", on: { click: ask } }, "Show the contact (goes on record)"));
  const table = (caption, head, rows, more = []) => h("div", { class: "ck-rd-scroll" }, h("table", { class: "ck-rd-table" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)),
      more.map((cell) => h("th", { scope: "col", class: "ck-rd-more" }, cell)))),
    h("tbody", {}, rows)));
  const nothing = (words) => h("p", { class: "ck-rd-none" }, words);

  const chooser = (text, pressed, id, event) => h("button", { type: "button", class: "ck-rd-open", id: `ck-rd-${id}`,
    "aria-pressed": String(pressed), on: { click: () => send(event, { id }) } }, text);
  const find = (label, value, tell) => {
    const input = h("input", { class: "ck-find", type: "search", id: `ck-rd-find-${state.tab}`, value, maxlength: "100",
      "aria-label": label, placeholder: label, on: { change: () => tell(input.value) } });
    return input;
  };

  const drawQueue = () => {
    const { queue, chosen } = state;
    if (!queue.all) return [nothing("The queue is empty: nothing waits to be decided.")];
    const { begin, page, fitting, words } = queue;
    const head = queue.all > 10 ? [h("div", { class: "ck-rd-filter" },
      find("Part of the address", words, (typed) => send("queue", { words: typed })))] : [];
    if (!fitting) return [...head, nothing("Nothing that waits has this in its address.")];
    const end = begin + queue.rows.length;
    const turn = (to, title) => h("button", { type: "button", class: "ck-button", id: `ck-rd-to-${title.split(" ")[0]}`,
      on: { click: () => send("queue", { begin: to, words }) } }, title);
    const foot = fitting > page ? [h("div", { class: "ck-rd-turn" },
      begin > 0 ? turn(begin - page, `Earlier ${page}`) : null,
      h("span", {}, `${(begin + 1).toLocaleString("en")} to ${end.toLocaleString("en")} of ${fitting.toLocaleString("en")}`),
      end < fitting ? turn(end, `Later ${Math.min(page, fitting - end)}`) : null)] : [];
    return [...head, h("ul", { class: "ck-rd-rows" }, queue.rows.map((row) => h("li", {},
      h("button", { type: "button", "aria-pressed": String(chosen?.id === row.id), id: `ck-rd-${row.id}`,
        on: { click: () => send("choose", { id: row.id }) } },
      h("span", { class: "ck-rd-name" }, row.name ? `${row.address}, ${row.name}` : row.address),
      h("small", {}, row.words),
      row.flags.length ? h("span", { class: "ck-rd-flags" }, marks(row.flags)) : null)))), ...foot];
  };

  const drawLeaving = () => {
    const { rows } = state.leaving;
    if (!rows.length) return [nothing("Nobody waits to be called: each wish to leave came with the contact on file.")];
    return [h("p", { class: "ck-caption" }, "These owners gave the right code with another contact than the one on file. "
      + "Call the contact on file, and say what they wish."),
    h("ul", { class: "ck-rd-wishes" }, rows.map((row) => {
      const note = h("input", { class: "ck-find", id: `ck-rd-note-${row.id}`, maxlength: "300", autocomplete: "off" });
      const needed = h("p", { class: "ck-rd-needed", role: "alert" });
      const settle = (verdict) => {
        if (!note.value.trim()) { say(needed, "Say how the owner was reached."); note.focus(); return; }
        send("settle", { id: row.id, verdict, note: note.value });
      };
      const deed = (title, verdict, extra = "") => h("button", { type: "button", class: `ck-button ${extra}`,
        on: { click: () => settle(verdict) } }, title);
      return h("li", { class: "ck-rd-wish" },
        h("span", { class: "ck-rd-name" }, `Came ${row.came}: ${row.what}`),
        h("small", {}, `to be called by ${row.due}`),
        row.urgent ? h("span", { class: "ck-rd-flags" }, marks(["overdue"])) : null,
        contactOr(row, () => send("reach", { id: row.id })),
        h("div", { class: "ck-rd-refuse" }, h("label", { for: note.id }, "How the owner was reached"), note, needed,
          h("div", { class: "ck-rd-two" }, deed("The owner leaves", "withdrawn", "ck-rd-accept"),
            deed("The owner stays", "stays"))));
    }))];
  };

  const drawCameras = () => {
    const { cameras, states, card } = state;
    const tell = () => send("cameras", { state: which.value, words: typed.value });
    const which = h("select", { class: "ck-select", id: "ck-rd-state", "aria-label": "State of consent", on: { change: tell } },
      states.map(({ key, title }) => h("option", { value: key, selected: key === cameras.state }, title)));
    const typed = find("Name, address or owner", cameras.words, tell);
    const head = h("div", { class: "ck-rd-filter" }, which, typed);
    if (!cameras.rows.length) return [head, nothing(cameras.words ? "No camera in this state fits that." : "No camera is in this state.")];
    const rows = cameras.rows.map((row) => h("tr", {},
      h("th", { scope: "row" }, chooser(row.name, card?.id === row.id, row.id, "card")),
      h("td", {}, row.owner), h("td", {}, row.address), h("td", { class: "ck-rd-more" }, row.kind),
      h("td", { class: "ck-rd-more" }, row.keeps), h("td", { class: "ck-rd-more" }, marks(row.flags))));
    const next = cameras.after ? h("button", { type: "button", class: "ck-button", id: "ck-rd-next",
      on: { click: () => send("cameras", { state: cameras.state, words: cameras.words, after: cameras.after }) } },
    "Next page") : null;
    const title = states.find(({ key }) => key === cameras.state).title;
    return [head, table(`Cameras whose consent is: ${title.toLowerCase()}`, ["Camera", "Owner", "Address"], rows,
      ["Kind", "Keeps", "To look at"]), next].filter(Boolean);
  };

  const drawRequests = () => {
    const { requests } = state;
    if (!requests.rows.length) return [nothing("No request for footage is open.")];
    const rows = requests.rows.map((row) => h("tr", { class: row.urgent ? "ck-rd-urgent" : null },
      h("th", { scope: "row" }, row.clock), h("td", {}, row.camera), h("td", {}, row.window),
      h("td", {}, row.case), h("td", {}, row.offence), h("td", {}, row.state), h("td", {}, row.reminders)));
    return [table(`Open requests, the one overwritten first on top: ${requests.all}`,
      ["Footage is", "Camera", "Footage of", "Case", "Offence", "State", "Reminders"], rows)];
  };

  const drawCard = () => {
    const { card } = state;
    return [
      h("div", { class: "ck-rd-top" }, h("h2", {}, card.title), h("span", { class: "ck-grow" }),
        iconButton(ICONS.close, "Close the camera", () => send("card_close"))),
      h("p", { class: card.left ? "ck-rd-state ck-rd-left" : "ck-rd-state" }, h("strong", {}, `${card.state}.`), ` ${card.means}`),
      facts(card.facts),
      contactOr(card, () => send("card_contact", { id: card.id })),
      h("h3", {}, "What the owner agreed to, the newest first"),
      card.events.length ? h("ul", { class: "ck-rd-events" }, card.events.map((one) => h("li", {}, one)))
        : h("p", { class: "ck-caption" }, "Nothing yet."),
    ].filter(Boolean);
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
    const { chosen, moderates, card, tab } = state;
    if (tab === "cameras" && card) return drawCard();
    if (tab !== "queue" || !chosen) return [];
    const reason = h("input", { class: "ck-find", id: "ck-rd-reason", maxlength: "300", autocomplete: "off" });
    const double = h("input", { type: "checkbox" });
    const refuse = h("button", { type: "button", class: "ck-button", on: { click: () => {
      if (!reason.value.trim()) { say(needed, "Give a reason that the owner may be told."); reason.focus(); return; }
      send("refuse", { id: chosen.id, reason: reason.value, duplicate: double.checked });
    } } }, "Refuse");
    const needed = h("p", { class: "ck-rd-needed", role: "alert" });
    return [
      h("h2", {}, chosen.title), facts(chosen.facts),
      contactOr(chosen, () => send("contact", { id: chosen.id })),
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
    // Whoever works by keyboard stays where they were.
    const held = node.contains(document.activeElement) ? document.activeElement.id : "";
    node.replaceChildren(...draw());
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
  };

  return (next) => {
    const before = state.chosen?.id ?? state.card?.id;
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
    redraw("tabs", bar, state.tabs, drawTabs);
    bar.parentElement.hidden = !state.tabs.length;
    state.tabs.forEach(({ key, title }, i) => {
      const tab = bar.children[i];
      const on = key === state.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const count = { queue: state.queue?.all, leaving: state.leaving?.rows.length }[key];
      say(tab, count ? `${title} (${count.toLocaleString("en")})` : title);
      if (on) list.setAttribute("aria-labelledby", tab.id);
    });
    say(faultWords, state.fault);
    fault.hidden = !state.fault;
    say(said, state.said);
    receipts.hidden = !state.receipts.length;
    redraw("receipts", receipts, state.receipts, () => [
      h("div", { class: "ck-rd-two" },
        h("button", { type: "button", class: "ck-button ck-rd-accept", on: { click: () => window.print() } },
          state.receipts.length === 1 ? "Print the receipt" : "Print the receipts"),
        h("button", { type: "button", class: "ck-button", on: { click: () => send("dismiss") } }, "Handed over: close")),
      ...state.receipts.map((words) => h("pre", {}, words))]);
    const draws = { queue: drawQueue, leaving: drawLeaving, cameras: drawCameras, requests: drawRequests };
    redraw("list", list, [state.tab, state[state.tab], state.chosen?.id, state.card?.id, state.why, state.why_no_contact],
      state[state.tab] ? draws[state.tab] : () => [nothing(state.why)]);
    // Another page of the queue is read from its first card.
    const begin = state.tab === "queue" ? state.queue?.begin ?? 0 : 0;
    if (begin !== began) { began = begin; list.scrollTop = 0; list.scrollIntoView({ block: "nearest" }); }
    const chosen = { queue: state.chosen, cameras: state.card }[state.tab];
    detail.hidden = !chosen;
    redraw("detail", detail, [chosen, state.moderates, state.why_no_contact], drawDetail);
    if (chosen && chosen.id !== before) {
      detail.scrollTop = 0;
      detail.focus({ preventScroll: false });
    }
    if (state.user && !el.dataset.ckReady) { el.dataset.ckReady = "yes"; paintTheme(); }
  };
});
