// What the reader narrows the counts down to: area, days, hours of the week, categories and tier.
const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS_OF_DAY = [...Array(24).keys()];
const WEEK = 168;
const ALL_ON = "1".repeat(WEEK);
const LONG_LIST = 12;
const SEND_MS = 250;
const STEP_MS = 900;
const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;
const dayMs = 86400000;
const iso = (time) => new Date(time).toISOString().slice(0, 10);
const time = (text) => Date.parse(`${text}T00:00:00Z`);
// A day as it is written everywhere on the page, null for nothing, undefined for no day.
const dayOf = (text) => {
  const words = text.trim();
  if (!words) return null;
  const [, year, month, day] = words.match(/^(\d{4})[-./ ](\d\d?)[-./ ](\d\d?)$/) ?? words.match(/^(\d{4})(\d\d)(\d\d)$/) ?? [];
  const found = [year, month?.padStart(2, "0"), day?.padStart(2, "0")].join("-");
  return year && !Number.isNaN(time(found)) && iso(time(found)) === found ? found : undefined;
};
const isDay = (text) => !text || dayOf(text) === text;

export default component(({ model, el, send, listen }) => {
  const own = `ck-filter-${model.model_id ?? Math.random().toString(36).slice(2)}`;
  const terms = model.get("terms");
  let state = model.get("state");
  let areaShown = "null";
  // Python counts what it has heard, so that an answer to an older wish is known for one.
  let sent = state.heard ?? 0;
  const choose = (parts) => { sent += 1; send("filter", { parts }); };
  const clear = (part) => { sent += 1; send("clear", { part }); };

  // A part folds; what is chosen in it stands beside its name.
  const part = (key, label, body, open = false) => {
    const chosen = h("span", { class: "ck-part-chosen" });
    const node = h("details", { class: "ck-part", open }, h("summary", {}, label, chosen), body);
    node.dataset.part = key;
    return { node, say: (words) => say(chosen, words) };
  };

  // How much is left, and why nothing.
  const left = h("p", { class: "ck-left-count", role: "status" });
  const empty = h("div", { class: "ck-warnings", role: "alert", hidden: true });
  const told = h("div", { class: "ck-caption" });
  const chips = h("ul", { class: "ck-chips", "aria-label": "Chosen" });
  const clearAll = h("button", { type: "button", class: "ck-link", title: "Back to the whole city, all days and kinds, and to the cameras, light and purpose of the start",
    on: { click: () => { stop(); forgetDates(); clear("start"); } } }, "Clear all");

  // Area: its kind, and its name with suggestions while typing.
  const kinds = Object.keys(terms.areas);
  const options = h("datalist", { id: `${own}-areas` });
  const kind = h("select", { class: "ck-select", "aria-label": "Kind of area", on: { change: () => fillAreas() } },
    kinds.map((one) => h("option", { value: one }, one[0].toUpperCase() + one.slice(1))));
  const unknown = h("p", { class: "ck-caption", role: "status" });
  const area = h("input", { type: "search", class: "ck-input", list: options.id, autocomplete: "off",
    placeholder: "Whole city", "aria-label": "Area by name",
    on: { change: () => pickArea(), search: () => { if (!area.value) pickArea(); } } });
  const nameOf = ([key, name]) => {
    const twice = (terms.areas[kind.value] ?? []).filter((one) => one[1] === name).length > 1;
    return twice ? `${name} (${key})` : name;
  };
  const fillAreas = () => options.replaceChildren(
    ...(terms.areas[kind.value] ?? []).map((one) => h("option", { value: nameOf(one) })));
  const pickArea = () => {
    const wanted = area.value.trim().toLowerCase();
    say(unknown, "");
    if (!wanted) { if (state.area) clear("area"); return; }
    const rows = terms.areas[kind.value] ?? [];
    const found = rows.find((one) => nameOf(one).toLowerCase() === wanted)
      ?? rows.find((one) => one[0].toLowerCase() === wanted);
    const alike = found ? [] : rows.filter((one) => nameOf(one).toLowerCase().includes(wanted));
    const one = found ?? (alike.length === 1 ? alike[0] : null);
    // Whoever types the name of an area of another kind means that one.
    const other = one ? null : kinds.flatMap((name) => terms.areas[name].map((row) => [name, ...row]))
      .find((row) => row[2].toLowerCase() === wanted);
    if (one) choose({ area: { kind: kind.value, key: one[0] } });
    else if (other) choose({ area: { kind: other[0], key: other[1] } });
    else say(unknown, alike.length ? `${alike.length} areas have such a name: type on.`
      : `There is no ${kind.value} \u201c${area.value.trim()}\u201d.`);
  };
  const areaPart = part("area", "Area", h("div", { class: "ck-row" }, kinds.length > 1 ? kind : null, area, options, unknown), true);

  // Days: from, to, ready ranges, and a slider that plays through weeks, months or hours.
  const oddDates = h("p", { class: "ck-caption ck-odd", role: "status", id: `${own}-odd-dates` });
  // Days that are none or run backwards stay as they were typed, and are not asked for.
  let areOdd = false;
  let datesShown = "";
  let datesTaken = "";
  const sayOdd = (words = "", wrong = []) => {
    areOdd = Boolean(words);
    for (const one of dates) {
      if (wrong.includes(one)) one.setAttribute("aria-invalid", "true"); else one.removeAttribute("aria-invalid");
    }
    say(oddDates, words && `${words} Until then the dates in force stay.`);
  };
  const forgetDates = () => { sayOdd(); datesShown = datesTaken = ""; };
  const takeDates = () => {
    const chosen = dates.map((one) => dayOf(one.value));
    const none = dates.filter((_, end) => chosen[end] === undefined);
    if (none.length) { sayOdd(`\u201c${none[0].value.trim()}\u201d is no day: write it like ${terms.last}.`, none); return; }
    const [first, last] = chosen;
    if (first && last && first > last) { sayOdd(`The first day, ${first}, is after the last, ${last}: change one of them.`, dates); return; }
    sayOdd();
    dates.forEach((one, end) => { if (one.value !== (chosen[end] ?? "")) one.value = chosen[end] ?? ""; });
    if (String(chosen) === datesTaken) return;
    datesTaken = String(chosen);
    stop();
    choose({ dates: chosen.some(Boolean) ? chosen : null });
  };
  // Browsers write a day as their country does; here it is written as everywhere on the page.
  const dates = ["from", "to"].map((label, end) => h("input", { type: "text", class: "ck-input", "aria-label": `Date ${label}`,
    inputmode: "numeric", autocomplete: "off", placeholder: end ? terms.last : terms.first, "aria-describedby": oddDates.id,
    on: { change: () => takeDates(), input: (event) => { if (isDay(event.target.value)) takeDates(); } } }));
  const calendars = dates.map((input, end) => {
    const calendar = h("input", { type: "date", tabindex: "-1", "aria-hidden": "true", min: terms.first, max: terms.last,
      on: { change: () => { if (calendar.value) { input.value = calendar.value; takeDates(); } } } });
    const open = iconButton(ICONS.calendar, end ? "Choose the last day" : "Choose the first day", () => {
      calendar.value = dayOf(input.value) || terms[end ? "last" : "first"];
      calendar.showPicker();
    });
    return h("span", { class: "ck-day" }, input, open, calendar);
  });
  const presets = h("div", { class: "ck-presets" }, terms.presets.map((one) =>
    h("button", { type: "button", class: "ck-button", on: { click: () => { stop(); forgetDates(); choose({ dates: one.dates }); } } }, one.label)));

  const steps = {
    weeks: () => {
      const [first, last] = [time(terms.first), time(terms.last)];
      const count = Math.max(1, Math.ceil((last - first + dayMs) / (7 * dayMs)));
      return { count, at: (i) => {
        const start = first + 7 * i * dayMs;
        return { dates: [iso(start), iso(Math.min(start + 6 * dayMs, last))] };
      }, words: (i) => `week from ${iso(first + 7 * i * dayMs)}` };
    },
    months: () => {
      const [year, month] = terms.first.split("-").map(Number);
      const [lastYear, lastMonth] = terms.last.split("-").map(Number);
      const count = 12 * (lastYear - year) + lastMonth - month + 1;
      const edge = (i) => Date.UTC(year, month - 1 + i, 1);
      return { count, at: (i) => ({ dates: [iso(edge(i)), iso(edge(i + 1) - dayMs)] }),
        words: (i) => iso(edge(i)).slice(0, 7) };
    },
    hours: () => ({ count: 24, at: (hour) => ({ hours: ALL_ON.replace(/./g, (_, i) => (i % 24 === hour ? "1" : "0")) }),
      words: (hour) => `${clock(hour)} to ${clock(hour + 1)}, all days` }),
  };
  let timer = null;
  let waiting = null;
  const pace = h("select", { class: "ck-select", "aria-label": "Play through", on: { change: () => { stop(); setUp(); } } },
    (terms.first ? ["weeks", "months", "hours"] : ["hours"]).map((one) =>
      h("option", { value: one }, one === "hours" ? "hours of the day" : one)));
  const slider = h("input", { type: "range", min: 0, value: 0, step: 1, class: "ck-slider", "aria-label": "Position in time",
    on: { input: () => { stop(); show(Number(slider.value)); } } });
  const where = h("span", { class: "ck-caption" });
  const play = h("button", { type: "button", class: "ck-button", "aria-pressed": "false", on: { click: () => toggle() } }, "Play");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let walk = null;
  let isPlaced = false;
  const isAt = (i) => {
    const step = walk.at(i);
    return step.dates ? String(step.dates) === String(state.dates) : step.hours === state.hours;
  };
  const setUp = () => {
    isPlaced = false;
    slider.removeAttribute("aria-valuetext");
    walk = steps[pace.value]();
    slider.max = walk.count - 1;
    slider.value = 0;
    say(where, pace.value === "hours" ? "24 hours, all days" : `${walk.count} ${pace.value}`);
    say(play, still.matches ? "Next step" : "Play");
  };
  const show = (i) => {
    isPlaced = true;
    slider.value = i;
    slider.setAttribute("aria-valuetext", walk.words(i));
    say(where, walk.words(i));
    waiting = state.heard ?? 0;
    choose(walk.at(i));
  };
  const next = () => {
    const i = Number(slider.value);
    if (i + 1 >= walk.count) { stop(); return; }
    show(i + 1);
  };
  const stop = () => {
    clearTimeout(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
    say(play, still.matches ? "Next step" : "Play");
  };
  // The next step comes once the last was counted, so that steps never pile up.
  const tick = () => {
    timer = setTimeout(() => {
      if (!el.isConnected) { stop(); return; }
      if (state.stale || state.heard === waiting) { tick(); return; }
      next();
      if (timer !== null) tick();
    }, STEP_MS);
  };
  const toggle = () => {
    if (timer !== null) { stop(); return; }
    const atEnd = Number(slider.value) + 1 >= walk.count;
    if (still.matches) { if (atEnd) show(0); else next(); return; }
    play.setAttribute("aria-pressed", "true");
    say(play, "Pause");
    show(atEnd ? 0 : Number(slider.value));
    tick();
  };
  listen(still, "change", () => { stop(); });
  const player = h("div", { class: "ck-player", role: "group", "aria-label": "Play through time" },
    h("div", { class: "ck-row" }, play, pace), slider, where);
  const datesPart = part("dates", "Dates", h("div", {},
    h("div", { class: "ck-row" }, calendars[0], h("span", { class: "ck-caption" }, "to"), calendars[1]), oddDates, presets, player), true);
  if (!terms.first) datesPart.node.querySelectorAll(".ck-row:first-child, .ck-presets").forEach((one) => { one.hidden = true; });

  // Hours of the week: a grid of cells; its heads choose a whole day or an hour of all days.
  let hours = ALL_ON;
  let painting = null;
  let sending = null;
  const cells = new Map(); // "day,hour" -> button; -1 for heads
  // The first change goes at once, those that follow it soon every now and then; what is
  // painted goes when the pointer is lifted, as the answer moves the cells beneath it.
  let hoursSent = -SEND_MS;
  let isHeldBack = false;
  const sendHours = () => {
    if (painting) {
      if (!isHeldBack) untaken(1);
      isHeldBack = true;
      return;
    }
    if (isHeldBack) untaken(-1);
    isHeldBack = false;
    if (sending !== null) return;
    const go = () => {
      sending = null;
      hoursSent = performance.now();
      choose({ hours: hours === ALL_ON ? null : hours });
    };
    const wait = hoursSent + SEND_MS - performance.now();
    if (wait <= 0) { go(); return; }
    untaken(1);
    sending = setTimeout(() => { go(); untaken(-1); }, wait);
  };
  const within = (day, hour) => (i) => (day < 0 || Math.floor(i / 24) === day) && (hour < 0 || i % 24 === hour);
  const isOn = (day, hour) => [...hours].every((mark, i) => !within(day, hour)(i) || mark === "1");
  // With the whole week chosen a click means "only this"; what would leave nothing means all.
  const set = (day, hour, on) => {
    const covers = within(day, hour);
    const base = hours === ALL_ON && on !== "add" ? "0".repeat(WEEK) : hours;
    const mark = on === false ? "0" : "1";
    hours = [...base].map((old, i) => (covers(i) ? mark : old)).join("");
    if (!hours.includes("1")) hours = ALL_ON;
    paintHours();
    sendHours();
  };
  // Dragging chooses all between where it began and where it is; heads stand for their whole row or column.
  const between = (from, to, last) => (from < 0 ? [0, last] : [Math.min(from, Math.max(to, 0)), Math.max(from, to)]);
  const paintTo = (day, hour) => {
    const [firstDay, lastDay] = between(painting.from[0], day, 6);
    const [firstHour, lastHour] = between(painting.from[1], hour, 23);
    const covers = (i) => Math.floor(i / 24) >= firstDay && Math.floor(i / 24) <= lastDay && i % 24 >= firstHour && i % 24 <= lastHour;
    hours = [...painting.base].map((old, i) => (covers(i) ? painting.mark : old)).join("");
    if (!hours.includes("1")) hours = ALL_ON;
    paintHours();
    sendHours();
  };
  const press = (day, hour) => {
    const on = hours === ALL_ON ? true : !isOn(day, hour);
    set(day, hour, on);
  };
  const cellName = (day, hour) => (day < 0 && hour < 0 ? "Whole week" : day < 0 ? `${clock(hour)}, all days`
    : hour < 0 ? `${DAY_NAMES[day]}, all hours` : `${DAY_NAMES[day]} ${clock(hour)}`);
  const headText = (day, hour) => (day < 0 && hour < 0 ? "" : day < 0 ? String(hour).padStart(2, "0")
    : hour < 0 ? DAY_NAMES[day].slice(0, 3) : "");
  const cellOf = (day, hour) => {
    const head = day < 0 || hour < 0;
    const button = h("button", { type: "button", tabindex: day < 0 && hour < 0 ? 0 : -1, class: head ? `ck-week-head${day < 0 && hour % 6 ? " ck-between" : ""}` : "ck-week-cell",
      "aria-label": cellName(day, hour), title: cellName(day, hour), "aria-pressed": "true" }, headText(day, hour));
    button.dataset.day = day;
    button.dataset.hour = hour;
    cells.set(`${day},${hour}`, button);
    return h("div", { role: head ? (day < 0 ? "columnheader" : "rowheader") : "gridcell" }, button);
  };
  const grid = h("div", { class: "ck-week", role: "grid", "aria-label": "Hours of the week: arrows move, space chooses" },
    [-1, ...DAY_NAMES.keys()].map((day) => h("div", { role: "row" }, [-1, ...HOURS_OF_DAY].map((hour) => cellOf(day, hour)))));
  const spot = (target) => {
    const button = target?.closest?.(".ck-week button");
    return button && grid.contains(button) ? [Number(button.dataset.day), Number(button.dataset.hour)] : null;
  };
  const focusCell = (day, hour) => {
    for (const one of cells.values()) one.tabIndex = -1;
    const button = cells.get(`${day},${hour}`);
    button.tabIndex = 0;
    button.focus();
  };
  grid.addEventListener("pointerdown", (event) => {
    const at = spot(event.target);
    if (!at || event.button !== 0) return;
    if (event.pointerType === "touch") return; // a tap is a click; a swipe scrolls
    event.preventDefault();
    focusCell(...at);
    const on = hours === ALL_ON || !isOn(...at);
    painting = { from: at, base: hours === ALL_ON ? "0".repeat(WEEK) : hours, mark: on ? "1" : "0", last: at.join() };
    paintTo(...at);
  });
  grid.addEventListener("pointermove", (event) => {
    if (!painting) return;
    const at = spot(document.elementFromPoint(event.clientX, event.clientY));
    if (!at || at.join() === painting.last) return;
    painting.last = at.join();
    paintTo(...at);
  });
  const lift = () => setTimeout(() => {
    painting = null;
    if (isHeldBack) sendHours();
  }, 0);
  listen(window, "pointerup", lift);
  listen(window, "pointercancel", lift);
  grid.addEventListener("click", (event) => {
    const at = spot(event.target);
    if (!at || painting) return; // painted already
    focusCell(...at);
    press(...at);
  });
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  grid.addEventListener("keydown", (event) => {
    const at = spot(event.target);
    if (!at) return;
    const turned = getComputedStyle(grid).gridAutoFlow.startsWith("column");
    let to = null;
    if (MOVES[event.key]) {
      const [down, right] = MOVES[event.key];
      to = turned ? [at[0] + right, at[1] + down] : [at[0] + down, at[1] + right];
    } else if (event.key === "Home") to = [at[0], -1];
    else if (event.key === "End") to = [at[0], 23];
    if (!to) return;
    event.preventDefault();
    to = [Math.min(6, Math.max(-1, to[0])), Math.min(23, Math.max(-1, to[1]))];
    if (event.shiftKey && at[0] >= 0 && at[1] >= 0 && to[0] >= 0 && to[1] >= 0) {
      const on = isOn(...at);
      set(...to, on ? "add" : false);
    }
    focusCell(...to);
  });
  const paintHours = () => {
    for (const [name, button] of cells) {
      const [day, hour] = name.split(",").map(Number);
      button.setAttribute("aria-pressed", String(isOn(day, hour)));
    }
  };
  const hoursPart = part("hours", "Hour of the week", h("div", {}, grid,
    h("p", { class: "ck-caption" }, "An event counts by the share of its time that lies in the chosen hours.")));

  // Categories: a list to tick off, with how many of each are left.
  const checklist = (key, label) => {
    const names = terms[key];
    const boxes = new Map();
    const find = h("input", { type: "search", class: "ck-input", placeholder: `Find among ${names.length}`,
      "aria-label": `Find in ${label.toLowerCase()}`, hidden: names.length <= LONG_LIST,
      on: { input: () => {
        const wanted = find.value.trim().toLowerCase();
        for (const [name, { row }] of boxes) row.hidden = !name.toLowerCase().includes(wanted);
      } } });
    const read = () => {
      const ticked = names.filter((name) => boxes.get(name).box.checked);
      choose({ [key]: ticked.length === names.length ? null : ticked });
    };
    const list = h("ul", { class: "ck-checks ck-tick" }, names.map((name) => {
      const box = h("input", { type: "checkbox", on: { change: read } });
      const count = h("span", { class: "ck-tick-count" });
      const only = h("button", { type: "button", class: "ck-link ck-only", "aria-label": `Only ${name}`,
        on: { click: () => choose({ [key]: [name] }) } }, "only");
      const row = h("li", {}, h("label", {}, box, h("span", {}, name)), only, count);
      boxes.set(name, { box, count, row });
      return row;
    }));
    const unseen = new Set(terms.unseen[key] ?? []);
    const note = h("p", { class: "ck-caption", hidden: !unseen.size }, terms.unseen_words[key]);
    const all = h("button", { type: "button", class: "ck-link", on: { click: () => clear(key) } }, "All");
    const none = h("button", { type: "button", class: "ck-link", on: { click: () => choose({ [key]: [] }) } }, "None");
    const made = part(key, label, h("div", {}, h("div", { class: "ck-row" }, all, none, find), list, note));
    made.node.hidden = !names.length;
    return { ...made, update: () => {
      const chosen = state[key] && new Set(state[key]);
      names.forEach((name, i) => {
        const { box, count } = boxes.get(name);
        box.checked = !chosen || chosen.has(name);
        say(count, unseen.has(name) ? terms.unseen_short[key] : state.counts[key]?.[i] ?? "");
      });
    } };
  };
  const lists = { categories: checklist("categories", "Categories"), call_types: checklist("call_types", "Kinds of calls") };

  // Consent tier.
  const radios = new Map();
  const tiers = h("fieldset", { class: "ck-segments" }, h("legend", {}, "Cameras counted"),
    terms.tiers.map((tier) => {
      const radio = h("input", { type: "radio", name: `${own}-tier`, value: tier.key,
        on: { change: () => choose({ tier: tier.key }) } });
      radios.set(tier.key, radio);
      return h("label", { title: tier.hint }, radio, h("span", {}, tier.label));
    }));
  tiers.hidden = !terms.tiers.length;

  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Filters");
  el.classList.add("ck-filter-panel");
  el.append(h("header", { class: "ck-bar-head" }, h("h2", {}, "Filters"), h("span", { class: "ck-grow" }), clearAll),
    left, empty, chips, told, tiers, areaPart.node, datesPart.node, hoursPart.node,
    lists.categories.node, lists.call_types.node);
  areaPart.node.hidden = !kinds.length;
  fillAreas();
  setUp();

  return (fresh) => {
    state = fresh;
    say(left, state.left.map((one) => one.words).join(", "));
    left.classList.toggle("ck-stale", Boolean(state.stale));
    empty.hidden = !state.empty;
    if (state.empty && empty.dataset.words !== state.empty) {
      empty.replaceChildren(h("p", {}, state.empty),
        h("button", { type: "button", class: "ck-button", on: { click: () => { stop(); forgetDates(); clear("all"); } } }, "Clear the filters"));
    }
    empty.dataset.words = state.empty;
    told.replaceChildren(...state.told.map((words) => h("p", {}, words)));
    clearAll.hidden = Boolean(state.is_start);
    const shown = JSON.stringify(state.chips);
    if (chips.dataset.shown !== shown) {
      chips.dataset.shown = shown;
      const had = chips.contains(document.activeElement);
      chips.replaceChildren(...state.chips.map(({ part: name, words }) => h("li", {},
        h("button", { type: "button", class: "ck-chip", "aria-label": `Clear: ${words}`, title: "Clear",
          on: { click: () => { stop(); clear(name); } } }, h("span", {}, words), h("span", { drawing: ICONS.close, class: "ck-mark" })))));
      if (had) (chips.querySelector("button") ?? areaPart.node.querySelector("input")).focus();
    }
    chips.hidden = !state.chips.length;
    if (state.area && kind.value !== state.area.kind) { kind.value = state.area.kind; fillAreas(); }
    // What is being typed stays, until another area is in force.
    const inForce = JSON.stringify(state.area);
    if (inForce !== areaShown || document.activeElement !== area) {
      areaShown = inForce;
      area.value = state.area ? nameOf([state.area.key, state.area.name]) : "";
      say(unknown, "");
    }
    const datesInForce = JSON.stringify(state.dates);
    if (areOdd && datesInForce !== datesShown) sayOdd();
    if (datesInForce !== datesShown) datesTaken = String(state.dates.map((day) => day ?? null));
    datesShown = datesInForce;
    if (!areOdd) dates.forEach((input, end) => { if (document.activeElement !== input) input.value = state.dates[end] ?? ""; });
    // The player stands where it was only as long as that step is in force.
    if (isPlaced && timer === null && (state.heard ?? 0) >= sent && !isAt(Number(slider.value))) setUp();
    if (!painting && sending === null && (state.heard ?? 0) >= sent) {
      hours = state.hours ?? ALL_ON;
      paintHours();
    }
    for (const one of Object.values(lists)) one.update();
    for (const [key, radio] of radios) radio.checked = key === state.tier;
    const words = Object.fromEntries(state.chips.map((one) => [one.part, one.words]));
    areaPart.say(words.area ?? words.polygon ?? "");
    datesPart.say(words.dates ?? "");
    hoursPart.say(words.hours ?? "");
    lists.categories.say(words.categories ?? "");
    lists.call_types.say(words.call_types ?? "");
  };
});
