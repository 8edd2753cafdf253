// The page's data: JSON in script elements, parsed when it is first needed. Records lie column by column, in the
// shape that they have in the files of analyses.

const element = id => document.getElementById(id);
const parsed = new Map();

function data(id) {
  if (!parsed.has(id)) {
    parsed.set(id, JSON.parse(element(id).textContent));
  }
  return parsed.get(id);
}

// A column by its path, such as activity.rank; where no record has anything under its first name, a column of nulls.
const column = (columns, path) => path.split(".").reduce((c, name) => Array.isArray(c) ? c : c[name], columns);

function record(columns, i) {
  return Array.isArray(columns) ? columns[i] ?? null
      : Object.fromEntries(Object.entries(columns).map(([name, within]) => [name, record(within, i)]));
}

// A list of records within a record; null where it is empty.
function records(columns) {
  const length = c => c === null ? 0 : Array.isArray(c) ? c.length : length(Object.values(c)[0] ?? null);
  return Array.from({length: length(columns)}, (_, i) => record(columns, i));
}

const decimals = (number, digits) => number === null ? "–" : number.toFixed(digits);
const percent = share => share === null ? "–" : (100 * share).toFixed(2);
const small = p => p === null ? "–" : p === 0 || p >= 0.001 ? p.toFixed(p === 0 ? 0 : 3) : p.toExponential(1);

function make(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  node.textContent = text;
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  return node;
}
