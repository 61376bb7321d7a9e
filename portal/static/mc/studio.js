// What the studio gains where scripts run: saved state, a preview that follows, dragging, Ctrl+Z.
(() => {
  "use strict";
  const words = () => document.getElementById("studio-words")?.dataset ?? {};
  const root = document.documentElement;
  root.classList.add("scripts");

  // ── Saved or not ──
  const unsaved = new Set(); // panels with something typed that the server has not taken
  const state = (text, bad) => {
    const line = document.getElementById("saved");
    if (!line || !text) return;
    line.classList.toggle("bad", Boolean(bad));
    line.querySelector("span").textContent = text;
  };
  const panelOf = (element) => element?.closest?.("form.panel");
  document.addEventListener("input", (event) => {
    const panel = panelOf(event.target);
    if (!panel) return;
    unsaved.add(panel.id);
    state(words().unsaved);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (panelOf(event.detail.elt)) state(words().saving);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const panel = panelOf(event.detail.elt);
    if (!panel) return;
    const code = event.detail.xhr.status;
    if (event.detail.successful) {
      unsaved.delete(panel.id);
      if (unsaved.size > 0) state(words().unsaved); // others wait for their turn
    }
    else if (code === 401) state(words().out, true);
    else state(code === 409 ? event.detail.xhr.responseText.trim() : words().failed, true);
  });
  document.addEventListener("htmx:afterSettle", () => {
    mark();
    for (const id of unsaved) if (!document.getElementById(id)) unsaved.delete(id);
  });
  const isHeld = () => unsaved.size > 0 || document.querySelector("form.panel .notes .err, form.panel [name=_mine]");
  window.addEventListener("beforeunload", (event) => {
    if (isHeld()) event.preventDefault();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (panelOf(event.detail.elt) || event.detail.elt.closest("iframe")) return;
    const refused = document.querySelector("form.panel .notes .err, form.panel [name=_mine]");
    if (refused && !window.confirm(words().leave)) event.preventDefault();
  });
  // A field that is refused says so to screen readers too.
  const mark = () => {
    for (const notes of document.querySelectorAll("form.panel .notes")) {
      const field = notes.closest(".field");
      const bad = Boolean(notes.querySelector(".err"));
      for (const input of field?.querySelectorAll("input, select, textarea") ?? []) {
        if (bad) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
      const folded = bad && notes.closest("details");
      if (folded) folded.open = true;
    }
  };

  // After an action the focus is where the work goes on: at the item that was moved, in the one that was added.
  const focusOn = () => {
    const work = document.getElementById("work");
    const wanted = work?.dataset.focus && document.getElementById(work.dataset.focus);
    if (!wanted) return;
    delete work.dataset.focus;
    wanted.focus();
    if (wanted.matches("input[type=text], textarea")) wanted.select();
  };
  document.addEventListener("htmx:afterSettle", focusOn);

  // What an action did is said aloud; the page's own live region outlives the swap.
  document.addEventListener("htmx:afterSwap", () => {
    const done = document.querySelector("#work [data-say] p");
    const say = document.getElementById("say");
    if (done && say) say.textContent = done.textContent;
  });

  // ── The preview follows what is saved, and the step that is edited ──
  const frame = () => document.getElementById("preview");
  const follow = (again) => {
    const wanted = document.getElementById("work")?.dataset.preview;
    const shown = frame();
    if (!shown || !wanted) return;
    const tab = document.getElementById("preview-tab");
    if (tab) tab.href = wanted;
    if (shown.getAttribute("src") !== wanted) shown.setAttribute("src", wanted);
    else if (again) shown.contentWindow.location.reload();
  };
  document.addEventListener("studio:saved", () => follow(true));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "work") return;
    const changed = event.detail.requestConfig?.verb === "post";
    follow(changed);
    if (changed) document.body.dispatchEvent(new Event("studio:changed"));
  });
  const wide = document.querySelector("[data-wide]");
  if (wide) {
    wide.hidden = false;
    wide.addEventListener("click", () => {
      const on = document.getElementById("studio").classList.toggle("wide");
      wide.setAttribute("aria-pressed", String(on));
    });
  }

  // ── Ctrl+Z and Ctrl+Y outside of text fields; inside, they are the browser's ──
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const key = event.key.toLowerCase();
    const id = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!id) return;
    event.preventDefault();
    document.getElementById(id)?.click();
  });

  // ── Dragging in the outline: the same request as the select “Move to …” ──
  let dragged = null;
  const itemAt = (event) => event.target.closest?.("[data-outline] li");
  const clear = () => {
    for (const one of document.querySelectorAll("[data-outline] .before, [data-outline] .behind, [data-outline] .into"))
      one.classList.remove("before", "behind", "into");
  };
  const isStep = (item) => item.dataset.list === "form.steps";
  // Where the dragged item would land: {list, index, mark: [element, class]}.
  const landing = (event) => {
    const over = itemAt(event);
    if (!dragged || !over || over === dragged || dragged.contains(over)) return null;
    if (isStep(dragged)) {
      const step = isStep(over) ? over : over.closest(`li[data-list="form.steps"]`);
      return step === dragged ? null : beside(event, step);
    }
    if (isStep(over)) {
      const inner = over.querySelector(":scope > ol");
      return { list: inner.dataset.list, index: Number(inner.dataset.count), mark: [inner, "into"] };
    }
    return beside(event, over);
  };
  const beside = (event, over) => {
    const link = over.querySelector(":scope > a").getBoundingClientRect();
    const behind = event.clientY > link.top + link.height / 2;
    const others = [...over.parentElement.children].filter((one) => one !== dragged);
    return { list: over.dataset.list, index: others.indexOf(over) + (behind ? 1 : 0), mark: [over, behind ? "behind" : "before"] };
  };
  document.addEventListener("dragstart", (event) => {
    dragged = itemAt(event);
    if (!dragged) return;
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.place);
  });
  document.addEventListener("dragover", (event) => {
    const to = landing(event);
    clear();
    if (!to) return;
    event.preventDefault();
    to.mark[0].classList.add(to.mark[1]);
  });
  document.addEventListener("drop", (event) => {
    const to = landing(event);
    if (!to) return;
    event.preventDefault();
    const form = document.getElementById("drag-form");
    form.elements.place.value = dragged.dataset.place;
    form.elements.to.value = `${to.list}|${to.index}`;
    form.requestSubmit();
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    clear();
  });

  // ── The text of a paper: numbered lines, and ready parts put in where one was writing ──
  let writing = null; // the last text that had the focus
  const numbered = () => {
    for (const text of document.querySelectorAll("textarea[data-source]")) {
      if (!text.parentElement.classList.contains("numbered")) {
        const around = document.createElement("div");
        const lines = document.createElement("pre");
        around.className = "numbered";
        lines.setAttribute("aria-hidden", "true");
        text.before(around);
        around.append(lines, text);
        text.addEventListener("scroll", () => (lines.scrollTop = text.scrollTop));
        text.addEventListener("input", () => count(text));
      }
      count(text);
    }
    for (const button of document.querySelectorAll("[data-insert]")) button.hidden = false;
  };
  const count = (text) => {
    const lines = text.previousElementSibling;
    const wanted = Array.from({ length: text.value.split("\n").length }, (_, at) => at + 1).join("\n");
    if (lines.textContent !== wanted) lines.textContent = wanted;
    lines.style.height = `${text.offsetHeight}px`;
    lines.scrollTop = text.scrollTop;
  };
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("textarea[data-source]")) writing = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-insert]");
    const text = writing?.isConnected ? writing : document.querySelector("textarea[data-source]");
    if (!button || !text) return;
    text.setRangeText(document.getElementById(button.dataset.insert).textContent, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("htmx:afterSettle", numbered);

  numbered();
  mark();
  focusOn();
})();
