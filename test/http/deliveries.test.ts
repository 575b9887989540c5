// From a run to the mailbox and the webhook, through the whole server, a real mail server and a real receiver.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Delivery } from "../../src/model/delivery.ts";
import { databasePath } from "../../src/store/database/open.ts";
import { type MailServer, smtpError, startMailServer } from "../notify/mailServer.ts";
import {
  aSchedule,
  type Client,
  errorOf,
  type Json,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

const GROUPS = "/notification-groups";
const SCHEDULES = "/reports/sla/schedules";
const REPORTS = "/reports/sla/reports";
const SECRET = "a-secret-of-the-tests";

let mail: MailServer;
let hooks: { url: string; got: { headers: Headers; text: string; body: Json }[]; stop: () => Promise<void> };
let server: TestServer;
let client: Client;
/** What the servers refuse just now. */
const refusing = { mail: false, hook: 200 };
/** By how much the server's clock is ahead. */
const later = { ms: 0 };
beforeAll(async () => {
  mail = await startMailServer({
    onRcptTo: (_address, _session, callback) =>
      refusing.mail ? callback(smtpError(550, "no such user")) : callback(),
  });
  const got: typeof hooks.got = [];
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const text = await request.text();
      got.push({ headers: request.headers, text, body: JSON.parse(text) as Json });
      return new Response(null, { status: refusing.hook });
    },
  });
  hooks = { got, url: `http://127.0.0.1:${receiver.port}/nines`, stop: () => receiver.stop(true) };
  server = await startTestServer({
    now: () => Date.now() + later.ms,
    environment: {
      NINES_SMTP_URL: `smtp://127.0.0.1:${mail.smtp.port}`,
      NINES_MAIL_FROM: "Nines <nines@example.com>",
      NINES_WEBHOOK_ALLOW_PRIVATE: "true",
    },
  });
  client = await server.client();
});
afterAll(async () => {
  await server.stop();
  await hooks.stop();
  await mail.stop();
});
beforeEach(() => {
  refusing.mail = false;
  refusing.hook = 200;
  mail.received.splice(0);
  hooks.got.splice(0);
});

/** A schedule of one site that was down for a while, with a group and a recipient; its report when all is delivered. */
async function delivered(): Promise<{ report: Json; schedule: Json }> {
  const webhooks = [{ url: hooks.url, secret: SECRET }];
  const group = (await client.post(GROUPS, { name: "Ops", emails: ["ops@example.com"], webhooks })).body;
  const fields = aSchedule({
    name: "Offices",
    notification_group: group.id,
    recipients: ["boss@example.com"],
  });
  const schedule = (await client.post(SCHEDULES, fields)).body;
  const { id } = await client.run(schedule.id, "2026-01-01", "2026-01-31");
  return { report: await settled(id), schedule };
}

/** The report once none of its deliveries waits any more. */
async function settled(id: string): Promise<Json> {
  for (;;) {
    const { body } = await client.get(`${REPORTS}/${id}`);
    if (body.deliveries.every(({ state }: Delivery) => state !== "queued")) return body;
    await Bun.sleep(5);
  }
}
const statesOf = (report: Json) =>
  report.deliveries.map(({ channel, target, state }: Delivery) => `${channel} ${target} ${state}`);

