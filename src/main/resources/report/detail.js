// An opened latent: weights, concepts with intervals, nearest latents, top rows with their steps.

const withInterval = (value, low, high, format) => `${format(value)} (${format(low)} – ${format(high)})`;
const twoDecimals = number => decimals(number, 2);

function detail(t, i) {
  const d = data(`details-${t.k}-${Math.floor(i / t.chunk)}`)[i % t.chunk];
  const box = make("div", "");
  const [encoder, decoder, cosine] = d.norms;
  box.append(make("p", `Encoder norm ${decimals(encoder, 4)}, decoder norm ${decimals(decoder, 4)}, cosine of the two ${decimals(cosine, 4)}.`
      + (t.published_type[i] ? ` Published rule: ${t.published_type[i]} (${t.published[i]}).` : "")));
  box.append(make("h3", "Concepts"), d.sound.length ? concepts(t, d) : make("p", "None was tested: active on too few rows, or rows without steps."));
  box.append(make("h3", "Nearest latents"), neighbours(t, d), make("h3", "Top rows"), topRows(d));
  const cell = make("td", "", {colspan: 11});
  cell.append(box);
  const tr = make("tr", "", {class: "detail"});
  tr.append(cell);
  return tr;
}

function concepts(t, d) {
  const table = make("table", "");
  const head = make("tr", "");
  ["concept", "kind", "sign", "rows with it, of active", "precision % (95 % interval)", "recall %", "base rate %", "lift",
    "odds ratio (95 % interval)", "p", "q", "specialised"].forEach(name => head.append(make("th", name, {scope: "col"})));
  table.append(make("thead", ""), make("tbody", ""));
  table.tHead.append(head);
  for (const [c, kind, sign, support, active, precision, low, high, recall, base, lift, odds, oddsLow, oddsHigh, p, q, specialised] of d.sound) {
    const tr = make("tr", "");
    tr.append(make("th", t.concepts[c], {scope: "row", class: "text"}));
    [kind.replaceAll("_", " "), sign, `${support} / ${active}`, withInterval(precision, low, high, percent), percent(recall),
      percent(base), twoDecimals(lift), withInterval(odds, oddsLow, oddsHigh, twoDecimals), small(p), small(q), specialised ? "yes" : "no"]
      .forEach(text => tr.append(make("td", text)));
    table.tBodies[0].append(tr);
  }
  const scroll = make("div", "", {class: "scroll"});
  scroll.append(table);
  return scroll;
}

function neighbours(t, d) {
  const p = make("p", "");
  for (let n = 0; n < d.neighbours.length; n += 2) {
    const [latent, cosine] = d.neighbours.slice(n, n + 2);
    p.append(make("a", latent, {href: `#k${t.k}-latent-${latent}`}), ` (cosine ${cosine.toFixed(3)}) `);
  }
  return p;
}

function topRows(d) {
  if (!d.top_rows.length) {
    return make("p", "It is active on no row.");
  }
  const list = make("ol", "", {class: "rows"});
  for (let n = 0; n < d.top_rows.length; n += 2) {
    const [row, activation] = d.top_rows.slice(n, n + 2);
    const [problem, steps] = data("rows")[row];
    const item = make("li", `${activation.toFixed(3)} · row ${row}${problem === null ? "" : " · " + problem} · `);
    (steps === null ? [] : steps.split(" | ")).forEach(step => item.append(make("code", step)));
    list.append(item);
  }
  return list;
}
