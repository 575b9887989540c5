// ETags of objects: two who change the same one do not overwrite each other, if they say what they have read.
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { databasePath } from "../../src/store/database/open.ts";
import { aSchedule, type Client, errorOf, startTestServer, type TestServer } from "../support/server.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const HOURS = { name: "Office", timezone: "UTC", days: { monday: [{ start: "08:00", end: "17:00" }] } };
const WINDOW = { name: "Upgrade", starts_at: "2026-01-05T00:00:00Z", ends_at: "2026-01-05T02:00:00Z" };
const GROUP = { name: "Operations", webhooks: [{ url: "https://hooks.example.com/" }] };
const SETTINGS = { retention_days: null, retention_count: null };

let server: TestServer;
let client: Client;
let site: string;
beforeAll(async () => {
  // The clock stands still: what tells two states apart is not the time of the change.
  server = await startTestServer({ now: () => NOON });
  client = await server.client();
  site = (await client.post("/sites", { name: "Zurich" })).body.id;
});
afterAll(() => server.stop());

/** Sends a request with a header, and gives what matters of the answer. */
async function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${client.token}`, "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get("etag"), text };
}
const ifMatch = (tag: string | null) => ({ "If-Match": tag ?? "" });

type Kind = {
  path: string;
  /** Left out for what every workspace has. */
  make?: () => unknown;
  method: "PUT" | "PATCH";
  change: (round: number) => unknown;
};

const KINDS: Record<string, Kind> = {
  schedule: {
    path: "/reports/sla/schedules",
    make: () => aSchedule(),
    method: "PATCH",
    change: (round) => ({ name: `Report ${round}` }),
  },
  "schedule, replaced": {
    path: "/reports/sla/schedules",
    make: () => aSchedule(),
    method: "PUT",
    change: (round) => aSchedule({ name: `Report ${round}` }),
  },
  site: {
    path: "/sites",
    make: () => ({ name: "Bern", wan_links: [{ name: "Fibre" }] }),
    method: "PATCH",
    change: (round) => ({ wan_links: [{ name: `Fibre ${round}` }] }),
  },
  fault: {
    path: "/fault",
    make: () => ({ site_id: site, created_at: "2026-01-01T00:00:00Z" }),
    method: "PATCH",
    change: (round) => ({ cause: `cause ${round}` }),
  },
  "business hours": {
    path: "/business-hours",
    make: () => HOURS,
    method: "PUT",
    change: (round) => ({ ...HOURS, holidays: [`2026-01-0${round}`] }),
  },
  "maintenance window": {
    path: "/maintenance-windows",
    make: () => WINDOW,
    method: "PATCH",
    change: (round) => ({ name: `Upgrade ${round}` }),
  },
  "notification group": {
    path: "/notification-groups",
    make: () => GROUP,
    method: "PUT",
    // Nobody can see which secret a webhook has; it is another all the same.
    change: (round) => ({
      ...GROUP,
      webhooks: [{ url: GROUP.webhooks[0]?.url, secret: `${round}`.repeat(40) }],
    }),
  },
  settings: {
    path: "/settings",
    method: "PUT",
    change: (round) => ({ ...SETTINGS, retention_count: round }),
  },
  "cause patterns": {
    path: "/cause-patterns",
    method: "PUT",
    change: (round) => ({ data: [{ category: "power", pattern: `mains ${round}` }] }),
  },
};

describe.each(Object.entries(KINDS))("%s", (_, { path, make, method, change }) => {
  /** The path and the ETag of a new object. */
  async function anObject() {
    if (!make) return { at: path, etag: (await send("GET", path, {})).etag };
    const made = await send("POST", path, {}, make());
    return { at: `${path}/${JSON.parse(made.text).id}`, etag: made.etag };
  }

  test("has one strong ETag, whoever asks, and is sent only to those who have another", async () => {
    const { at, etag } = await anObject();
    expect(etag).toMatch(/^"[\w.-]+"$/);
    expect(await send("GET", at, {})).toMatchObject({ status: 200, etag });
    const known = await send("GET", at, { "If-None-Match": `"other", W/${etag}` });
    expect(known).toEqual({ status: 304, etag, text: "" });
    expect((await send("GET", at, { "If-None-Match": '"other"' })).status).toBe(200);
  });

  test("of two changes of the same state, the second is refused and changes nothing", async () => {
    const { at, etag } = await anObject();
    const first = await send(method, at, ifMatch(etag), change(1));
    expect(first.status).toBe(200);
    expect(first.etag).not.toBe(etag);
    const second = await send(method, at, ifMatch(etag), change(2));
    expect(second.status).toBe(412);
    expect(JSON.parse(second.text)).toMatchObject({ code: "precondition_failed", param: "If-Match" });
    const now = await send("GET", at, {});
    expect(now.etag).toBe(first.etag);
    expect((await send(method, at, ifMatch(`"x", ${now.etag}`), change(2))).status).toBe(200);
  });

  test("a weak tag, half a tag, and one without quotes name nothing; a star names what is there", async () => {
    const { at, etag } = await anObject();
    for (const wrong of [`W/${etag}`, etag?.slice(1, -1), '""', '"', "", `${etag?.slice(0, 5)}"`])
      expect((await send(method, at, ifMatch(wrong ?? ""), change(3))).status).toBe(412);
    expect((await send(method, at, ifMatch("*"), change(3))).status).toBe(200);
    expect((await send(method, at, {}, change(4))).status).toBe(200);
  });

  test("an object that is not there is 404, whatever is said of it", async () => {
    if (!make) return;
    const { at } = await anObject();
    const nowhere = at.replace(/_.*/, `_${"0".repeat(27)}`);
    for (const tag of ["*", '"x"'])
      expect((await send(method, nowhere, ifMatch(tag), change(1))).status).toBe(404);
  });

  test("what was changed since is not deleted", async () => {
    if (path === "/settings") return;
    const { at, etag } = await anObject();
    const changed = await send(method, at, {}, change(5));
    expect((await send("DELETE", at, ifMatch(etag))).status).toBe(412);
    expect((await send("GET", at, {})).etag).toBe(changed.etag);
    expect((await send("DELETE", at, ifMatch(changed.etag))).status).toBe(204);
  });
});

