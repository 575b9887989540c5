// Names, causes and comments for sample report documents: ordinary ones, and such as break bad layout.

export type Random = () => number;

/** A seeded source of numbers from 0 up to 1 (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

const TOWNS = [
  "Zürich",
  "Lyon",
  "Porto",
  "Malmö",
  "Gdańsk",
  "Brno",
  "Aarhus",
  "Leeds",
  "Utrecht",
  "Graz",
  "Bari",
  "Ghent",
];
const KINDS = ["Branch", "Warehouse", "Depot", "Office", "Store", "Clinic"];
const PARTS = ["North", "South", "Harbour", "Station", "Airport", "Market"];

const UNICODE = [
  "Αθήνα – Κεντρικό κατάστημα",
  "Санкт-Петербург, склад № 7",
  "Łódź Żabieniec (gałąź wschodnia)",
  "Київ, вул. Хрещатик 1 – їжа та ґанок",
  "Trụ sở Đà Nẵng",
  "Emoji 🚀 rocket 👩‍👩‍👧 and flag 🇨🇭",
  "東京支店・渋谷区神南一丁目",
  "فرع القاهرة 12",
  "סניף תל אביב",
  "Zero\u200bwidth\u200djoin\ufeffed and soft\u00adhyphen",
  "Half \ud83d surrogate and \udc00 alone",
  "Decomposed: Zu\u0308rich, q\u0303uito, x\u0304",
  "ŒUVRE ÆTHER ﬁn ½ ① ™ ≠ → ⟶",
];

const HOSTILE = [
  "(unbalanced ) \\ ) Tj ET Q endstream endobj",
  "<script>alert('x')</script>",
  "https://example.com/?a=b&c=d#frag",
  "BT /F1 99 Tf 0 0 Td (owned) Tj ET",
  "%PDF-1.7 <</Type /Catalog>> [ { } ]",
  "line one\nline two\r\n\tthree\u0000\u0007\u001b[31mred",
  "=SUM(A1:A9)",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is to be printed as it stands
  "{{7*7}} ${7*7} %s %n &amp; &#65;",
];

/** What names look like: `long` has 200 characters without a space in every third name. */
export type Names = "plain" | "long" | "unicode" | "hostile";

/** The name of site number `index`, unique by its number. */
export function siteName(names: Names, index: number, random: Random): string {
  const number = String(index + 1).padStart(4, "0");
  if (names === "unicode") return `${UNICODE[index % UNICODE.length]} ${number}`;
  if (names === "hostile") return `${HOSTILE[index % HOSTILE.length]} ${number}`;
  const plain = `${pick(random, KINDS)} ${pick(random, TOWNS)} ${pick(random, PARTS)} ${number}`;
  if (names === "plain") return plain;
  if (index % 3 === 0) return `${number}${"Unbreakable_".repeat(17)}`.slice(0, 200);
  return index % 3 === 1 ? `${plain}: ${"a long name of many words ".repeat(7)}`.slice(0, 200).trim() : plain;
}

export const CAUSES = [
  "Power outage at the mains",
  "UPS battery depleted",
  "Fiber cut by construction works",
  "ISP backbone maintenance overran",
  "BGP session lost",
  "DNS resolution timeout",
  "Router reboot after firmware update",
  "Switch hardware failure",
  "Disk full on edge appliance",
  "Unknown",
  null,
] as const;

/** A cause of 500 characters, as long as one may be. */
export const LONG_CAUSE = "The upstream provider reported a degraded optical path between two exchanges, "
  .repeat(7)
  .slice(0, 500)
  .trim();

export const COMMENTS = [
  "Called the provider, ticket 48213 opened.",
  "Technician on site at 14:20; replaced the power supply and checked the second one, which is fine for now.",
  "Customer informed.",
] as const;

/** A comment of 5,000 characters with line breaks. */
export const LONG_COMMENT =
  "We went through the logs of both routers and found nothing out of the ordinary.\nThen, at last, a loose cable.\r\n"
    .repeat(46)
    .slice(0, 5000);
