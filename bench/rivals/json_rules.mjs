// json-rules-engine: rules as its documentation writes them, chained by runtime facts and priorities, one run for the
// order, then one for each line and each possible twin (the library has no conditions over lists). Sums and joined stock
// stand among the facts already. Reads commands, one a line, on standard input: {"orders": […]} · {"hits": true} ·
// {"seconds": s} → orders a second of this process's processor time.
import { Engine } from "json-rules-engine";
import { createInterface } from "node:readline";

const CENTRAL = ["湖北", "湖南", "河南", "四川", "重庆", "贵州", "云南", "西藏"];
const COAST = ["江苏", "浙江", "上海"];
const REMOTE = ["西藏", "新疆", "青海", "内蒙古"];
const ENTRY = ["form", "phone", "qq", "hotline"];
const NO_DISTRICT = ["东莞市", "中山市", "儋州市", "嘉峪关市", "东莞", "中山", "儋州", "嘉峪关"];

const is = (fact, value) => ({ fact, operator: "equal", value });
const not = (fact, value) => ({ fact, operator: "notEqual", value });
const over = (fact, value) => ({ fact, operator: "greaterThan", value });
const from = (fact, value) => ({ fact, operator: "greaterThanInclusive", value });
const under = (fact, value) => ({ fact, operator: "lessThan", value });
const upTo = (fact, value) => ({ fact, operator: "lessThanInclusive", value });
const within = (fact, value) => ({ fact, operator: "in", value });
const outside = (fact, value) => ({ fact, operator: "notIn", value });
const has = (fact, value) => ({ fact, operator: "hasText", value });
const all = (...conditions) => ({ all: conditions });
const any = (...conditions) => ({ any: conditions });
const other = (fact) => ({ fact });

const first = (type, conditions, made) => ({
  conditions, event: { type }, priority: 10, onSuccess: (_, almanac) => almanac.addFact(...made),
});
const rule = (type, conditions) => ({ conditions, event: { type }, priority: 1 });
const delivery = is("fulfilment", "delivery");

const ORDER = [
  rule("VAL-01.entry", all(within("channel", ENTRY), any(is("buyer", null), is("requested_date", null), is("payment_terms", null)))),
  rule("VAL-03", all(delivery, any(is("province", null), is("city", null), is("detail", null), is("name", null), is("phone", null),
    all(is("district", null), outside("city", NO_DISTRICT))))),
  rule("VAL-04", all(delivery, within("province", REMOTE))),
  rule("VAL-07", all(not("type", null))),
  rule("FIN-06.goods", all(not("lines_total", null), not("goods", other("lines_total")), not("goods", other("lines_gross")))),
  rule("FIN-06.payable", all(not("payable", other("expected_payable")), not("payable", other("expected_payable_taxed")))),
  rule("RSK-01", all(over("same_id_orders_today", 3))),
  rule("RSK-02", all(over("payable", 50000), any(has("address", "驿站"), has("address", "代收点")))),
  rule("RSK-05", all(from("payable", 5000000))),
  rule("CRD-01.limit", all(is("status", "ok"), not("paid", "paid"), over("owed", other("limit")))),
  rule("CRD-01.unavailable_hold", all(is("status", "unavailable"))),
  rule("RSK-07.score", all(under("score", 550))),
  rule("RSK-07.overdue", all(over("overdue_days", 30))),
  first("APP-06.green_lane", any(from("lifetime_spend", 500000), over("purchase_count", 6)), ["green", true]),
  first("RTE-01.region", all(within("province", CENTRAL)), ["site", "CD"]),
  first("RTE-01.default", all(outside("province", CENTRAL)), ["site", "GZ"]),
  rule("RTE-02.nothing", all(is("movable", true), { fact: "sites", operator: "doesNotContain", value: other("site") })),
  rule("RTE-05", all({ fact: "full", operator: "contains", value: other("site") })),
  first("APP-03", any(is("type", "custom"), from("payable", 2000000)), ["flow", "three_level"]),
  first("APP-03", all(is("type", "presale"), under("payable", 2000000)), ["flow", "finance_only"]),
  rule("APP-01", all(is("flow", "three_level"))),
  rule("APP-03.finance", all(is("flow", "finance_only"))),
  rule("APP-06.skip", all(is("green", true), not("flow", undefined))),
  rule("CAR-01.region", all(delivery, within("province", COAST))),
  rule("CAR-01.default", all(delivery, outside("province", COAST))),
];
const LINE = [
  rule("VAL-02", all(is("type", "stock"), over("demand", other("pool")))),
  rule("VAL-01.price", all(is("unit_price", null), is("is_gift", false))),
  rule("VAL-10.amount", all(not("unit_price", null), not("amount", null), not("amount", other("expected_amount")))),
  rule("VAL-10.promotion", all(not("promotion", null), not("unit_price", null), not("approved_promo_price", null),
    not("unit_price", other("approved_promo_price")))),
  rule("RSK-03", all(over("unit_price", 200000000))),
  rule("RSK-04.thin", all(is("is_gift", false), is("thin", true))),
  rule("RTE-02", all(is("type", "stock"), upTo("demand", other("pool")), not("here", null), over("demand", other("here")))),
];
const TWIN = [
  first("DUP-01", all(is("same_phone", true), from("shared_skus", 1), upTo("apart", 300)), ["twin", true]),
  first("DUP-03", all(is("same_content", true), not("channel", other("own")), upTo("apart", 86400)), ["twin", true]),
  rule("DUP-02", all(is("twin", true))),
];

function engine(rules) {
  const made = new Engine(rules, { allowUndefinedFacts: true });
  made.addOperator("hasText", (text, word) => text.includes(word));
  return made;
}

const orders = engine(ORDER), lines = engine(LINE), twins = engine(TWIN);

function facts(given) {
  const { order, customer, credit } = given;
  const owed = credit.exposure === null ? null : credit.exposure + order.payable;
  const full = given.site.filter((site) => site.can_fill).map((site) => site.code);
  const line = given.line.map((each) => ({
    ...each, thin: each.cost !== null && each.net_price !== null && each.net_price * 100 < each.cost * 85,
  }));
  const twin = given.duplicate.map((each) => ({ ...each, own: order.channel }));
  return { head: { ...order, ...customer, ...credit, owed, movable: given.movable, sites: given.site.map((s) => s.code), full }, line, twin };
}

async function judge({ head, line, twin }) {
  const { events, almanac } = await orders.run(head);
  const hits = events.map((event) => [event.type, ""]);
  const stock = (await almanac.factValue("site")) === "CD" ? "cd" : "gz";
  for (const each of line) {
    const found = await lines.run({ ...each, here: each[stock] });
    for (const event of found.events) hits.push([event.type, each.line_no]);
  }
  for (const each of twin) {
    const found = await twins.run(each);
    for (const event of found.events) hits.push([event.type, each.order_id]);
  }
  return hits;
}

async function rate(given, seconds) {
  let done = 0, spent = 0;
  const began = process.cpuUsage();
  while (spent < seconds) {
    for (const each of given) await judge(each);
    done += given.length;
    const used = process.cpuUsage(began);
    spent = (used.user + used.system) / 1e6;
  }
  return done / spent;
}

let given = [];
for await (const text of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(text);
  let answer = 0;
  if (asked.orders) answer = (given = asked.orders.map(facts)).length;
  else if (asked.hits) {
    answer = [];
    for (const each of given) answer.push(await judge(each));
  } else answer = await rate(given, asked.seconds);
  console.log(JSON.stringify(answer));
}
