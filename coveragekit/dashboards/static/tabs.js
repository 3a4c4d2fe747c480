// On a narrow screen the rails become one sheet; these are its tabs.
export default component(({ el, listen }) => {
  const buttons = new Map();
  const choose = (name, focus = false) => {
    const app = appOf(el);
    if (!app || !buttons.has(name)) return;
    app.dataset.tab = name;
    for (const [key, button] of buttons) {
      button.setAttribute("aria-pressed", String(key === name));
    }
    if (focus) buttons.get(name).focus();
  };
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Parts of the page");
  requestAnimationFrame(() => {
    const app = appOf(el);
    if (app) listen(app, "ck-tab", (event) => choose(event.detail));
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
