// Real outages of real sites, when the folder with them is there: what the monitoring system itself
// published as minutes down a day is what Nines computes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { verifyDocument } from "../../src/report/verify.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

const FOLDER = resolve(import.meta.dir, "../../../shared/data/editions");
const missing = !existsSync(FOLDER);
if (missing) console.warn("skipped: real outages: there is no folder with them beside the checkout");

type Peer = { minutes_down_per_utc_day: Record<string, Record<string, number>> };

describe.skipIf(missing)(missing ? "the editions [needs the folder of real outages]" : "the editions", () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await startTestServer();
    client = await server.client();
    for (const [path, file] of [
      ["/sites/import", "sites.ndjson"],
      ["/fault/import", "faults.ndjson"],
    ] as const) {
      const text = await Bun.file(join(FOLDER, file)).text();
      const { body } = await client.send("POST", path, text, "application/x-ndjson");
      expect({ refused: body.refused, errors: body.errors }).toEqual({ refused: 0, errors: [] });
      const again = await client.send("POST", path, text, "application/x-ndjson");
      expect([again.body.created, again.body.updated]).toEqual([0, 0]);
    }
  });
  afterAll(() => server.stop());

  test("minutes down a UTC day agree with the monitoring system's own within one minute", async () => {
    const peer = (await Bun.file(join(FOLDER, "peer_minutes_down.json")).json()) as Peer;
    let compared = 0;
    for (const [name, days] of Object.entries(peer.minutes_down_per_utc_day)) {
      const { body: found } = await client.get(`/sites?name=${encodeURIComponent(name)}`);
      for (const [day, minutes] of Object.entries(days)) {
        const { body } = await client.get(
          `/uptime?from=${day}&to=${day}&timezone=UTC&site_id=${found.data[0].id}`,
        );
        const computed = body.overall.downtime_seconds / 60;
        expect(
          Math.abs(computed - minutes),
          `${name} on ${day}: ${computed} and ${minutes}`,
        ).toBeLessThanOrEqual(1);
        compared++;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(20);
  });

  test("February 2026 in Zurich is a report that verifies and agrees with /uptime", async () => {
    const { body: schedule } = await client.post(
      "/reports/sla/schedules",
      aSchedule({ name: "Editions", timezone: "Europe/Zurich" }),
    );
    const report = await client.run(schedule.id, "2026-02-01", "2026-02-28");
    expect(report.status).toBe("completed");
    const { body: document } = await client.get(`/reports/sla/reports/${report.id}/json`);
    expect(verifyDocument(document)).toMatchObject({ verdict: "verified" });
    const { body: uptime } = await client.get("/uptime?from=2026-02-01&to=2026-02-28&timezone=Europe/Zurich");
    expect(uptime.overall.uptime_percentage).toBe(document.summary.uptime_percentage);
    expect(uptime.sites.map((site: { downtime_seconds: number }) => site.downtime_seconds)).toEqual(
      document.sites.map((site: { downtime_seconds: number }) => site.downtime_seconds),
    );
    expect(document.summary.site_count).toBe(42);
  });
});
