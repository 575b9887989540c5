// Readers that ask and do not read: what waits for them is bounded, for each token and in all, and others are
// answered. The compiled program is measured from outside.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { databasePath } from "../../src/store/database/open.ts";
import { binaryMissing, emptyFolder, type Running, serve, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { type Client, clientOf } from "../support/server.ts";

const READERS = isLong ? 200 : 40;
const MOST_MEGABYTES_MORE = 350;
const MESSAGE = "m".repeat(4000);
const FAULTS = 5000;

const TAGS_OF_A_SITE = Object.fromEntries(
  Array.from({ length: 50 }, (_, key) => [
    `key ${key}`,
    Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(200, "x")),
  ]),
);

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
let client: Client;
beforeAll(async () => {
  if (binaryMissing) return;
  folder = emptyFolder();
  server = await serve(folder.path);
  client = clientOf(server.url, await aToken());
  const rows = Array.from({ length: 100 }, (_, index) => `{"name": "site ${index}"}\n`).join("");
  await client.send("POST", "/sites/import", rows, "application/x-ndjson");
  const db = new Database(databasePath(`${folder.path}/data`), { readwrite: true });
  db.run("PRAGMA busy_timeout = 5000");
  // From before there was a limit: pages of a hundred such sites have 20 MB.
  db.query("UPDATE sites SET tags = ?").run(JSON.stringify(TAGS_OF_A_SITE));
  db.query(
    `INSERT INTO faults (id, workspace, site_seq, type, severity, message, started_at_ms, resolved_at_ms, updated_at_ms)
     WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
     SELECT 'flt_' || n, 'acme', (SELECT min(seq) FROM sites), 'site', 'LOW', ?, n * 1000, n * 1000 + 10, 0 FROM n`,
  ).run(FAULTS, MESSAGE);
  db.close();
});
afterAll(async () => {
  if (binaryMissing) return;
  await server.stop("SIGKILL");
  folder.remove();
});

const aToken = (days = 1) => tokenOf(folder.path, { workspace: "acme", days });

const megabytes = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))?.[1]) / 1024;

/** Asks and reads no more than the head of the answer; gives its status and the connection. */
function askAndStop(path: string, token: string): Promise<{ status: number; socket: Socket }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
    socket.on("error", reject);
    socket.once("data", (part) => {
      socket.pause();
      resolve({ status: Number(part.toString("latin1").slice(9, 12)), socket });
    });
  });
}

/** So many that do not read; gives how often each status came, and the memory that it took. */
async function manyThatStop(path: string, tokens: string[]) {
  const before = megabytes();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, megabytes());
  }, 20);
  const asked = await Promise.all(
    Array.from({ length: READERS }, (_, index) => askAndStop(path, tokens[index % tokens.length] as string)),
  );
  const health = await fetch(`${server.url}/healthz`);
  clearInterval(watch);
  const count = (status: number) => asked.filter((one) => one.status === status).length;
  const leave = () => {
    for (const { socket } of asked) socket.destroy();
  };
  return { count, leave, health: health.status, more: most - before };
}

/** Asks until it is not refused any more: that connections are gone is told a little later. */
async function untilAnswered(path: string, own = client): Promise<number> {
  for (;;) {
    const { status } = await own.get(path);
    if (status !== 429 && status !== 503) return status;
    await Bun.sleep(20);
  }
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "slow readers [needs dist/nines]" : "slow readers",
  () => {
    const page = "/sites?per_page=100";

    test("of large pages get one, then 429; other tokens are answered, and so is this one once they have gone", async () => {
      const { count, leave, health, more } = await manyThatStop(page, [client.token]);
      expect([count(200), count(429)]).toEqual([1, READERS - 1]);
      expect(health).toBe(200);
      expect(more).toBeLessThan(MOST_MEGABYTES_MORE);
      const other = clientOf(server.url, await aToken(2));
      expect((await other.get(page)).status).toBe(200);
      leave();
      expect(await untilAnswered(page)).toBe(200);
    });

    test("with many tokens fill what there is for all, then 503", async () => {
      const tokens = await Promise.all(Array.from({ length: 10 }, (_, index) => aToken(index + 10)));
      const { count, leave, health, more } = await manyThatStop(page, tokens);
      expect([count(200) + count(429) + count(503), health]).toEqual([READERS, 200]);
      expect(count(200)).toBeLessThan(8);
      expect(count(503)).toBeGreaterThan(0);
      expect(more).toBeLessThan(2 * MOST_MEGABYTES_MORE);
      leave();
      expect(await untilAnswered(page)).toBe(200);
    });

    test("of exports are five, then 429; each export holds a few rows", async () => {
      const { count, leave, health, more } = await manyThatStop("/fault/export", [client.token]);
      expect([count(200), count(429)]).toEqual([5, READERS - 5]);
      expect(health).toBe(200);
      expect(more).toBeLessThan(MOST_MEGABYTES_MORE);
      leave();
      const path = "/fault/export?to=1970-01-01T00:01:00Z";
      expect(await untilAnswered(path)).toBe(200);
      expect((await client.get("/fault/export")).text.split("\n")).toHaveLength(FAULTS + 2);
    });
  },
);
