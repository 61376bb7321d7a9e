// What the pages gain where scripts run. Nothing here is needed to file a dossier.
(() => {
  "use strict";
  const say = document.getElementById("say");

  const announce = (text, bad) => {
    if (!say || !text) return;
    say.textContent = text;
    say.className = bad ? "toast" : "vh";
  };

  // A page that comes back with errors begins at their summary.
  const focusErrors = (root) => root.querySelector(".errsum")?.focus();

  // A link of the summary leads to the control, or to the first one of its set.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".errsum a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    const control = target.matches("input, select, textarea, button")
      ? target
      : target.querySelector("input:not([type=hidden]), select, textarea");
    if (!control) return;
    event.preventDefault();
    control.focus();
    (control.closest(".field, fieldset") || control).scrollIntoView({ block: "start" });
  });

  // The second click of a double click sends nothing. The button stays enabled: its name must travel.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(release, 8000); // the reader may have stopped the page from loading
  });
  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", release);

  // One menu open at a time; Escape and a click elsewhere close it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelector("details.menu[open] summary")?.focus();
    closeMenus(null);
  });

  // htmx: the progress of an upload, the place of the reader, and trouble on the way.
  const bar = (element) => element.closest("form, .file, .drop, .field")?.querySelector("progress");
  document.addEventListener("htmx:xhr:progress", (event) => {
    const progress = bar(event.target);
    if (!progress || !event.detail.lengthComputable) return;
    progress.hidden = false;
    progress.max = event.detail.total;
    progress.value = event.detail.loaded;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("input[type=file]")) announce(say?.dataset.sending);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.elt?.matches?.("input[type=file]")) announce(say?.dataset.sent);
    focusErrors(event.target);
  });
  document.addEventListener("htmx:sendError", () => announce(say?.dataset.unsent, true));
  document.addEventListener("htmx:responseError", () => announce(say?.dataset.failed, true));
  document.addEventListener("htmx:afterRequest", (event) => {
    const progress = bar(event.target);
    if (progress) progress.hidden = true;
    if (event.detail.successful && say?.className === "toast") announce(" ");
  });

  // What is answered while a step is being asked again is newer than what was sent: it outlives the swap.
  const given = (root) => {
    const found = new Map();
    for (const one of root.querySelectorAll("[name]:not([type=hidden]):not([type=file])")) {
      const ticks = one.type === "radio" || one.type === "checkbox";
      const values = found.get(one.name) || [];
      found.set(one.name, ticks && !one.checked ? values : [...values, one.value]);
    }
    return found;
  };
  const give = (one, values) => {
    if (one.type === "radio" || one.type === "checkbox") one.checked = values.includes(one.value);
    else one.value = values[0];
  };
  let sent = new Map();
  let newer = [];
  document.addEventListener("htmx:beforeRequest", (event) => {
    sent = given(event.detail.target);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    newer = [...given(event.detail.target)].filter(([name, now]) => `${now}` !== `${sent.get(name) ?? now}`);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    let asksAgain = null;
    for (const [name, values] of newer)
      for (const one of event.detail.target.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        give(one, values);
        if (one.hasAttribute("hx-post")) asksAgain = one;
      }
    newer = [];
    asksAgain?.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // A printed page opens everything that is folded away.
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("main details:not([open])")) details.open = true;
  });

  focusErrors(document);
})();
