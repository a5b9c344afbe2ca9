// What the pages need of their own: changes that come in, a sheet for forms, the film's slider, a pen. Everything
// also works without: links open pages, forms are sent, a reload shows what is new.
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;

  // --- changes: one stream for the page; closed while nobody looks, resumed where it was left

  const place = $("[data-live]");
  let source = null;
  let seen = null;

  function listen() {
    if (!place || source) return;
    const address = new URL(place.dataset.live, location.href);
    if (seen !== null) address.searchParams.set("after", seen);
    source = new EventSource(address);
    source.onopen = () => online(true);
    source.onerror = () => { online(false); if (source.readyState === EventSource.CLOSED) { rest(); setTimeout(listen, 2000); } };
    source.addEventListener("change", (message) => { seen = message.lastEventId; change(JSON.parse(message.data), message.lastEventId); });
    source.addEventListener("reset", () => load());
  }

  function rest() {
    if (source) source.close();
    source = null;
  }

  function online(is) {
    const light = $(".live");
    if (!light || light.classList.contains("off") === !is) return;
    light.classList.toggle("off", !is);
    light.textContent = is ? light.dataset.on : light.dataset.off;
  }

  function change(told, position) {
    for (const [name, rows] of Object.entries(told.boards)) {
      const board = $(`[data-board="${CSS.escape(name)}"]`);
      if (!board) continue;
      if (rows === null || "more" in board.dataset || board.classList.contains("whole")) load();
      else rows.forEach(([key, html]) => put(board, key, html));
      recount(board);
    }
    if (told.topics.length) load();
    root.dataset.position = position;
  }

  function put(board, key, html) {
    const old = document.getElementById(key);
    if (html === null) { if (old) old.remove(); return; }
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const row = holder.content.firstElementChild;
    const list = row.dataset.lane === undefined ? $("[data-rows]", board) : $(`[data-rows][data-lane="${CSS.escape(row.dataset.lane)}"]`, board);
    if (!list) { if (old) old.remove(); return; }
    const focused = old && old.contains(document.activeElement);
    if (old) old.remove();
    row.classList.add("came");
    list.insertBefore(row, [...list.children].find((each) => before(row, each)) || null);
    if (focused) ($("a, button", row) || row).focus();
    tick(row);
  }

  function before(one, other) {
    const [a, b] = [JSON.parse(one.dataset.order), JSON.parse(other.dataset.order)];
    const at = a.findIndex((value, index) => value !== b[index]);
    if (at < 0) return false;
    return ($("[data-newest]") !== null) === (a[at] > b[at]);
  }

  function recount(board) {
    const lists = $$("[data-rows]", board);
    const total = lists.reduce((sum, list) => sum + list.children.length, 0);
    const shown = $("[data-count]", board);
    if (shown && !("more" in board.dataset)) shown.textContent = total;
    lists.forEach((list) => { const count = $(`[data-lane-count="${CSS.escape(list.dataset.lane || "")}"]`, board); if (count) count.textContent = list.children.length; });
    const nothing = $(".nothing", board);
    if (nothing) nothing.hidden = total > 0;
  }

  // --- the page's middle anew: at most every second, and never under somebody's hands

  let loading = null;

  function load() {
    if (loading || !place) return;
    loading = setTimeout(async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
      loading = null;
      if (!answer || !answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, now] = [$("#main"), $("#main", fresh)];
      if (!now || old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
      old.replaceChildren(...now.childNodes);
      start(old);
      document.dispatchEvent(new CustomEvent("fresh"));
    }, 400);
  }

  // --- times that run

  const words = new Intl.RelativeTimeFormat(root.lang, { numeric: "always" });
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  function away(seconds) {
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size * 1.5) || UNITS[3];
    const number = Math.round(seconds / size);
    if (seconds >= 0) return words.format(number, unit);
    const length = new Intl.NumberFormat(root.lang, { style: "unit", unit, unitDisplay: "long" }).format(-number);
    return root.dataset.over.replace("{length}", length);
  }

  function tick(within = document) {
    $$("[data-due]", within).forEach((each) => {
      const seconds = (new Date(each.dateTime) - Date.now()) / 1000;
      const state = seconds < 0 ? "over" : seconds < 1800 ? "soon" : "far";
      each.className = `due ${state}`;
      $("b", each).textContent = away(seconds);
    });
  }

  // --- a sheet over the page for forms

  const sheet = $("dialog.sheet");

  async function open(address) {
    const answer = await fetch(address, { headers: { "X-Part": "1", Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { location.href = answer.url; return; }
    lay(await answer.text());
  }

  function lay(html) {
    sheet.innerHTML = html;
    if (!sheet.open) sheet.showModal();
    $$("[data-drawing]", sheet).forEach(pen);
    ($("[role=alert]", sheet) || $("input:not([type=hidden]), select, textarea", sheet) || sheet).focus();
  }

  async function send(form) {
    const buttons = $$("button", form);
    buttons.forEach((each) => { each.disabled = true; });
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "1", Accept: "text/html" } }).catch(() => null);
    buttons.forEach((each) => { each.disabled = false; });
    if (!answer) { online(false); return; }
    if (!answer.redirected) { lay(await answer.text()); return; }
    sheet.close();
    if (new URL(answer.url).pathname !== location.pathname || !place) location.href = answer.url;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && "sheet" in link.dataset && !event.metaKey && !event.ctrlKey) { event.preventDefault(); open(link.href); }
    if (link && "cancel" in link.dataset && sheet.open) { event.preventDefault(); sheet.close(); }
  });
  document.addEventListener("submit", (event) => {
    if (sheet.contains(event.target)) { event.preventDefault(); send(event.target); }
  });
  document.addEventListener("change", (event) => { if ("submit" in event.target.dataset) event.target.form.requestSubmit(); });

  // --- a pen: what is drawn becomes the path of the signature

  function pen(field) {
    const [pad, path, input] = [$("svg", field), $("path", field), $("input", field)];
    let drawing = false;
    const at = (event) => {
      const box = pad.getBoundingClientRect();
      return `${Math.round((event.clientX - box.left) / box.width * 600)} ${Math.round((event.clientY - box.top) / box.height * 200)}`;
    };
    const add = (part) => {
      if (input.value.length > 19000) return;
      input.value += part;
      path.setAttribute("d", input.value);
    };
    pad.addEventListener("pointerdown", (event) => { drawing = true; pad.setPointerCapture(event.pointerId); add(`M${at(event)}`); choose(field); });
    pad.addEventListener("pointermove", (event) => { if (drawing) add(`L${at(event)}`); });
    pad.addEventListener("pointerup", () => { drawing = false; });
    $("[data-clear]", field).addEventListener("click", () => { input.value = ""; path.setAttribute("d", ""); });
  }

  function choose(field) {
    const method = $("[name=method]", field.closest("form"));
    if (method) method.value = "on_screen";
  }

  // --- the film: the state after so many events

  function slide(slider) {
    const { plain, steps } = JSON.parse($("#steps").textContent);
    const place = (name) => (plain.indexOf(name) + plain.length + 1) % (plain.length + 1);  // plain facts first, in their order
    const show = () => {
      const version = Number(slider.value);
      const facts = new Map();
      let last = [];
      steps.filter((step) => step.version <= version).forEach((step) => {
        last = step.changes.map(([name]) => name);
        step.changes.forEach(([name, label, value]) => { if (value === null) facts.delete(name); else facts.set(name, [label, value]); });
      });
      const ordered = [...facts].sort(([one], [other]) => place(one) - place(other) || (one < other ? -1 : 1));
      $("[data-state]").replaceChildren(...ordered.map(([name, [label, value]]) => fact(name, label, value, last.includes(name))));
      $("#version-shown").value = version;
      $$(".step[data-version]").forEach((each) => {
        each.classList.toggle("later", Number(each.dataset.version) > version);
        each.classList.toggle("now", Number(each.dataset.version) === version);
      });
    };
    slider.addEventListener("input", show);
  }

  function fact(name, label, value, changed) {
    const row = document.createElement("div");
    row.dataset.name = name;
    row.classList.toggle("changed", changed);
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = label;
    words.innerHTML = value;
    row.append(term, words);
    return row;
  }

  function start(within) {
    $$("[data-slider]", within).forEach(slide);
    $$("main [data-drawing]", within).forEach(pen);
    tick(within);
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) rest(); else listen(); });
  addEventListener("pagehide", rest);
  setInterval(tick, 15000);
  start(document);
  if (!document.hidden) listen();
})();
