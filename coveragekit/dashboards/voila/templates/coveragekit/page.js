// The frame of every dashboard: what is being done while it opens, a plain sentence
// where it could not be opened, and the watch over its engine while it is open.
(() => {
  const SLOW_MS = 1000;
  const GIVE_UP_MS = 60000;
  const BEAT_MS = 10000;
  const MISSES = 2;
  const words = document.getElementById("loading_text");
  const opened = performance.now();
  let said = "Opening the page";
  const speak = () => { if (words && words.textContent !== said) words.textContent = said; };
  // What is quick needs no words; what is slow says what it does.
  const slow = setTimeout(speak, SLOW_MS);
  window.ck_progress = (text) => {
    said = String(text);
    if (performance.now() - opened > SLOW_MS) speak();
  };
  window.update_loading_text = window.voila_process = window.voila_heartbeat = () => {};

  const drop = () => {
    clearTimeout(slow);
    document.getElementById("loading")?.remove();
  };
  const config = () => {
    try {
      return JSON.parse(document.getElementById("jupyter-config-data").textContent);
    } catch (missing) { return {}; }
  };
  const make = (name, text) => {
    const node = document.createElement(name);
    node.textContent = text;
    return node;
  };
  const reloader = () => {
    const button = make("button", "Reload");
    button.type = "button";
    button.addEventListener("click", () => location.reload());
    return button;
  };

  // Where a cell failed there is nothing to draw, and half a page would say nothing.
  const failed = () => {
    drop();
    if (document.querySelector("[data-ck-ready]")) return;
    const kernel = String(config().kernelId ?? "").replaceAll("-", "").slice(0, 6);
    const part = make("div", "");
    part.className = "ck-plain";
    part.setAttribute("role", "alert");
    part.dataset.ckReady = "yes";
    part.append(make("p", "The page could not be opened. Load it again, or tell who runs " +
      `the server. Reference ${kernel.toUpperCase() || "unknown"}.`), reloader());
    document.body.append(part);
  };

  window.display_cells = window.voila_finish = () => {
    const cells = document.getElementById("rendered_cells");
    if (cells) cells.style.display = "";
    if (!document.getElementById("loading")) return;
    const views = 'script[type="application/vnd.jupyter.widget-view+json"], .ck-app';
    const outputs = [...document.querySelectorAll(
      'script[type="application/vnd.voila.cell-output+json"]')];
    const drawn = outputs.some((one) => one.textContent.includes("widget-view"));
    if (!document.querySelector(views) && !drawn) { failed(); return; }
    window.ck_progress("Drawing the map");
    const watch = new MutationObserver(() => {
      if (document.querySelector("[data-ck-ready]")) {
        watch.disconnect(); clearTimeout(late); drop(); begin();
      }
    });
    const late = setTimeout(() => { watch.disconnect(); failed(); }, GIVE_UP_MS);
    watch.observe(document.body, { subtree: true, childList: true, attributes: true,
      attributeFilter: ["data-ck-ready"] });
  };

  // The server is asked, not the kernel: one that is busy drawing is not lost.
  const banner = (name, text, ...buttons) => {
    if (document.getElementById(name)) return;
    const bar = make("div", "");
    bar.id = name;
    bar.className = "ck-frame-banner";
    bar.setAttribute("role", "alert");
    // Empty first: a screen reader speaks what comes into an alert, not what was there.
    (document.querySelector(".ck-banners") ?? document.body).append(bar);
    requestAnimationFrame(() => bar.append(make("span", text), reloader(), ...buttons));
  };
  const clock = (time) => time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit",
    hourCycle: "h23" });
  const lost = (since) => {
    document.getElementById("ck-stale")?.remove(); // one thing at a time, the worse one
    banner("ck-lost", `Connection lost since ${clock(since)}. What is shown stays, but ` +
      "nothing on it will change any more.");
  };

  // Told by the page itself, which knows its build, or by what the server says.
  let wasClosed = false;
  const closer = () => {
    const button = make("button", "Close");
    button.type = "button";
    button.addEventListener("click", () => {
      wasClosed = true;
      document.getElementById("ck-stale")?.remove();
    });
    return button;
  };
  const stale = () => {
    if (wasClosed || document.getElementById("ck-lost")) return;
    banner("ck-stale", "This study has been built again since the page was opened. What you " +
      "see is of the former build; reload it before you explain, export or print.", closer());
  };
  window.ck_stale = stale;

  function begin() {
    const { kernelId, baseUrl } = config();
    if (!kernelId) return;
    const address = `${baseUrl}coveragekit/alive/${kernelId}`;
    let build = null;
    let latest = null;
    let heard = new Date();
    let misses = 0;
    let timer = null;
    const beat = async () => {
      clearTimeout(timer);
      try {
        const answer = await fetch(address, { redirect: "manual", cache: "no-store",
          signal: AbortSignal.timeout(BEAT_MS) });
        const told = answer.ok ? await answer.json() : { alive: false };
        if (!told.alive) { lost(heard); return; } // for good: nothing brings it back
        heard = new Date();
        misses = 0;
        document.getElementById("ck-lost")?.remove();
        build ??= told.build;
        latest ??= told.build;
        if (told.build !== latest) wasClosed = false; // yet another one
        latest = told.build;
        if (latest !== build) stale();
      } catch (silence) {
        misses += 1;
        if (misses >= MISSES) lost(heard);
      }
      timer = setTimeout(beat, BEAT_MS);
    };
    document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
    window.addEventListener("online", beat);
    beat();
  }
})();
