// Import of sites: what a row may say, and what the same rows do again.
import { expect, test } from "bun:test";
import { importSites } from "../../src/ingest/importSites.ts";
import { freshStore, ndjson, uploadOf, WORKSPACE } from "./freshStore.ts";

type Store = ReturnType<typeof freshStore>;

function run({ context }: Store, rows: readonly object[]) {
  return importSites({ context, workspace: WORKSPACE, format: "ndjson", body: uploadOf(ndjson(rows)) });
}

function runCsv({ context }: Store, text: string) {
  return importSites({ context, workspace: WORKSPACE, format: "csv", body: uploadOf(text) });
}

/** All sites, oldest first, without ids and times. */
function facts({ sites }: Store) {
  return sites
    .list(WORKSPACE, {}, { page: 1, perPage: 100 })
    .data.reverse()
    .map(({ id, created_at, updated_at, wan_links, ...site }) => ({
      ...site,
      wan_links: wan_links.map(({ name, isp }) => `${name} by ${isp}`),
    }));
}

const BERN = {
  name: "Bern",
  external_id: null,
  address: null,
  tags: {},
  monitored_since: null,
  wan_links: [] as string[],
};

test("NDJSON and CSV of the same rows make the same sites", async () => {
  const [one, other] = [freshStore(), freshStore()];
  const links = [{ name: "fibre", isp: "Init7" }, { name: "mobile" }];
  await run(one, [
    {
      name: "Bern",
      external_id: "b",
      url: "https://bern.example/",
      monitored_since: "2026-01-20T17:55:03+01:00",
    },
    {
      name: "Basel",
      address: "Marktplatz 1, Basel",
      tags: { Region: ["EMEA", "CH"], Kind: "office" },
      wan_links: links,
    },
  ]);
  await runCsv(
    other,
    `name,external_id,url,address,monitored_since,tag:Region,tag:Kind,wan_links
Bern,b,https://bern.example/,,2026-01-20T16:55:03Z,,,
Basel,,,"Marktplatz 1, Basel",,EMEA|CH,office,"${JSON.stringify(links).replaceAll('"', '""')}"\n`,
  );
  expect(facts(one)).toEqual(facts(other));
  expect(facts(one)[1]).toMatchObject({
    tags: { Region: ["EMEA", "CH"], Kind: "office" },
    wan_links: ["fibre by Init7", "mobile by null"],
  });
});

test("tags in CSV may also be one column of JSON, but not both", async () => {
  const store = freshStore();
  const result = await runCsv(
    store,
    'name,tags,tag:Kind\nBern,"{""Kind"": ""office""}",\nBasel,"{""Kind"": ""office""}",x\nThun,nonsense,\nChur,[],\n',
  );
  expect(facts(store).map(({ name, tags }) => [name, tags])).toEqual([["Bern", { Kind: "office" }]]);
  expect(result.errors.map(({ line, param, reason }) => `${line} ${param} ${reason.slice(0, 40)}`)).toEqual([
    "3 tags and columns tag:Key are both filled; use",
    "4 tags 'nonsense' is not valid JSON",
    "5 tags a list is not an object of keys and valu",
  ]);
});

test("the same rows again change nothing, in whatever order tags are written", async () => {
  const store = freshStore();
  const rows = [
    {
      name: "Bern",
      tags: { A: ["x", "y"], B: "z" },
      wan_links: [{ name: "fibre" }],
      monitored_since: "2026-01-20T16:55:03Z",
    },
    { name: "Basel", external_id: "bs", address: null },
  ];
  expect(await run(store, rows)).toMatchObject({ created: 2 });
  store.passTime(1000);
  expect(await run(store, rows)).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
  const rewritten = {
    ...rows[0],
    tags: { B: ["z"], A: ["y", "x"] },
    monitored_since: "2026-01-20T17:55:03+01:00",
  };
  expect(await run(store, [rewritten])).toMatchObject({ unchanged: 1 });
  expect(store.sites.list(WORKSPACE, {}, { page: 1, perPage: 1 }).data[0]?.updated_at).toBe(
    "2026-03-01T12:00:00.000Z",
  );
});

test("a site is recognised by external id, else by name, and takes what the row gives", async () => {
  const store = freshStore();
  await run(store, [
    { name: "Bern", external_id: "b", address: "old", tags: { A: "x" } },
    { name: "Thun", address: "old" },
  ]);
  const result = await run(store, [
    { name: "Berne", external_id: "b", tags: { B: "y" } },
    { name: "Thun", address: null },
    { name: "Thun", external_id: "t" },
  ]);
  expect(result).toMatchObject({ created: 1, updated: 2 });
  expect(facts(store)).toEqual([
    { ...BERN, name: "Berne", external_id: "b", address: "old", tags: { B: "y" } },
    { ...BERN, name: "Thun" },
    { ...BERN, name: "Thun", external_id: "t" },
  ]);
  expect((await run(store, [{ name: "Thun", address: "x" }])).errors).toEqual([
    { line: 1, param: "name", reason: "'Thun' names several sites; tell them apart by external_id" },
  ]);
});