describe("a finished report", () => {
  /** One that was delivered to everybody, and what they got. */
  let report: Json;
  let letters: typeof mail.received;
  let calls: typeof hooks.got;
  beforeAll(async () => {
    const site = (await client.post("/sites", { name: "Zürich <HQ>" })).body;
    const outage = { created_at: "2026-01-10T10:00:00Z", resolved_at: "2026-01-10T12:00:00Z" };
    await client.post("/fault", { site_id: site.id, ...outage });
    ({ report } = await delivered());
    [letters, calls] = [mail.received.splice(0), hooks.got.splice(0)];
  });

  test("goes to everybody once, and says so", async () => {
    expect(statesOf(report)).toEqual([
      "email ops@example.com sent",
      "email boss@example.com sent",
      `webhook ${hooks.url} sent`,
    ]);
    expect(report.deliveries[0]).toEqual({
      id: expect.stringMatching(/^dlv_\w{27}$/),
      channel: "email",
      target: "ops@example.com",
      state: "sent",
      attempts: 1,
      error: null,
      created_at: expect.any(String),
      sent_at: expect.any(String),
    });
    expect(letters.flatMap(({ to }) => to).sort()).toEqual(["boss@example.com", "ops@example.com"]);
    expect(calls).toHaveLength(1);
    const listed = (await client.get(`${REPORTS}?schedule_id=${report.schedule_id}`)).body.data[0];
    expect(listed.deliveries).toEqual(report.deliveries);
  });

  test("arrives by e-mail with its figures, and with the PDF that can be downloaded", async () => {
    const [{ mail: message } = expect.unreachable()] = letters;
    expect(message.subject).toBe("Offices: 99.731 % (breached) – 1–31 January 2026");
    expect(message.text).toContain("Lowest sites:\n- Zürich <HQ>: 99.731 %, 2h down, breached");
    expect(message.html).toContain("Zürich &lt;HQ&gt;");
    const pdf = await fetch(report.pdf_url, { headers: { Authorization: `Bearer ${client.token}` } });
    expect(message.attachments[0]?.content).toEqual(Buffer.from(await pdf.arrayBuffer()));
  });

  test("has a link in the e-mail that works without a token", async () => {
    const [, link = ""] = /\n(http:\S+)\n/.exec(letters[0]?.mail.text ?? "") ?? [];
    const answer = await fetch(link);
    expect({ status: answer.status, type: answer.headers.get("content-type") }).toEqual({
      status: 200,
      type: "application/pdf",
    });
  });

  test("arrives at the webhook as the API answers it, signed, with links that work", async () => {
    const [{ headers, text, body } = expect.unreachable()] = calls;
    const { deliveries, ...rest } = report;
    expect(body).toMatchObject({ event: "report.completed", report: rest });
    expect(body.delivery_id).toBe(deliveries[2].id);
    expect(text).not.toContain("boss@example.com");
    const timestamp = headers.get("nines-timestamp");
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
    const expected = createHmac("sha256", SECRET).update(`${timestamp}.${text}`).digest("hex");
    expect(headers.get("nines-signature")).toBe(`v1=${expected}`);
    for (const link of Object.values<string>(body.links)) expect((await fetch(link)).status).toBe(200);
  });

  test("does not tell in its document whom it is sent to", async () => {
    const document = (await client.get(`${REPORTS}/${report.id}/json`)).body;
    expect(document.settings).not.toHaveProperty("recipients");
    expect(document.settings).not.toHaveProperty("notification_group");
  });

  test("is completed though nobody can be told, and says why", async () => {
    refusing.mail = true;
    refusing.hook = 410;
    const { report: untold } = await delivered();
    expect(untold).toMatchObject({ status: "completed", error: null });
    expect(untold.deliveries.map(({ state, error }: Delivery) => [state, error])).toEqual([
      ["failed", "the mail server said: 550 no such user"],
      ["failed", "the mail server said: 550 no such user"],
      ["failed", "the receiver answered 410: it wants no more messages"],
    ]);
  });
});

