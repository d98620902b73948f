// Small enhancements for the console. Every page works without this file; what needs it is hidden until it runs.
// Attributes say what an element does (data-…), so that pages need no script of their own.
"use strict";

(() => {
  const on = (type, selector, handle) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element && event.target.closest(selector);
      if (element) handle(element, event);
    });

  const each = (selector, handle) => document.querySelectorAll(selector).forEach(handle);

  // Screen readers hear what is written into #live.
  const live = document.getElementById("live");
  const announce = (text) => {
    if (text && live.textContent !== text) live.textContent = text;
  };

  // A toast is an announcement that is seen, too, for a moment.
  let toastEnds = 0;
  const toast = (text) => {
    clearTimeout(toastEnds);
    live.textContent = text;
    live.className = "toast";
    toastEnds = setTimeout(() => { live.className = "sr"; live.textContent = ""; }, 5000);
  };

  // ---- copy buttons: shown where the browser can copy -------------------------------------------------------------

  const showCopyButtons = () => {
    if (navigator.clipboard) each("[data-copy][hidden]", (button) => { button.hidden = false; });
  };

  on("click", "[data-copy]", async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast("Copied.");
    } catch {
      toast("The browser didn’t allow copying.");
    }
  });

  // ---- selection: a form with data-selection owns the boxes and the buttons of a table -----------------------------

  const boxesOf = (form) => [...form.elements].filter((element) => element.name === "id" && element.type === "checkbox");

  const fits = (needs, count) => (needs === "one" ? count === 1 : count > 0);

  const updateSelection = (form) => {
    const boxes = boxesOf(form);
    const count = boxes.filter((box) => box.checked).length;
    for (const button of form.elements) {
      if (button.dataset.needs) button.setAttribute("aria-disabled", String(!fits(button.dataset.needs, count)));
    }
    const id = form.getAttribute("id"); // form.id would be the box that is named "id"
    each(`[data-select-all="${id}"]`, (label) => {
      const all = label.querySelector("input");
      label.hidden = boxes.length === 0;
      all.checked = boxes.length > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    });
    updateCounter(id, count);
  };

  // Another page, order or filter shows other rows, some of them in the elements of the old ones: nothing stays
  // selected. A refresh of the same rows keeps the selection.
  const clearSelection = (list) => {
    list.querySelectorAll(".sel input").forEach((box) => { box.checked = box.defaultChecked; });
  };

  // The counter of the list reads (12), or (1/12) once something is selected.
  const updateCounter = (id, count) => {
    const counter = document.querySelector(`[data-counter="${id}"]`);
    if (counter) counter.textContent = count > 0 ? `(${count}/${counter.dataset.total})` : `(${counter.dataset.total})`;
  };

  on("change", "[data-select-all] input", (all) => {
    const form = document.getElementById(all.closest("[data-select-all]").dataset.selectAll);
    boxesOf(form).forEach((box) => { box.checked = all.checked; });
    updateSelection(form);
  });

  on("change", "input[name=id][form]", (box) => {
    if (box.form && box.form.matches("[data-selection]")) updateSelection(box.form);
  });

  on("click", "[aria-disabled=true]", (button, event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (button.dataset.refusal) toast(button.dataset.refusal);
  });

  // ---- forms ---------------------------------------------------------------------------------------------------------

  // The S3 path follows the name while it is typed.
  on("input", "input, textarea", (input) => {
    each(`[data-mirror="${CSS.escape(input.id)}"]`, (mirror) => {
      mirror.textContent = input.value.trim().normalize("NFC") || mirror.dataset.empty;
    });
    updateConfirm(input.form);
  });

  // Delete stays refused until the word is typed.
  const updateConfirm = (form) => {
    const button = form && form.querySelector("[data-confirm]");
    if (!button) return;
    const typed = form.elements.confirm.value.trim().toLowerCase();
    button.setAttribute("aria-disabled", String(typed !== button.dataset.confirm));
  };

  // Typed changes are not lost by a wrong click: a link of the page asks in a dialog (see below), anything else that
  // leaves in one of the browser.
  let dirty = document.querySelector("form[data-guard=typed]") !== null;
  on("input", "form[data-guard] *", () => { dirty = true; });
  on("submit", "form[data-guard]", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // ---- a form that was refused: what is changed then is checked when it is left --------------------------------------

  const copyAttributes = (from, to, names) => {
    for (const name of names) {
      if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
      else to.removeAttribute(name);
    }
  };

  // A field takes over its message from the same field of a checked page; nothing that can be typed into is replaced.
  const takeOverError = (scope, checked) => {
    const old = scope.querySelector(".errtext"), now = checked.querySelector(".errtext");
    if (old && now) old.replaceWith(now);
    else if (old) old.remove();
    else if (now) (scope.querySelector(".input") || scope.lastElementChild).after(now);
    for (const control of scope.querySelectorAll("input, select, textarea")) {
      const twin = control.id && checked.querySelector(`#${CSS.escape(control.id)}`);
      if (twin) copyAttributes(twin, control, ["aria-invalid", "aria-describedby"]);
    }
    if (now) announce(now.textContent.trim());
  };

  const scopeOf = (control) => control && control.closest(".field, fieldset");

  let checks = 0;
  const check = async (control) => {
    const turn = ++checks;
    const fields = new URLSearchParams(new FormData(control.form));
    fields.set("intent", "check");
    // As a part of a page the answer takes no message away that waits for the next one.
    const headers = { "HX-Request": "true" };
    const answer = await fetch(control.form.getAttribute("action"), { method: "POST", body: fields, headers }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const scope = scopeOf(control), checked = scopeOf(page.getElementById(control.id));
    if (!scope || !checked || !scope.isConnected) return;
    takeOverError(scope, checked);
    if (turn !== checks) return; // the summary is that of the last one asked for
    const old = document.getElementById("form-error"), now = page.getElementById("form-error");
    if (!now) old?.remove();
    else if (old) old.replaceChildren(...now.childNodes);
  };

  // The rows of tags may move meanwhile.
  on("change", "form[data-check] :is(input, select, textarea)", (control) => {
    if (document.getElementById("form-error") && control.id && !control.id.startsWith("tag_")) check(control);
  });

  // ---- license type: rules of other types are hidden and not sent, and the number names its unit ----------------------

  // A rule that is wrong stays, so that its message does.
  const updateLicenseType = () => {
    const type = document.querySelector("[name=counting_type]:checked");
    if (!type) return;
    each("[data-types]", (rule) => {
      rule.hidden = !rule.dataset.types.split(" ").includes(type.value) && !rule.querySelector("[aria-invalid]");
      rule.disabled = rule.hidden;
    });
    const unit = type.closest(".tile").querySelector(".t").textContent.replace(/^[A-Z]/, (c) => c.toLowerCase());
    const label = document.querySelector("label[for=license_count]").firstChild;
    label.textContent = label.textContent.replace(/\S+\s*$/, `${unit} `);
  };

  on("change", "[name=counting_type]", updateLicenseType);

  // ---- dialogs: Esc and Cancel close one that was opened over its page, or follow its link ----------------------------

  let opener = null;

  const closeDialog = () => {
    document.getElementById("dialog").replaceChildren();
    document.getElementById("console").inert = false;
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  };

  // The dialog about selected rows opens over their table, which keeps the selection.
  on("submit", "form[data-selection]", (form, event) => {
    const button = event.submitter;
    if (!window.htmx || !button || !button.dataset.dialog) return;
    event.preventDefault();
    const ids = boxesOf(form).filter((box) => box.checked).map((box) => ["id", box.value]);
    htmx.ajax("GET", `${button.dataset.dialog}?${new URLSearchParams(ids)}`, { source: button, target: "#dialog", swap: "innerHTML", push: "false" });
  });

  const openedHere = (element) => Boolean(element.closest("#dialog"));

  on("click", "[data-close]", (link, event) => {
    if (!openedHere(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    closeDialog();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const cancel = document.querySelector("[role=dialog] [data-cancel]");
    if (cancel) cancel.click();
  });

  const dialogOpened = (dialog, link) => {
    opener = link;
    document.getElementById("console").inert = true;
    dialog.querySelector("[data-cancel]").focus();
    updateConfirm(dialog.querySelector("form"));
  };

  const isWithinPage = (link) => link.hash && link.pathname === location.pathname && link.search === location.search;

  on("click", "a[href]", (link, event) => {
    const leave = document.getElementById("leave");
    if (!dirty || !leave || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.download || openedHere(link) || link.matches("[data-dismiss]") || isWithinPage(link)) return;
    event.preventDefault();
    const dialog = document.getElementById("dialog");
    dialog.replaceChildren(leave.content.cloneNode(true));
    dialog.querySelector("[data-leave]").href = link.href;
    dialogOpened(dialog, link);
  });

  on("click", "[data-leave]", () => { dirty = false; });

  // ---- flashes ----------------------------------------------------------------------------------------------------------

  on("click", "[data-dismiss]", (link, event) => {
    event.preventDefault();
    const bar = link.closest(".flashbar");
    link.closest(".flash").remove();
    if (!bar.querySelector(".flash")) bar.remove();
    document.getElementById("main").focus({ preventScroll: true });
  });

  // ---- time zone: the browser's is offered to whoever has not chosen one ---------------------------------------------

  const offerZone = () => {
    const offer = document.getElementById("zone-offer");
    if (!offer || -new Date().getTimezoneOffset() === Number(offer.dataset.offset)) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone; // takes the browser long the first time
    if (!zone) return;
    offer.querySelector("strong").textContent = zone.replaceAll("_", " ");
    offer.querySelector("[data-zone]").value = zone;
    offer.hidden = false;
  };

  offerZone();

  // ---- color mode: at once, and kept by the same form as without JavaScript -------------------------------------------

  on("submit", "#color-mode", (form, event) => {
    const mode = event.submitter && event.submitter.value;
    if (!mode) return;
    event.preventDefault();
    const body = new URLSearchParams({ mode, next: form.elements.next.value });
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
    document.documentElement.toggleAttribute("data-theme", mode !== "system");
    if (mode !== "system") document.documentElement.dataset.theme = mode;
    document.querySelector("meta[name=color-scheme]").content = mode === "system" ? "light dark" : mode;
    form.querySelectorAll("[name=mode]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === mode)));
    form.hidePopover();
  });

  // ---- a page, or a part of it that htmx has replaced -------------------------------------------------------------------

  const prepare = () => {
    showCopyButtons();
    each("form[data-selection]", updateSelection);
    each("form:has([data-confirm])", updateConfirm);
    updateLicenseType();
  };

  // What is not filtered stays out of the URL.
  document.addEventListener("htmx.config.request", ({ detail: { ctx } }) => {
    const { method, body } = ctx.request;
    if (method !== "GET" || !(body instanceof FormData)) return;
    for (const [name, value] of [...body]) if (value === "") body.delete(name);
  });

  // An error, or the sign-in page once the session is over, is a page of its own and not a part of this one.
  // A poll that fails leaves what is shown as it is.
  document.addEventListener("htmx.before.swap", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    if (response.raw.ok && !response.raw.redirected) return;
    event.preventDefault();
    if (response.raw.redirected) location.reload();
    else if (!sourceElement.matches("[data-hx-trigger^=every]")) location.assign(response.raw.url);
  });

  // htmx names its events with the metaCharacter of its configuration.
  document.addEventListener("htmx.after.swap", ({ detail: { ctx } }) => {
    if (ctx.target.id === "tags") dirty = true;
    if (ctx.target.id === "dialog") dialogOpened(ctx.target, ctx.sourceElement);
    if (ctx.target.id === "list" && ctx.push === "true") clearSelection(ctx.target);
    prepare();
    announce(document.querySelector("[data-announce]")?.textContent);
  });

  prepare();
})();
