// The list of latents: search, sort, page, and the address of the latent that is open.

const PAGE_SIZE = 50;
const state = {column: "activity.rank", descending: false, page: 0, open: null};
let order = [];

const current = () => data("latents-" + element("k").value);
const address = (k, latent) => `#k${k}-latent-${latent}`;

// A number must be a whole word, so that 12 does not find 120; a word may be typed in part.
function matches(text, terms) {
  const words = text.toLowerCase().split(/[^a-z0-9.]+/);
  return terms.every(term => words.some(w => /^[0-9.]+$/.test(term) ? w === term : w.startsWith(term)));
}

function filter(t) {
  const terms = element("search").value.toLowerCase().split(/[^a-z0-9.]+/).filter(term => term);
  const found = new Set();
  t.concepts.forEach((name, c) => { if (matches(name, terms)) found.add(c); });
  const [rank, count, specialised, type, description] =
    ["activity.rank", "activity.count", "specialised.concept", "published.type", "published.description"].map(path => column(t.latents, path));
  const shown = {
    all: () => true,
    sound: i => specialised[i] !== null,
    published: i => type[i] !== null && type[i] !== "general",
    window: i => rank[i] >= t.window.start && rank[i] <= t.window.end,
    dead: i => count[i] === 0,
  }[element("show").value];
  const isFound = i => !terms.length || terms.length === 1 && String(t.latents.latent[i]) === terms[0]
      || t.latents.tested[i].some(c => found.has(c)) || matches(description[i] ?? "", terms);
  return t.latents.latent.map((_, i) => i).filter(i => shown(i) && isFound(i));
}

// Latents without a value come last in either direction; equal ones stay in order of rank.
function sort(t, indices) {
  const values = column(t.latents, state.column);
  const rank = column(t.latents, "activity.rank");
  const sign = state.descending ? -1 : 1;
  return indices.sort((i, j) => {
    const [a, b] = [values[i], values[j]];
    if (a === null || b === null || a === b) {
      return (a === null) - (b === null) || rank[i] - rank[j];
    }
    return a < b ? -sign : sign;
  });
}

function row(t, i) {
  const {latent, activity, published, specialised} = record(t.latents, i);
  const tr = make("tr", "", {class: specialised?.concept ? "specialised" : ""});
  const head = make("th", "", {scope: "row"});
  head.append(make("button", latent, {type: "button", "aria-expanded": state.open === latent, "data-latent": latent}));
  tr.append(head);
  const numbers = (...texts) => texts.forEach(text => tr.append(make("td", text)));
  numbers(activity.rank, percent(activity.frequency), activity.count);
  tr.append(make("td", specialised?.concept ?? "–", {class: "text concept"}));
  numbers(percent(specialised?.precision ?? null), small(specialised?.q ?? null));
  tr.append(make("td", activity.count === 0 ? "dead" : published?.description ?? "–", {class: "text"}));
  numbers(activity.positive, activity.negative, decimals(activity.mean_magnitude, 4));
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
    if (t.latents.latent[i] === state.open) {
      body.append(detail(t, i));
    }
  }
  element("found").textContent = `${order.length.toLocaleString("en")} of ${t.latents.latent.length.toLocaleString("en")} latents`;
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
  state.page = Math.floor(order.findIndex(i => current().latents.latent[i] === latent) / PAGE_SIZE);
  draw();
  const button = document.querySelector(`#page button[data-latent="${latent}"]`);
  button.focus();
  button.scrollIntoView({block: "center"});
}

function toggle(latent) {
  setOpen(state.open === latent ? null : latent);
  draw();
  document.querySelector(`#page button[data-latent="${latent}"]`).focus();
}

// A latent that is opened or closed changes the address, so that a reload or a copied address shows it again. That is no
// step that the browser can go back; a link to one of the nearest latents is.
function setOpen(latent) {
  state.open = latent;
  history.replaceState(null, "", latent === null ? "#latents" : address(element("k").value, latent));
}

function followAddress() {
  const [, k, latent] = /^#k(\d+)-latent-(\d+)$/.exec(location.hash) ?? [];
  if (k && element("latents-" + k) && data("latents-" + k).latents.latent.includes(Number(latent))) {
    show(k, Number(latent));
  }
}

function start() {
  element("controls").addEventListener("submit", event => event.preventDefault());
  element("k").addEventListener("change", () => { setOpen(null); update(); });
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
