// Thousands of requests made of the routes' own schemas, good, nearly good and hostile, against a real server:
// no fault of ours, no silence, no answer that is not documented, and nothing changed by what is refused.
// NINES_TORTURE=long sends half a million to the compiled program, and looks at its memory.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { signToken } from "../../src/http/caller/auth.ts";
import { SCOPES } from "../../src/http/caller/principal.ts";
import { databasePath } from "../../src/store/database/open.ts";
import { documentAndRoutes } from "../http/openapi/quietServer.ts";
import { binaryMissing, emptyFolder, serve } from "../support/binary.ts";
import { isLong, SEED } from "../support/chance.ts";
import { tell } from "../support/figures.ts";
import { aSchedule, clientOf, startTestServer, TEST_SECRET } from "../support/server.ts";
import { requestsFor } from "./fuzz/requests.ts";
import { type Findings, senderTo, type Tokens } from "./fuzz/sending.ts";

const COUNT = Number(process.env["NINES_FUZZ_REQUESTS"] ?? (isLong ? 500_000 : 500));
/** Requests are made in lots: one of them is made anew from its seed when something is found. */
const LOT = 250;
const MOST_GROWTH_MB = 150;
/** Of the long form. */
const LONGEST_MS = 6 * 3_600_000;

const { document, routes } = documentAndRoutes();
const requests = requestsFor(routes);

async function tokensOf(): Promise<Tokens> {
  const secret = new TextEncoder().encode(TEST_SECRET);
  const nowS = Math.floor(Date.now() / 1000);
  const token = (changes: { workspace?: string; scopes?: readonly string[]; expiresAtS?: number }) =>
    signToken(secret, {
      subject: "fuzz",
      workspace: "acme",
      scopes: SCOPES,
      expiresAtS: nowS + 86_400,
      ...changes,
    });
  return {
    admin: await token({ scopes: ["admin"] }),
    neighbour: await token({ workspace: "other" }),
    reader: await token({ scopes: ["sla:read"] }),
    expired: await token({ expiresAtS: nowS - 7200 }),
    nonsense: "no.good.token",
    nobody: null,
  };
}

/** Sends so many requests; `afterLot` is told how many were sent. */
async function fuzz(
  target: { url: string; dataFolder: string },
  count: number,
  afterLot: (sent: number) => void = () => {},
): Promise<Findings> {
  const db = new Database(databasePath(target.dataFolder), { readonly: true });
  const tokens = await tokensOf();
  const { send, findings } = senderTo({ url: target.url, document, tokens, db });
  for (let sent = 0; sent < count; sent += LOT) {
    const lot = fc.sample(requests, { seed: SEED + sent, numRuns: Math.min(LOT, count - sent) });
    for (const request of lot) await send(request);
    afterLot(sent + lot.length);
  }
  db.close();
  await expectNormalSession(target.url, tokens.admin as string);
  return findings;
}

/** What anybody does with the server still works. */
async function expectNormalSession(url: string, token: string): Promise<void> {
  const client = clientOf(url, token);
  const site = await client.post("/sites", {
    name: `Afterwards ${crypto.randomUUID()}`,
    tags: { After: "wards" },
  });
  expect([site.status, site.text]).toEqual([201, site.text]);
  const fault = {
    site_id: site.body.id,
    created_at: "2026-01-10T10:00:00Z",
    resolved_at: "2026-01-10T11:00:00Z",
  };
  expect((await client.post("/fault", fault)).status).toBe(201);
  const selection = { site_selection_mode: "tags", site_selection_rules: [{ key: "After", value: "wards" }] };
  const schedule = (await client.post("/reports/sla/schedules", aSchedule(selection))).body.id;
  const report = await client.run(schedule, "2026-01-01", "2026-01-31");
  expect(report).toMatchObject({ status: "completed", error: null });
  expect((await client.get(`/reports/sla/reports/${report.id}/pdf`)).text).toStartWith("%PDF-");
  expect((await client.get("/readyz")).status).toBe(200);
}

function expectNoFindings(findings: Findings, count: number): void {
  expect(findings.problems.slice(0, 10)).toEqual([]);
  const total = [...findings.statuses.values()].reduce((sum, one) => sum + one, 0);
  expect(total).toBe(count);
  // Requests that are all refused would test little.
  const accepted = [...findings.statuses]
    .filter(([status]) => status < 300)
    .reduce((sum, [, one]) => sum + one, 0);
  expect(accepted / count).toBeGreaterThan(0.15);
}

/** Megabytes that are the process's own. */
function memoryOf(pid: number): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

if (!isLong) {
  test(`${COUNT} requests to the server`, async () => {
    const server = await startTestServer();
    try {
      expectNoFindings(await fuzz(server, COUNT), COUNT);
    } finally {
      await server.stop();
    }
  }, 120_000);
}

if (isLong && binaryMissing === null) {
  test(
    `${COUNT} requests to the compiled program leave it as it was, in its memory too`,
    async () => {
      const folder = emptyFolder();
      const program = await serve(folder.path, { NINES_JWT_SECRET: TEST_SECRET });
      const memory: number[] = [];
      try {
        const target = { url: program.url, dataFolder: join(folder.path, "data") };
        const started = performance.now();
        const findings = await fuzz(target, COUNT, () => memory.push(memoryOf(program.process.pid)));
        const seconds = Math.round((performance.now() - started) / 1000);
        // The least of each third: what is kept, not what one report or collection needs for a moment.
        const third = Math.ceil(memory.length / 3);
        const least = [0, 1, 2].map((part) => Math.min(...memory.slice(part * third, (part + 1) * third)));
        const statuses = Object.fromEntries([...findings.statuses].sort(([a], [b]) => a - b));
        const figures = {
          seed: SEED,
          requests: COUNT,
          seconds,
          statuses,
          slowestMs: Math.round(findings.slowestMs),
        };
        const wrong = findings.problems.length;
        tell("fuzzed requests", { ...figures, leastMbByThird: least.map(Math.round), wrong });
        expectNoFindings(findings, COUNT);
        expect((least[2] as number) - (least[0] as number)).toBeLessThan(MOST_GROWTH_MB);
        expect(program.process.exitCode).toBe(null);
      } finally {
        expect(await program.stop()).toBe(0);
        folder.remove();
      }
    },
    LONGEST_MS,
  );
}
