// Shared by every component: elements whose texts are texts, never markup.
const h = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "on") {
      for (const [type, handler] of Object.entries(value)) node.addEventListener(type, handler);
    } else if (key === "drawing") node.innerHTML = value; // a symbol that the package draws
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
};

const say = (node, text) => {
  const words = text ?? "";
  if (node.textContent !== words) node.textContent = words;
};

const icon = (path) =>
  `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false" fill="none"
    stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${path}</svg>`;

const ICONS = {
  left: icon('<rect x="2.5" y="3.5" width="15" height="13" rx="2"/><path d="M8 3.5v13"/>'),
  right: icon('<rect x="2.5" y="3.5" width="15" height="13" rx="2"/><path d="M12 3.5v13"/>'),
  moon: icon('<path d="M16.5 11.8A7 7 0 1 1 8.2 3.5a5.6 5.6 0 0 0 8.3 8.3Z"/>'),
  sun: icon('<circle cx="10" cy="10" r="3.4"/><path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4"/>'),
  help: icon('<circle cx="10" cy="10" r="7.5"/><path d="M7.8 7.9a2.3 2.3 0 1 1 3.3 2.1c-.8.4-1.1.8-1.1 1.6M10 14.2v.1"/>'),
  info: icon('<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5M10 6.2v.1"/>'),
  close: icon('<path d="M5 5l10 10M15 5L5 15"/>'),
  find: icon('<circle cx="8.7" cy="8.7" r="5.2"/><path d="M12.6 12.6 17 17"/>'),
  link: icon('<path d="M8.4 11.6a3 3 0 0 0 4.4.2l2.6-2.6a3 3 0 0 0-4.3-4.3L9.9 6.1M11.6 8.4a3 3 0 0 0-4.4-.2l-2.6 2.6a3 3 0 0 0 4.3 4.3l1.2-1.2"/>'),
  explain: icon('<path d="M10 17s5.5-4.6 5.5-8.8a5.5 5.5 0 0 0-11 0C4.5 12.4 10 17 10 17Z"/><path d="M10 6v.1M10 8.3v3"/>'),
  draw: icon('<path d="M4 6.5 11 3l5.5 5-3 8-8-1.5Z"/><circle cx="4" cy="6.5" r="1.3"/><circle cx="11" cy="3" r="1.3"/><circle cx="13.5" cy="16" r="1.3"/>'),
  whatif: icon('<path d="M3 7.5h8v6H3zM11 9.5l5-2.5v7l-5-2.5M6.5 4v3.5M5 4h3"/>'),
  compare: icon('<rect x="2.5" y="4" width="15" height="12" rx="1.5"/><path d="M10 2v16M5.5 8v4M14.5 8v4"/>'),
  whole: icon('<path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"/>'),
  calendar: icon('<rect x="3" y="4.5" width="14" height="12.5" rx="1.5"/><path d="M3 8.5h14M7 2.5v4M13 2.5v4"/>'),
  undo: icon('<path d="M7 4 3.5 7.5 7 11"/><path d="M4 7.5h7.5a4.5 4.5 0 0 1 0 9H8"/>'),
};

// A finger taps what a mouse clicks.
const HAS_FINGER = matchMedia("(pointer: coarse)");
const sayHow = (node, text) => say(node, HAS_FINGER.matches
  ? (text ?? "").replaceAll("Click", "Tap").replaceAll("click", "tap") : text);

const iconButton = (drawing, label, handler, extra = {}) =>
  h("button", { type: "button", class: "ck-icon-button", "aria-label": label, title: label,
    drawing, on: { click: handler }, ...extra });

// A basis is read sentence by sentence; Escape closes it.
const sayBasis = (node, text) => {
  if (node.dataset.said === text) return;
  node.dataset.said = text ?? "";
  node.replaceChildren(...(text ?? "").split(/(?<=\.) (?=[A-Z])/).filter(Boolean)
    .map((one) => h("span", { class: "ck-sentence-line" }, one)));
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".ck-basis:not([hidden])")) {
    open.hidden = true;
    document.querySelector(`[aria-controls="${open.id}"]`)?.setAttribute("aria-expanded", "false");
  }
});

