// The skeleton stays until the app has drawn itself, or until there is none to wait for.
(() => {
  const words = document.getElementById("loading_text");
  const slow = setTimeout(() => { words.textContent = "Reading the study"; }, 1000);
  window.update_loading_text = window.voila_process = () => {};
  const drop = () => {
    clearTimeout(slow);
    document.getElementById("loading")?.remove();
  };
  window.display_cells = window.voila_finish = () => {
    const cells = document.getElementById("rendered_cells");
    if (cells) cells.style.display = "";
    if (!document.getElementById("loading")) return;
    const views = 'script[type="application/vnd.jupyter.widget-view+json"], .ck-app';
    const outputs = 'script[type="application/vnd.voila.cell-output+json"]';
    if (!document.querySelector(`${views}, ${outputs}`)) { drop(); return; }
    words.textContent = "Drawing the map";
    const watch = new MutationObserver(() => {
      if (document.querySelector("[data-ck-ready]")) { watch.disconnect(); drop(); }
    });
    watch.observe(document.body, { subtree: true, childList: true, attributes: true,
      attributeFilter: ["data-ck-ready"] });
    setTimeout(() => { watch.disconnect(); drop(); }, 60000);
  };
})();
