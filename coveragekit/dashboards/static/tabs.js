// On a narrow screen the rails become one sheet; these are its tabs.
export default component(({ el, listen }) => {
  const buttons = new Map();
  // Each tab of the sheet keeps its place; what was just asked for is shown from its top.
  const tops = new Map();
  let current = "numbers";
  const choose = (name, fresh = false) => {
    const app = appOf(el);
    if (!app || !buttons.has(name)) return;
    const sheet = app.querySelector(".ck-right");
    if (name !== current && sheet) tops.set(current, sheet.scrollTop);
    app.dataset.tab = name;
    if (sheet && getComputedStyle(el).display !== "none") sheet.scrollTop = fresh ? 0 : tops.get(name) ?? 0;
    current = name;
    for (const [key, button] of buttons) {
      button.setAttribute("aria-pressed", String(key === name));
    }
  };
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Parts of the page");
  requestAnimationFrame(() => {
    const app = appOf(el);
    if (app) listen(app, "ck-tab", (event) => choose(event.detail, true));
  });
  return (state) => {
    if (buttons.size) return;
    for (const [key, label] of state.tabs) {
      const button = h("button", { type: "button", "aria-pressed": String(key === "numbers"),
        on: { click: () => choose(key) } }, label);
      buttons.set(key, button);
      el.append(button);
    }
  };
});