test("WAN links are added and changed by id or name, and none is removed", async () => {
  const store = freshStore();
  await run(store, [
    {
      name: "Bern",
      wan_links: [
        { name: "fibre", isp: "Init7" },
        { name: "mobile", isp: "Salt" },
      ],
    },
  ]);
  const [fibre] = store.sites.list(WORKSPACE, {}, { page: 1, perPage: 1 }).data[0]?.wan_links ?? [];
  const links = (...wan_links: object[]) => run(store, [{ name: "Bern", wan_links }]);
  expect(await links({ name: "mobile" }, { name: "fibre", isp: "Init7" })).toMatchObject({ unchanged: 1 });
  expect(await links({ name: "mobile", isp: null }, { name: "cable" })).toMatchObject({ updated: 1 });
  expect(facts(store)[0]?.wan_links).toEqual(["fibre by Init7", "mobile by null", "cable by null"]);
  expect(await links({ id: fibre?.id, name: "glass" })).toMatchObject({ updated: 1 });
  expect(facts(store)[0]?.wan_links).toEqual(["glass by Init7", "mobile by null", "cable by null"]);
  expect((await links({ id: "wan_000000000000000000000000000", name: "x" })).errors[0]?.reason).toBe(
    "has the id 'wan_000000000000000000000000000', which is no link of the site; leave id out to add a link",
  );
});

test("a name that two links of a site have is refused, and so is a link too many", async () => {
  const store = freshStore();
  store.sites.create(WORKSPACE, { name: "Bern", wan_links: [{ name: "fibre" }, { name: "fibre" }] });
  const many = Array.from({ length: 99 }, (_, n) => ({ name: `link ${n}` }));
  const result = await run(store, [
    { name: "Bern", wan_links: [{ name: "fibre", isp: "x" }] },
    { name: "Bern", wan_links: many },
  ]);
  expect(result.errors.map(({ param, reason }) => `${param} ${reason}`)).toEqual([
    "wan_links has 'fibre', which names 2 links of the site; give the link's id",
    "wan_links would give the site 101 links; at most 100 are allowed",
  ]);
});

test("wrong fields are refused with the field and what would be right", async () => {
  const store = freshStore();
  const result = await run(store, [
    {},
    { name: " " },
    { name: "Bern", adress: "x" },
    { name: "Bern", monitored_since: "2026-01-20" },
    { name: "Bern", tags: { region: "a", Region: "b" } },
    { name: "Bern", tags: { Region: "" } },
    { name: "Bern", wan_links: [{ isp: "x" }] },
    { name: "Bern", url: "https://a.example", address: "https://b.example" },
    JSON.parse('{"name": "Bern", "tags": {"__proto__": "x"}}'),
  ]);
  expect(result).toMatchObject({ created: 0, refused: 9 });
  expect(result.errors.map(({ line, param, reason }) => `${line} ${param} ${reason.slice(0, 50)}`)).toEqual([
    "1 name is missing; a site needs a name",
    "2 name is blank; give a text, or leave the field out",
    "3 adress is not a field of a site; fields are name, externa",
    "4 monitored_since '2026-01-20' is not a time with an offset, such as",
    expect.stringMatching(/^5 tags\.[Rr]egion .* differ/),
    "6 tags must be up to 50 keys of 1 to 100 characters, each",
    '7 wan_links must be a list of up to 100 links {"name": …, "isp',
    "8 url and address are two names of one field, but differ",
    "9 tags must be up to 50 keys of 1 to 100 characters, each",
  ]);
});

test("a header with an unknown column, or without name, is refused", async () => {
  const store = freshStore();
  const reason = (text: string) =>
    runCsv(store, text).then(
      () => expect.unreachable(),
      ({ reason, param }) => [reason, param],
    );
  expect(await reason("name,adress\nBern,x\n")).toEqual(["parameter_unknown", "adress"]);
  expect(await reason("name,tag:\nBern,x\n")).toEqual(["parameter_unknown", "tag:"]);
  expect(await reason("external_id,tag:Kind\nb,x\n")).toEqual(["parameter_missing", "name"]);
  expect(facts(store)).toEqual([]);
});

test("what the API answers can be imported again", async () => {
  const store = freshStore();
  await run(store, [
    { name: "Bern", external_id: "b", tags: { A: "x" }, wan_links: [{ name: "fibre", isp: "Init7" }] },
  ]);
  const answered = store.sites.list(WORKSPACE, {}, { page: 1, perPage: 100 }).data;
  expect(await run(store, answered)).toMatchObject({ unchanged: 1, refused: 0 });
});
