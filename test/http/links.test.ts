// Signed links over their life: made, listed, used, revoked, run out; and those that are in messages.
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkKeyOf, signedPath } from "../../src/http/caller/links.ts";
import { readConfig } from "../../src/server/config.ts";
import { databasePath } from "../../src/store/database/open.ts";
import { MOST_LINKS } from "../../src/store/links.ts";
import { startMailServer } from "../notify/mailServer.ts";
import {
  aSchedule,
  type Client,
  clientOf,
  errorOf,
  type Json,
  startTestServer,
  TEST_SECRET,
  type TestServer,
} from "../support/server.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const DAY_S = 86_400;
const DAY_MS = 1000 * DAY_S;

let nowMs: number;
let server: TestServer;
let client: Client;
let report: string;
/** The data of a server that has made the report: to draw it for each test would take most of the time. */
const prepared = mkdtempSync(join(tmpdir(), "nines-links-"));
async function start(environment: Record<string, string> = {}, dataFolder = copyOfPrepared()) {
  nowMs = NOON;
  server = await startTestServer({ now: () => nowMs, environment, dataFolder });
  client = clientOf(server.url, await tokenOf({}));
}
function copyOfPrepared(): string {
  const copy = mkdtempSync(join(tmpdir(), "nines-test-"));
  cpSync(prepared, copy, { recursive: true });
  return copy;
}
beforeAll(async () => {
  await start({}, prepared);
  const schedule = (await client.post("/reports/sla/schedules", aSchedule())).body.id;
  report = `/reports/sla/reports/${(await client.run(schedule, "2026-01-01", "2026-01-31")).id}`;
  await server.app.stop();
});
afterAll(() => rmSync(prepared, { recursive: true, force: true }));
beforeEach(() => start());
afterEach(() => server.stop());

const tokenOf = (options: { scopes?: string[]; workspace?: string }) =>
  server.token({ expiresAtS: NOON / 1000 + 1000 * DAY_S, ...options });
const make = async (body: Record<string, unknown> = {}) => (await client.post(`${report}/links`, body)).body;
const list = async () => (await client.get(`${report}/links`)).body;
const open = async (url: string) => (await fetch(url)).status;
const idsOf = ({ data }: Json) => data.map(({ id }: { id: string }) => id);

/** Does something with the server's database. */
function inDatabase(work: (db: Database) => void): void {
  const db = new Database(databasePath(server.dataFolder));
  work(db);
  db.close();
}

describe("a link", () => {
  test("says who made it, what it opens, and until when", async () => {
    const link = await make({ artefact: "json", expires_in: DAY_S });
    expect(link).toEqual({
      url: expect.stringContaining(`/json?link=${link.id}&expires=${NOON / 1000 + DAY_S}&signature=`),
      id: expect.stringMatching(/^lnk_[0-9A-Za-z]{27}$/),
      artefact: "json",
      made_by: "tester",
      delivery_id: null,
      created_at: "2026-02-18T12:00:00.000Z",
      expires_at: "2026-02-19T12:00:00.000Z",
    });
    expect(await open(link.url)).toBe(200);
    const { url: _url, ...listed } = link;
    expect(await list()).toEqual({
      data: [listed],
      meta: { page: 1, per_page: 50, total: 1, last_page: 1 },
    });
  });

  test("is listed while it works, newest first, and not its address", async () => {
    const short = await make({ expires_in: 60 });
    const long = await make();
    expect(idsOf(await list())).toEqual([long.id, short.id]);
    expect(JSON.stringify(await list())).not.toContain("signature");
    nowMs += 60_000;
    expect(idsOf(await list())).toEqual([long.id]);
    expect([await open(short.url), await open(long.url)]).toEqual([403, 200]);
  });

  test("that is revoked works no longer, and the others do", async () => {
    const [one, other] = [await make(), await make()];
    expect((await client.delete(`${report}/links/${one.id}`)).status).toBe(204);
    expect([await open(one.url), await open(other.url)]).toEqual([403, 200]);
    expect(idsOf(await list())).toEqual([other.id]);
    expect((await client.delete(`${report}/links/${one.id}`)).status).toBe(404);
  });

  test("is for reading tokens to make and list, for writing ones to revoke, for other workspaces nothing", async () => {
    const link = await make();
    const reader = clientOf(server.url, await tokenOf({ scopes: ["sla:read"] }));
    expect((await reader.post(`${report}/links`)).status).toBe(201);
    expect((await reader.get(`${report}/links`)).status).toBe(200);
    expect((await reader.delete(`${report}/links/${link.id}`)).status).toBe(403);
    const foreign = clientOf(server.url, await tokenOf({ workspace: "other" }));
    expect((await foreign.get(`${report}/links`)).status).toBe(404);
    expect((await foreign.delete(`${report}/links/${link.id}`)).status).toBe(404);
    expect(await open(link.url)).toBe(200);
  });

  test("ends with its report, and leaves no row behind", async () => {
    const link = await make();
    await client.delete(report);
    expect(await open(link.url)).toBe(403);
    inDatabase((db) => expect(db.query("SELECT count(*) AS n FROM links").get()).toEqual({ n: 0 }));
  });

  test("more than a thousand of a report are refused, until some are over; those are not kept", async () => {
    const first = await make({ expires_in: 60 });
    inDatabase((db) => {
      const copy = db.query(
        `INSERT INTO links (id, report_seq, artefact, made_by, created_at_ms, expires_at_ms)
         SELECT ?, report_seq, artefact, made_by, created_at_ms, expires_at_ms FROM links WHERE id = ?`,
      );
      db.transaction(() => {
        for (let n = 1; n < MOST_LINKS; n++) copy.run(`lnk_${n}`, first.id);
      })();
    });
    const refused = await client.post(`${report}/links`);
    expect([refused.status, errorOf(refused).code]).toEqual([409, "conflict"]);
    nowMs += 60_000;
    for (let n = 0; n < 11; n++) expect((await make()).id).toStartWith("lnk_");
    inDatabase((db) => expect(db.query("SELECT count(*) AS n FROM links").get()).toEqual({ n: 11 }));
  });
});