describe("what changes by itself", () => {
  test("a run that ended meanwhile makes another ETag, and refuses no change of the schedule", async () => {
    const made = await send("POST", "/reports/sla/schedules", {}, aSchedule());
    const { id } = JSON.parse(made.text);
    await client.run(id, "2026-01-01", "2026-01-31");
    const at = `/reports/sla/schedules/${id}`;
    expect(await send("GET", at, { "If-None-Match": made.etag ?? "" })).toMatchObject({ status: 200 });
    expect((await send("PATCH", at, ifMatch(made.etag), { name: "Other" })).status).toBe(200);
    expect((await send("PATCH", at, ifMatch(made.etag), { name: "Third" })).status).toBe(412);
  });

  test("a site that is deleted changes the schedules that name it", async () => {
    const gone = (await client.post("/sites", { name: "Gone" })).body.id;
    const fields = aSchedule({ site_selection_mode: "manual", sites: [site, gone] });
    const made = await send("POST", "/reports/sla/schedules", {}, fields);
    await client.delete(`/sites/${gone}`);
    const at = `/reports/sla/schedules/${JSON.parse(made.text).id}`;
    expect((await send("PATCH", at, ifMatch(made.etag), { name: "Other" })).status).toBe(412);
  });

  test("a fault that got a comment is not resolved, nor deleted, by who has not read it", async () => {
    const made = await send("POST", "/fault", {}, { site_id: site });
    const at = `/fault/${JSON.parse(made.text).id}`;
    await client.post(`${at}/comments`, { text: "Wait: it is back." });
    expect((await send("POST", `${at}/resolve`, ifMatch(made.etag), {})).status).toBe(412);
    expect((await send("DELETE", at, ifMatch(made.etag))).status).toBe(412);
    const { etag } = await send("GET", at, {});
    expect((await send("POST", `${at}/resolve`, ifMatch(etag), {})).status).toBe(200);
  });
});

describe("what nobody changes is not deleted by who means another", () => {
  test("a report, whose own progress does not count", async () => {
    const schedule = (await client.post("/reports/sla/schedules", aSchedule())).body.id;
    const run = await client.run(schedule, "2026-01-01", "2026-01-31");
    const at = `/reports/sla/reports/${run.id}`;
    const { etag } = await send("GET", at, {});
    expect(await send("GET", at, { "If-None-Match": etag ?? "" })).toEqual({ status: 304, etag, text: "" });
    const link = await send("POST", `${at}/links`, {}, {});
    const linkAt = `${at}/links/${JSON.parse(link.text).id}`;
    for (const other of ['"nothing"', etag])
      expect((await send("DELETE", linkAt, ifMatch(other))).status).toBe(412);
    expect((await send("DELETE", linkAt, ifMatch(link.etag))).status).toBe(204);
    expect((await send("DELETE", linkAt, ifMatch(link.etag))).status).toBe(404);
    expect((await send("DELETE", at, ifMatch('"nothing"'))).status).toBe(412);
    const made = `${etag?.split(".")[0]}.another-state"`;
    expect((await send("DELETE", at, ifMatch(made))).status).toBe(204);
    expect((await send("GET", at, {})).status).toBe(404);
  });
});

describe("at the same time", () => {
  let other: Database | undefined;
  afterEach(() => other?.close());

  test("of twenty who change what they have read, one does", async () => {
    const { text, etag } = await send("POST", "/sites", {}, { name: "Everybody's" });
    const at = `/sites/${JSON.parse(text).id}`;
    const names = Array.from({ length: 20 }, (_, index) => `Name ${index}`);
    const answers = await Promise.all(names.map((name) => send("PATCH", at, ifMatch(etag), { name })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  test("a change that another process makes is seen, too", async () => {
    const { text, etag } = await send("POST", "/sites", {}, { name: "Imported" });
    const { id } = JSON.parse(text);
    other = new Database(databasePath(server.dataFolder));
    other.query("UPDATE sites SET address = 'elsewhere' WHERE id = ?").run(id);
    expect((await send("PATCH", `/sites/${id}`, ifMatch(etag), { name: "Mine" })).status).toBe(412);
  });
});

test("what is refused for another reason says that reason", async () => {
  const { text, etag } = await send("POST", "/sites", {}, { name: "Right" });
  const answer = await client.patch(`/sites/${JSON.parse(text).id}`, { name: "" });
  expect(errorOf(answer).code).toBe("parameter_invalid");
  const reader = await server.token({ scopes: ["sla:read"] });
  const headers = { ...ifMatch(etag), Authorization: `Bearer ${reader}` };
  expect((await send("PATCH", `/sites/${JSON.parse(text).id}`, headers, { name: "x" })).status).toBe(403);
});
