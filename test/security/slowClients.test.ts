// Clients that are slow on purpose, against the compiled program: heads and bodies in drops, answers that are not read,
// and a thousand ranges at once. Somebody else is answered meanwhile. What `slowhttptest` does, by sockets of our own.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { binaryMissing, emptyFolder, type Running, serve, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { tell } from "../support/figures.ts";
import { aSchedule, type Client, clientOf } from "../support/server.ts";
import { connected } from "./rawSocket.ts";

const CONNECTIONS = isLong ? 500 : 200;
/** How long they stay in the long form: the server cuts a head after some 12 s, a body after 30 s. */
const STAY_MS = isLong ? 40_000 : 0;
/** So often somebody else asks at least, and is answered. */
const QUESTIONS = 40;
const MOST_GROWTH_MB = 200;

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
let client: Client;
let pdf: string;
const open: Socket[] = [];

const head = (method: string, path: string, headers = "") =>
  `${method} ${path} HTTP/1.1\r\nHost: nines.example\r\nAuthorization: Bearer ${client.token}\r\n${headers}`;

/** So many connections that begin with these bytes, and send the drop once in a while; none reads when told so. */
async function slow(first: string, { drop, reads = true }: { drop?: string; reads?: boolean }) {
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = await connected(server.url);
    socket.on("error", () => {});
    if (reads) socket.resume();
    else socket.pause();
    socket.write(first);
    open.push(socket);
  }
  const dripping = setInterval(() => {
    for (const socket of open) if (drop !== undefined && !socket.destroyed) socket.write(drop);
  }, 500);
  return { stop: () => clearInterval(dripping) };
}

/** Asks as anybody would, a number of times and, in the long form, for so long. Gives the slowest answer. */
async function somebodyElse(): Promise<{ asked: number; slowestMs: number }> {
  let [asked, slowestMs] = [0, 0];
  const endsAt = performance.now() + STAY_MS;
  while (asked < QUESTIONS || performance.now() < endsAt) {
    const began = performance.now();
    const { status } = await client.get(asked % 2 === 0 ? "/sites" : "/healthz");
    slowestMs = Math.max(slowestMs, performance.now() - began);
    expect(status).toBe(200);
    asked++;
    await Bun.sleep(10);
  }
  return { asked, slowestMs };
}

function memoryMb(): number {
  const status = readFileSync(`/proc/${server.process.pid}/status`, "utf8");
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "slow clients [needs dist/nines]" : "slow clients",
  () => {
    beforeAll(async () => {
      folder = emptyFolder();
      server = await serve(folder.path);
      client = clientOf(server.url, await tokenOf(folder.path));
      await client.post("/sites", { name: "Bern" });
      const { body } = await client.post("/reports/sla/schedules", aSchedule());
      pdf = `/reports/sla/reports/${(await client.run(body.id, "2026-09-01", "2026-09-30")).id}/pdf`;
      await client.get("/openapi.json");
    });
    afterEach(() => {
      for (const socket of open.splice(0)) socket.destroy();
    });
    afterAll(async () => {
      expect(await server.stop()).toBe(0);
      folder.remove();
    });

    const ranges = `Range: bytes=0-,${Array.from({ length: 900 }, (_, i) => `${i}-${i + 9}`).join(",")}\r\n`;
    test.each([
      ["heads in drops", () => head("GET", "/healthz"), { drop: "X-A: b\r\n" }],
      [
        "bodies in drops",
        () => head("POST", "/sites", "Content-Type: application/json\r\nContent-Length: 8192\r\n\r\n{"),
        { drop: " " },
      ],
      ["answers that are not read", () => `${head("GET", "/openapi.json")}\r\n`.repeat(5), { reads: false }],
      ["a thousand ranges of a file", () => `${head("GET", pdf, ranges)}\r\n`, {}],
    ] as const)(
      `${CONNECTIONS} with %s keep nobody from an answer, and hold little memory`,
      async (name, first, how) => {
        const before = memoryMb();
        const clients = await slow(first(), how);
        const { asked, slowestMs } = await somebodyElse();
        // They were there meanwhile: none had its answer, or was sent away, before anybody else asked.
        const stayed = isLong ? null : open.filter(({ destroyed }) => !destroyed).length;
        const grewMb = memoryMb() - before;
        clients.stop();
        tell(`${CONNECTIONS} slow clients`, {
          name,
          asked,
          slowestMs: Math.round(slowestMs),
          grewMb: Math.round(grewMb),
        });
        // Held up by the slow ones, no answer would come; how fast they are is a figure, and decides nothing.
        if (stayed !== null) expect(stayed).toBe(CONNECTIONS);
        expect(grewMb).toBeLessThan(MOST_GROWTH_MB);
      },
    );
  },
);
