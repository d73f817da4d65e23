// Cells that were copied from a sheet → edits of the line table. Knows nothing of the page.
const COLUMNS = ["sku", "name", "spec", "quantity", "unit", "unit_price", "amount"];
const NUMBERS = new Set(["quantity", "unit_price", "amount"]);
const TITLES = {
  sku: /型号|编码|料号|货号|商品号|物料|^sku$|item|part|code/i,
  name: /品名|名称|描述|^name$|description/i,
  spec: /规格|spec/i,
  quantity: /数量|件数|qty|quantity/i,
  unit: /^单位|^unit$|^uom$/i,
  unit_price: /单价|价格|协议价|price/i,
  amount: /金额|小计|amount|total/i,
};
const SUM = /^(合计|总计|小计|total|sum)[:：]?$/i;
export const MOST_ROWS = 500;

const plain = (cell) => cell.normalize("NFKC").replace(/[,¥￥\s]/g, "").replace(/元$/, "");
const isNumber = (cell) => /^\d+(\.\d+)?$/.test(plain(cell));

// Rows of cells, or null where the text is no block of cells: one word is pasted as it always was.
export function cellsOf(text) {
  if (!/\t/.test(text) && !/\n./.test(text.trim())) return null;
  const rows = text.replace(/\r/g, "").split("\n").map((line) => line.split("\t").map((cell) => cell.trim()));
  return rows.filter((cells) => cells.some(Boolean));
}

function titled(cells) {
  const found = cells.map((cell) => (isNumber(cell) ? undefined : COLUMNS.find((name) => TITLES[name].test(cell))));
  const named = found.filter(Boolean);
  return named.length > 1 && new Set(named).size === named.length ? found : null;
}

// Without titles each cell takes the next column that its kind fits: A-1001 | 30 | 12.50 is number, quantity, price.
function placed(cells, from) {
  const found = [];
  let at = COLUMNS.indexOf(from);
  for (const cell of cells) {
    const wanted = cell && isNumber(cell) && at > 0;
    while (at < COLUMNS.length && cell && NUMBERS.has(COLUMNS[at]) !== wanted) at += 1;
    found.push(COLUMNS[at]);
    at += 1;
  }
  return found;
}

// The edits that put the rows into the lines from ``first`` on, lines that are not there added, and how many rows.
export function editsOf(rows, first, from, lines) {
  const titles = titled(rows[0]);
  const goods = (titles ? rows.slice(1) : rows).filter((cells) => !cells.some((cell) => SUM.test(cell)));
  const edits = [];
  goods.forEach((cells, place) => {
    const line = first + place;
    if (line >= lines) edits.push({ path: "/lines/-" });
    const names = titles ?? placed(cells, from);
    cells.forEach((cell, column) => {
      const name = names[column];
      if (name && cell) edits.push({ path: `/lines/${line}/${name}`, value: NUMBERS.has(name) ? plain(cell) : cell });
    });
  });
  return { edits, rows: goods.length };
}
