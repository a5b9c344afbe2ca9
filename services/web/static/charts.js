// Draws the charts of a page: each is a block of facts beside the place where it is drawn. Colours are names of CSS
// variables, so that charts follow the reader's light or dark.
"use strict";
(() => {
  const CONFIG = { displayModeBar: false, responsive: true };
  const drawn = new Set();
  const opened = new Set();

  function coloured(value, style) {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((each) => coloured(each, style));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, style)]));
  }

  function draw() {
    drawn.forEach((place) => { if (!place.isConnected) { Plotly.purge(place); drawn.delete(place); } });
    const style = getComputedStyle(document.documentElement);
    document.querySelectorAll("script[data-chart]").forEach((block) => {
      const { data, layout } = coloured(JSON.parse(block.textContent), style);
      layout.font.family = getComputedStyle(document.body).fontFamily;
      const place = block.previousElementSibling;
      Plotly.react(place, data, layout, CONFIG);
      if (drawn.has(place)) return;
      drawn.add(place);
      place.on("plotly_click", open);
    });
  }

  function open(event) {
    const href = event.points.map((point) => point.customdata).find(Boolean);
    if (href) location.href = href;
  }

  // What the reader has opened stays open when the page's middle comes anew.
  document.addEventListener("toggle", (event) => {
    if (event.target.id) opened[event.target.open ? "add" : "delete"](event.target.id);
  }, true);
  document.addEventListener("fresh", () => {
    opened.forEach((id) => { const part = document.getElementById(id); if (part) part.open = true; });
    draw();
  });
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((each) => { each.open = true; }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