describe("sending again", () => {
  const again = async (id: string, body?: unknown) => {
    const answer = await client.post(`${REPORTS}/${id}/deliveries`, body);
    expect(answer.status).toBe(202);
    return answer.body.deliveries as Delivery[];
  };

  test("without a body reaches those that it could not reach", async () => {
    refusing.mail = true;
    const { report } = await delivered();
    refusing.mail = false;
    const queued = await again(report.id);
    expect(queued.map(({ target, state }) => [target, state])).toEqual([
      ["ops@example.com", "queued"],
      ["boss@example.com", "queued"],
    ]);
    expect(statesOf(await settled(report.id))).toEqual([
      "email ops@example.com sent",
      "email boss@example.com sent",
      `webhook ${hooks.url} sent`,
    ]);
    expect(hooks.got).toHaveLength(1);
    expect(await again(report.id)).toEqual([]);
  });

  test("with ids sends these once more after a minute, with another Message-ID", async () => {
    const { report } = await delivered();
    const [{ id }] = report.deliveries;
    const tooEarly = await client.post(`${REPORTS}/${report.id}/deliveries`, { delivery_ids: [id] });
    expect(errorOf(tooEarly)).toMatchObject({ code: "too_many_messages", type: "rate_limit_error" });
    expect(Number(tooEarly.headers.get("retry-after"))).toBeGreaterThan(0);
    later.ms += 60_000;
    expect(await again(report.id, { delivery_ids: [id] })).toMatchObject([{ id, state: "queued" }]);
    const after = await settled(report.id);
    expect(after.deliveries[0]).toMatchObject({ state: "sent", attempts: 2 });
    const ids = mail.received
      .filter(({ to }) => to[0] === "ops@example.com")
      .map(({ mail: { messageId } }) => messageId);
    expect(ids).toEqual([`<${id}.1@example.com>`, `<${id}.2@example.com>`]);
  });

  test("refuses what is no delivery of it, another workspace, and no right to run", async () => {
    const { report } = await delivered();
    const other = await delivered();
    const path = `${REPORTS}/${report.id}/deliveries`;
    const foreign = await client.post(path, { delivery_ids: [other.report.deliveries[0].id] });
    expect(errorOf(foreign)).toMatchObject({ code: "reference_not_found", param: "delivery_ids[0]" });
    expect((await (await server.client("other")).post(path)).status).toBe(404);
  });

  test("refuses a report that was made while the clock was ahead, and queues nothing", async () => {
    const { report } = await delivered();
    const db = new Database(databasePath(server.dataFolder));
    db.run("UPDATE reports SET voided_at_ms = 1, void_settled = 1 WHERE id = ?", [report.id]);
    db.close();
    const answer = await client.post(`${REPORTS}/${report.id}/deliveries`, {
      delivery_ids: [report.deliveries[0].id],
    });
    expect([answer.status, errorOf(answer).code]).toEqual([409, "report_not_ready"]);
    expect((await client.get(`${REPORTS}/${report.id}`)).body.deliveries).toEqual(report.deliveries);
  });
});

describe("a test of a group", () => {
  test("reaches every target, and what became of it is on the group", async () => {
    const { body } = await client.post(GROUPS, {
      name: "Ops & <b>",
      emails: ["ops@example.com"],
      webhooks: [{ url: hooks.url }],
    });
    const answer = await client.post(`${GROUPS}/${body.id}/test`);
    expect(answer.status).toBe(202);
    expect(answer.body.deliveries).toMatchObject([{ state: "queued" }, { state: "queued" }]);
    const group = async () => (await client.get(`${GROUPS}/${body.id}`)).body;
    while ((await group()).last_test.some(({ state }: Delivery) => state === "queued")) await Bun.sleep(5);
    expect((await group()).last_test).toMatchObject([{ state: "sent" }, { state: "sent" }]);
    expect(mail.received[0]?.mail.subject).toBe("Test of Ops & <b>");
    const [{ body: told, headers, text } = expect.unreachable()] = hooks.got;
    expect(told).toMatchObject({ event: "test", notification_group: { id: body.id, name: "Ops & <b>" } });
    const signed = createHmac("sha256", body.webhooks[0].secret)
      .update(`${headers.get("nines-timestamp")}.${text}`)
      .digest("hex");
    expect(headers.get("nines-signature")).toBe(`v1=${signed}`);
  });
});

test("without a mail server, e-mail fails at once and says what to set", async () => {
  const bare = await startTestServer();
  try {
    const other = await bare.client();
    const schedule = (await other.post(SCHEDULES, aSchedule({ recipients: ["boss@example.com"] }))).body;
    const { id } = await other.run(schedule.id, "2026-01-01", "2026-01-31");
    const deliveryOf = async (): Promise<Delivery> =>
      (await other.get(`${REPORTS}/${id}`)).body.deliveries[0];
    while ((await deliveryOf()).state === "queued") await Bun.sleep(5);
    expect(await deliveryOf()).toMatchObject({
      state: "failed",
      attempts: 1,
      error: "no e-mail can be sent: NINES_SMTP_URL is not set",
    });
  } finally {
    await bare.stop();
  }
});
