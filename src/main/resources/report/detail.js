// An opened latent: weights, concepts with intervals, nearest latents, top rows with their steps.

function detail(t, i) {
  const latent = {...record(t.latents, i), ...record(data(`details-${t.k}-${Math.floor(i / t.chunk)}`), i % t.chunk)};
  const {encoder_norm, decoder_norm, encoder_decoder_cosine, nearest} = latent.geometry;
  const published = latent.published?.type ? ` Published rule: ${latent.published.type} (${latent.published.description}).` : "";
  const box = make("div", "");
  box.append(make("p", `Encoder norm ${decimals(encoder_norm, 4)}, decoder norm ${decimals(decoder_norm, 4)}, `
      + `cosine of the two ${decimals(encoder_decoder_cosine, 4)}.${published}`));
  const associations = records(latent.sound);
  box.append(make("h3", "Concepts"), associations.length ? concepts(t, associations)
      : make("p", "None was tested: active on too few rows, or rows without steps."));
  box.append(make("h3", "Nearest latents"), neighbours(t, records(nearest)));
  box.append(make("h3", "Top rows"), topRows(records(latent.top_rows)));
  const cell = make("td", "", {colspan: 11});
  cell.append(box);
  const tr = make("tr", "", {class: "detail"});
  tr.append(cell);
  return tr;
}

const withInterval = (value, interval, format) => `${format(value)} (${format(interval.low)} – ${format(interval.high)})`;
const twoDecimals = number => decimals(number, 2);

function concepts(t, associations) {
  const table = make("table", "");
  const head = make("tr", "");
  ["concept", "kind", "sign", "rows with it, of active", "precision % (95 % interval)", "recall %", "base rate %", "lift",
    "odds ratio (95 % interval)", "p", "q", "sound rule"].forEach(name => head.append(make("th", name, {scope: "col"})));
  head.firstChild.className = "text";
  table.append(make("thead", ""), make("tbody", ""));
  table.tHead.append(head);
  for (const {sign, concept, table: rows, p, q, specialised} of associations) {
    const significant = q < t.significant_below;
    const tr = make("tr", "", {class: significant ? "" : "insignificant"});
    tr.append(make("th", concept.name, {scope: "row", class: "text"}));
    [concept.kind.replaceAll("_", " "), sign, `${rows.both} / ${rows.active}`,
      withInterval(rows.precision, rows.precision_interval, percent), percent(rows.recall), percent(rows.base_rate),
      twoDecimals(rows.lift), withInterval(rows.odds_ratio, rows.odds_ratio_interval, twoDecimals), small(p), small(q),
      specialised ? "specialised" : significant ? "significant" : "not significant"]
      .forEach(text => tr.append(make("td", text)));
    table.tBodies[0].append(tr);
  }
  const scroll = make("div", "", {class: "scroll"});
  scroll.append(table);
  return scroll;
}

function neighbours(t, nearest) {
  const p = make("p", "");
  nearest.forEach(({latent, cosine}) =>
    p.append(make("a", latent, {href: address(t.k, latent)}), ` (cosine ${cosine.toFixed(3)}) `));
  return p;
}

function topRows(rows) {
  if (!rows.length) {
    return make("p", "It is active on no row.");
  }
  const list = make("ol", "", {class: "rows"});
  const texts = data("rows");
  rows.forEach(({row, activation}) => {
    const {problem_id, cot} = record(texts, texts.row.indexOf(row));
    const item = make("li", `${activation.toFixed(3)} · row ${row}${problem_id === null ? "" : " · " + problem_id} · `);
    (cot === null ? [] : cot.split(" | ")).forEach(step => item.append(make("code", step)));
    list.append(item);
  });
  return list;
}