describe("how long a link works", () => {
  const longest = (environment: Record<string, string>) => readConfig({}, environment).longestLinkMs / DAY_MS;

  test("is 90 days at most, unless the server is told otherwise", () => {
    expect([longest({}), longest({ NINES_LINK_MAX_DAYS: "7" })]).toEqual([90, 7]);
    for (const wrong of ["0", "-1", "1.5", "3651", "90d", "1e3"])
      expect(() => longest({ NINES_LINK_MAX_DAYS: wrong })).toThrow("NINES_LINK_MAX_DAYS must be");
  });

  test("is no longer than that, whoever asks", async () => {
    expect((await make({ expires_in: 90 * DAY_S })).expires_at).toBe("2026-05-19T12:00:00.000Z");
    const refused = await client.post(`${report}/links`, { expires_in: 90 * DAY_S + 1 });
    expect(errorOf(refused)).toMatchObject({ code: "parameter_invalid", param: "expires_in" });
    expect(errorOf(refused).message).toContain("at most 7776000");
  });

  test("is the setting when nothing is said and that is shorter than a week", async () => {
    await server.stop();
    await start({ NINES_LINK_MAX_DAYS: "2" });
    expect((await make()).expires_at).toBe("2026-02-20T12:00:00.000Z");
    expect((await client.post(`${report}/links`, { expires_in: 3 * DAY_S })).status).toBe(400);
  });

  test("follows the setting when that becomes shorter", async () => {
    const link = await make({ expires_in: 60 * DAY_S });
    // As if it had been made under a setting of a year, and nearly that long ago.
    inDatabase((db) => {
      db.query("UPDATE links SET created_at_ms = ?, expires_at_ms = ?").run(
        NOON - 89 * DAY_MS,
        NOON + 60 * DAY_MS,
      );
    });
    expect((await list()).data[0].expires_at).toBe("2026-02-19T12:00:00.000Z");
    nowMs += DAY_MS - 1;
    expect(await open(link.url)).toBe(200);
    nowMs += 1;
    expect(await open(link.url)).toBe(403);
    expect(idsOf(await list())).toEqual([]);
  });
});

describe("a link of before links were kept", () => {
  const old = (days: number) => {
    const key = linkKeyOf(new TextEncoder().encode(TEST_SECRET));
    const target = { reportId: report.split("/").at(-1) ?? "", artefact: "pdf", linkId: null } as const;
    return server.url + signedPath(key, { ...target, expiresAtS: NOON / 1000 + days * DAY_S });
  };

  test("works until it expires", async () => {
    expect(await open(old(30))).toBe(200);
    nowMs += 30 * DAY_MS;
    expect(await open(old(30))).toBe(403);
  });

  test("works no longer than 90 days after the upgrade, though it was made for a year", async () => {
    nowMs += 90 * DAY_MS - 1;
    expect(await open(old(365))).toBe(200);
    nowMs += 1;
    expect(await open(old(365))).toBe(403);
    nowMs += 200 * DAY_MS;
    expect(await open(old(365))).toBe(403);
  });
});

describe("a link in a message", () => {
  test("is kept with its delivery, and can be revoked", async () => {
    await server.stop();
    const mail = await startMailServer();
    try {
      await start({ NINES_SMTP_URL: `smtp://${mail.smtp.host}:${mail.smtp.port}` });
      const told = aSchedule({ recipients: ["ops@example.com"] });
      const schedule = (await client.post("/reports/sla/schedules", told)).body.id;
      const { id } = await client.run(schedule, "2026-01-01", "2026-01-31");
      const sent = `/reports/sla/reports/${id}`;
      let [delivery] = (await client.post(`${sent}/deliveries`)).body.deliveries;
      while (delivery?.state !== "sent") {
        await Bun.sleep(5);
        [delivery] = (await client.get(sent)).body.deliveries;
      }
      const { data } = (await client.get(`${sent}/links`)).body;
      expect(data).toEqual([
        expect.objectContaining({ artefact: "pdf", made_by: null, delivery_id: delivery.id }),
      ]);
      const text = mail.received[0]?.mail.text ?? "";
      const [url = ""] = /http:\S+link=lnk_\w+&expires=\d+&signature=[\w-]{43}/.exec(text) ?? [];
      expect(await open(url)).toBe(200);
      await client.delete(`${sent}/links/${data[0].id}`);
      expect(await open(url)).toBe(403);
    } finally {
      await mail.stop();
    }
  });
});
