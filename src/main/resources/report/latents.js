"use strict";
// The table of latents: search, sort, page. Data is in JSON elements and is parsed when it is first needed.

const PAGE_SIZE = 50;
const element = id => document.getElementById(id);
const parsed = new Map();

function data(id) {
  if (!parsed.has(id)) {
    parsed.set(id, JSON.parse(element(id).textContent));
  }
  return parsed.get(id);
}

function make(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  node.textContent = text;
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  return node;
}

const decimals = (number, digits) => number === null ? "–" : number.toFixed(digits);
const percent = share => share === null ? "–" : (100 * share).toFixed(2);
const small = p => p === null ? "–" : p === 0 || p >= 0.001 ? p.toFixed(p === 0 ? 0 : 3) : p.toExponential(1);

const state = {column: "rank", descending: false, page: 0, open: null};
let order = [];

const current = () => data("latents-" + element("k").value);
const concept = (t, i) => t.sound[i].length ? t.concepts[t.sound[i][0]] : "";
const isPublished = (t, i) => t.published_type[i] !== "" && t.published_type[i] !== "general";

// A number must be a whole word, so that 12 does not find 120; a word may be typed in part.
function matches(text, terms) {
  const words = text.toLowerCase().split(/[^a-z0-9.]+/);
  return terms.every(term => words.some(w => /^[0-9.]+$/.test(term) ? w === term : w.startsWith(term)));
}

function filter(t) {
  const terms = element("search").value.toLowerCase().split(/[^a-z0-9.]+/).filter(term => term);
  const found = new Set();
  t.concepts.forEach((name, c) => { if (matches(name, terms)) found.add(c); });
  const shown = {
    all: () => true,
    sound: i => t.specialised[i] > 0,
    published: i => isPublished(t, i),
    window: i => t.rank[i] >= t.window[0] && t.rank[i] <= t.window[1],
    dead: i => t.count[i] === 0,
  }[element("show").value];
  const isFound = i => !terms.length || terms.length === 1 && String(t.latent[i]) === terms[0]
      || t.sound[i].some(c => found.has(c)) || matches(t.published[i], terms);
  return t.latent.map((_, i) => i).filter(i => shown(i) && isFound(i));
}

// Latents without a value come last in either direction; equal ones stay in order of rank.
function sort(t, indices) {
  const value = state.column === "concept" ? i => concept(t, i) || null : i => t[state.column][i] === "" ? null : t[state.column][i];
  const sign = state.descending ? -1 : 1;
  return indices.map(i => [i, value(i)]).sort(([i, a], [j, b]) => {
    if (a === null || b === null || a === b) {
      return (a === null) - (b === null) || t.rank[i] - t.rank[j];
    }
    return a < b ? -sign : sign;
  }).map(([i]) => i);
}

function row(t, i) {
  const tr = make("tr", "");
  tr.className = t.specialised[i] > 0 ? "specialised" : "";
  const open = make("button", t.latent[i], {type: "button", "aria-expanded": state.open === t.latent[i], "data-latent": t.latent[i]});
  const head = make("th", "", {scope: "row"});
  head.append(open);
  tr.append(head);
  const cells = [t.rank[i], percent(t.frequency[i]), t.count[i], t.positive[i], t.negative[i], decimals(t.mean_magnitude[i], 4)];
  cells.forEach(text => tr.append(make("td", text)));
  tr.append(make("td", concept(t, i) || "–", {class: "text concept"}));
  tr.append(make("td", percent(t.precision[i])), make("td", small(t.q[i])));
  tr.append(make("td", t.count[i] === 0 ? "dead" : t.published[i] || "–", {class: "text"}));
  return tr;
}

function draw() {
  const t = current();
  const pages = Math.max(1, Math.ceil(order.length / PAGE_SIZE));
  state.page = Math.min(Math.max(state.page, 0), pages - 1);
  const body = element("page");
  body.replaceChildren();
  for (const i of order.slice(state.page * PAGE_SIZE, (state.page + 1) * PAGE_SIZE)) {
    body.append(row(t, i));
    if (t.latent[i] === state.open) {
      body.append(detail(t, i));
    }
  }
  element("found").textContent = `${order.length.toLocaleString("en")} of ${t.latent.length.toLocaleString("en")} latents`;
  element("number").value = state.page + 1;
  element("number").max = pages;
  element("pages").textContent = "of " + pages;
  element("previous").disabled = state.page === 0;
  element("next").disabled = state.page === pages - 1;
  document.querySelectorAll("#table thead button").forEach(button => {
    const sorted = button.dataset.column === state.column ? state.descending ? "descending" : "ascending" : "none";
    button.parentElement.setAttribute("aria-sort", sorted);
  });
}

function update() {
  state.page = 0;
  order = sort(current(), filter(current()));
  draw();
}

function turn(page) {
  state.page = page;
  draw();
}

// Shows a latent wherever it is: in all latents, on its page, opened.
function show(k, latent) {
  element("k").value = k;
  element("search").value = "";
  element("show").value = "all";
  state.open = latent;
  order = sort(current(), filter(current()));
  state.page = Math.floor(order.findIndex(i => current().latent[i] === latent) / PAGE_SIZE);
  draw();
  const button = document.querySelector(`#page button[data-latent="${latent}"]`);
  button.focus();
  button.scrollIntoView({block: "center"});
}

function toggle(latent) {
  state.open = state.open === latent ? null : latent;
  draw();
  document.querySelector(`#page button[data-latent="${latent}"]`).focus();
}

function followAddress() {
  const [, k, latent] = /^#k(\d+)-latent-(\d+)$/.exec(location.hash) ?? [];
  if (k && element("latents-" + k) && data("latents-" + k).latent.includes(Number(latent))) {
    show(k, Number(latent));
  }
}

function start() {
  element("controls").addEventListener("submit", event => event.preventDefault());
  element("k").addEventListener("change", () => { state.open = null; update(); });
  element("search").addEventListener("input", update);
  element("show").addEventListener("change", update);
  element("previous").addEventListener("click", () => turn(state.page - 1));
  element("next").addEventListener("click", () => turn(state.page + 1));
  element("number").addEventListener("change", event => turn((Number(event.target.value) || 1) - 1));
  element("table").addEventListener("click", event => {
    const button = event.target.closest("button");
    if (button?.dataset.column) {
      const first = button.dataset.first === "descending";
      state.descending = state.column === button.dataset.column ? !state.descending : first;
      state.column = button.dataset.column;
      update();
    } else if (button?.dataset.latent) {
      toggle(Number(button.dataset.latent));
    }
  });
  addEventListener("hashchange", followAddress);
  update();
  followAddress();
}

if (element("controls")) {
  start();
}