// The basis of a part, behind an (i); without words there is neither.
let basesMade = 0;
const basisOf = (label) => {
  const id = `ck-basis-${basesMade += 1}-${Math.random().toString(36).slice(2)}`;
  const words = h("p", { class: "ck-basis", hidden: true, id });
  const info = iconButton(ICONS.info, `Basis of: ${label}`, () => {
    words.hidden = !words.hidden;
    info.setAttribute("aria-expanded", String(!words.hidden));
  }, { "aria-expanded": "false", "aria-controls": id });
  info.classList.add("ck-info");
  const update = (text) => {
    sayBasis(words, text);
    info.hidden = !text;
    if (!text) { words.hidden = true; info.setAttribute("aria-expanded", "false"); }
  };
  return { info, words, update };
};

// Selectors of what the numbers are of.
const choosers = (send) => {
  const node = h("span", { class: "ck-choices", role: "group", "aria-label": "What the numbers are of" });
  const selects = new Map();
  const chosen = () => Object.fromEntries([...selects].map(([key, select]) => [key, select.value]));
  const update = (choices) => {
    for (const { key, label, hint, value, options } of choices) {
      let select = selects.get(key);
      if (!select) {
        select = h("select", { class: "ck-select", "aria-label": label, title: hint,
          on: { change: () => send("basis", chosen()) } },
        options.map((option) => h("option", { value: option.key }, option.label)));
        selects.set(key, select);
        node.append(select);
      }
      if (select.value !== value) select.value = value;
    }
  };
  return { node, update };
};

// A figure and its interval part before the bracket, and nowhere else.
const cellParts = (text) => (text.length > 18 ? text
  : text.split(/ (?=\()/).flatMap((part) => [" ", h("span", { class: "ck-whole" }, part)]));
const smallTable = ({ caption, head, rows, notes = [] }) => h("table", { class: "ck-small-table" },
  h("caption", {}, caption),
  h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cellParts(cell))))),
  h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {},
    h("th", { scope: "row" }, first), rest.map((cell, i) => h("td",
      // The last cell of a short row takes the room that is left.
      { colspan: i === rest.length - 1 && i < head.length - 2 ? head.length - 1 - i : null }, cellParts(cell)))))),
  notes.length ? h("tfoot", {}, h("tr", {}, h("td", { colspan: head.length },
    notes.map((note) => h("p", {}, note))))) : null);

const appOf = (el) => el.closest(".ck-app");

// Leaflet measures its box again when the window says it has changed.
const resized = () => requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));

const showTab = (el, name) =>
  appOf(el)?.dispatchEvent(new CustomEvent("ck-tab", { detail: name }));

// To the top of its rail, below the live pictures that stay in sight there, and the page
// around it stays where it is.
const scrollRail = (el) => {
  const rail = el.closest(".ck-right");
  if (!rail) return;
  const dock = rail.querySelector(".ck-dock");
  const stays = dock && !dock.contains(el) && getComputedStyle(dock).position === "sticky";
  const top = rail.getBoundingClientRect().top + (stays ? dock.offsetHeight : 0);
  rail.scrollTop += el.getBoundingClientRect().top - top;
};

const typing = (event) => event.target.matches?.(
  'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"]');

// build(tools) draws once and gives the function that brings a new state onto the page.
const component = (build) => ({
  render({ model, el }) {
    const stops = [];
    const listen = (target, type, handler, early = false) => {
      target.addEventListener(type, handler, early);
      stops.push(() => target.removeEventListener(type, handler, early));
    };
    const send = (event, rest = {}) => model.send({ event, ...rest }, whenTaken());
    const update = build({ model, el, send, listen });
    const refresh = () => update(model.get("state"));
    model.on("change:state", refresh);
    refresh();
    return () => {
      model.off("change:state", refresh);
      stops.forEach((stop) => stop());
    };
  },
});
