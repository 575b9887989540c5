// Notification groups over HTTP: what is stored, what is refused, and that secrets are told once.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { aSchedule, type Client, errorOf, startTestServer, type TestServer } from "../support/server.ts";
import { unknownId } from "./world.ts";

const GROUPS = "/notification-groups";
const SCHEDULES = "/reports/sla/schedules";
const GROUP = { name: "Operations", emails: ["ops@example.com"] };
const URL_A = "https://hooks.example.com/a";
const URL_B = "https://hooks.example.com/b";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

describe("a group", () => {
  test("is created, retrieved, listed, replaced and deleted", async () => {
    const created = await client.post(GROUPS, GROUP);
    expect(created.status).toBe(201);
    const { body } = created;
    expect(created.headers.get("location")).toBe(`${GROUPS}/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^ng_\w{27}$/),
      ...GROUP,
      webhooks: [],
      last_test: [],
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await client.get(`${GROUPS}/${body.id}`)).body).toEqual(body);
    expect((await client.get(GROUPS)).body).toMatchObject({ data: [body], meta: { total: 1 } });
    const replaced = await client.put(`${GROUPS}/${body.id}`, { ...body, name: "NOC" });
    expect(replaced.body).toMatchObject({ id: body.id, name: "NOC", emails: GROUP.emails });
    expect((await client.delete(`${GROUPS}/${body.id}`)).status).toBe(204);
    expect((await client.get(`${GROUPS}/${body.id}`)).status).toBe(404);
  });

  test("of another workspace is not there", async () => {
    const { id } = (await client.post(GROUPS, GROUP)).body;
    const other = await server.client("other");
    expect((await other.get(`${GROUPS}/${id}`)).status).toBe(404);
    expect((await other.put(`${GROUPS}/${id}`, GROUP)).status).toBe(404);
    expect((await other.post(`${GROUPS}/${id}/test`)).status).toBe(404);
    expect((await other.delete(`${GROUPS}/${id}`)).status).toBe(404);
    const answer = await other.post(SCHEDULES, aSchedule({ notification_group: id }));
    expect(errorOf(answer)).toMatchObject({ code: "reference_not_found", param: "notification_group" });
  });

  test("that schedules use is not deleted, and they are named", async () => {
    const { id } = (await client.post(GROUPS, GROUP)).body;
    const schedule = (await client.post(SCHEDULES, aSchedule({ name: "Daily", notification_group: id })))
      .body;
    const refusal = await client.delete(`${GROUPS}/${id}`);
    expect(refusal.status).toBe(409);
    expect(errorOf(refusal)).toMatchObject({
      code: "in_use",
      message: `The notification group is used by 'Daily' (${schedule.id}); change these schedules first.`,
    });
    await client.patch(`${SCHEDULES}/${schedule.id}`, { notification_group: null });
    expect((await client.delete(`${GROUPS}/${id}`)).status).toBe(204);
  });
});

describe("the secret of a webhook", () => {
  test("is generated when none is given, told in that answer, and never again", async () => {
    const { body } = await client.post(GROUPS, { name: "a", webhooks: [{ url: URL_A }] });
    expect(body.webhooks).toEqual([{ url: URL_A, secret: expect.stringMatching(/^nws_[\w-]{43}$/) }]);
    const [{ secret }] = body.webhooks;
    const texts = [
      (await client.get(`${GROUPS}/${body.id}`)).text,
      (await client.get(GROUPS)).text,
      (await client.put(`${GROUPS}/${body.id}`, { ...body, webhooks: [{ url: URL_A }] })).text,
    ];
    for (const text of texts) expect(text).not.toContain(secret);
    expect((await client.get(`${GROUPS}/${body.id}`)).body.webhooks).toEqual([{ url: URL_A, secret: null }]);
  });

  test("that is given is not told", async () => {
    const webhooks = [{ url: URL_A, secret: "a secret-of-ours-1".replace(" ", "-") }];
    const answer = await client.post(GROUPS, { name: "a", webhooks });
    expect(answer.body.webhooks).toEqual([{ url: URL_A, secret: null }]);
  });

  test("is kept when what GET gave is sent back, and made for addresses that are new", async () => {
    const { id } = (await client.post(GROUPS, { name: "a", webhooks: [{ url: URL_A }] })).body;
    const got = (await client.get(`${GROUPS}/${id}`)).body;
    expect((await client.put(`${GROUPS}/${id}`, got)).body.webhooks).toEqual([{ url: URL_A, secret: null }]);
    const more = await client.put(`${GROUPS}/${id}`, { ...got, webhooks: [...got.webhooks, { url: URL_B }] });
    expect(more.body.webhooks).toEqual([
      { url: URL_A, secret: null },
      { url: URL_B, secret: expect.stringMatching(/^nws_/) },
    ]);
  });
});

describe("refused is", () => {
  const refusalOf = async (fields: unknown) => {
    const answer = await client.post(GROUPS, fields);
    expect(answer.status).toBe(400);
    return errorOf(answer);
  };

  test("a group without any target", async () => {
    expect(await refusalOf({ name: "a" })).toMatchObject({ code: "parameter_missing", param: "emails" });
    expect(await refusalOf({ name: "a", emails: [], webhooks: [] })).toMatchObject({ param: "emails" });
  });

  test.each([
    ...["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b..example", ".a@b.example", "a.@b.example"],
    ...[
      "a@b.example\r\nBcc: c@d.example",
      "a@b.example\n",
      "a@b.example,c@d.example",
      "<a@b.example>",
      '"a b"@c.example',
    ],
    ...[
      "a@-b.example",
      "a@b-.example",
      "a@[127.0.0.1]",
      "a@127.0.0.1",
      "ü@b.example",
      `${"a".repeat(65)}@b.example`,
    ],
    ...[`a@${"b".repeat(64)}.example`, `a@${"b.".repeat(130)}example`, 7, null],
  ])("the address %j", async (email) => {
    expect(await refusalOf({ name: "a", emails: ["good@example.com", email] })).toMatchObject({
      code: "parameter_invalid",
      param: "emails[1]",
    });
    const answer = await client.post(SCHEDULES, aSchedule({ recipients: [email] }));
    expect(errorOf(answer)).toMatchObject({ code: "parameter_invalid", param: "recipients[0]" });
  });

  test("an address made to be slow to refuse, and at once", async () => {
    // In exponential time, these would never be answered.
    for (const email of [`${"a.".repeat(120)}!`, `${"a".repeat(250)}@`, `a@${"a-".repeat(120)}.`])
      expect((await refusalOf({ name: "a", emails: [email] })).param).toBe("emails[0]");
  });

  test.each([
    ...[
      "http://127.0.0.1/",
      "http://2130706433/",
      "https://[::1]:8443/",
      "http://169.254.169.254/latest/meta-data/",
    ],
    ...[
      "http://localhost:8080/",
      "https://user:pass@example.com/",
      "ftp://example.com/",
      "example.com",
      "https://",
    ],
    ...["http:\\\\example.com\\", "https://exa mple.com/", `https://example.com/${"x".repeat(1000)}`],
  ])("the webhook %j", async (url) => {
    expect(await refusalOf({ name: "a", webhooks: [{ url: URL_A }, { url }] })).toMatchObject({
      code: "parameter_invalid",
      param: "webhooks[1].url",
    });
  });

  test("a webhook that is named twice", async () => {
    expect(await refusalOf({ name: "a", webhooks: [{ url: URL_A }, { url: URL_A }] })).toMatchObject({
      param: "webhooks[1].url",
    });
  });

  test.each(["short", "with space in it, and long", "x".repeat(201), "ünïcödë-secret-of-ours", 7])(
    "the secret %j",
    async (secret) => {
      expect(await refusalOf({ name: "a", webhooks: [{ url: URL_A, secret }] })).toMatchObject({
        param: "webhooks[0].secret",
      });
    },
  );

  test("more than there may be", async () => {
    const emails = Array.from({ length: 51 }, (_, index) => `a${index}@example.com`);
    expect(await refusalOf({ name: "a", emails })).toMatchObject({ param: "emails" });
    const webhooks = Array.from({ length: 11 }, (_, index) => ({ url: `${URL_A}${index}` }));
    expect(await refusalOf({ name: "a", webhooks })).toMatchObject({ param: "webhooks" });
  });

  test("a field that is not known", async () => {
    expect(await refusalOf({ ...GROUP, phone: "1" })).toMatchObject({
      code: "parameter_unknown",
      param: "phone",
    });
  });

  test("a schedule with a group that is not there", async () => {
    const answer = await client.post(SCHEDULES, aSchedule({ notification_group: unknownId("ng") }));
    expect(errorOf(answer)).toMatchObject({ code: "reference_not_found", param: "notification_group" });
  });
});

test("where private addresses are allowed, a webhook may have one", async () => {
  const open = await startTestServer({ environment: { NINES_WEBHOOK_ALLOW_PRIVATE: "true" } });
  try {
    const webhooks = [{ url: "http://127.0.0.1:9000/hook" }];
    expect((await (await open.client()).post(GROUPS, { name: "a", webhooks })).status).toBe(201);
  } finally {
    await open.stop();
  }
});

test("a schedule keeps its group and recipients, through PATCH, PUT and GET", async () => {
  const group = (await client.post(GROUPS, GROUP)).body;
  const fields = aSchedule({ notification_group: group.id, recipients: ["boss@example.com"] });
  const { body } = await client.post(SCHEDULES, fields);
  expect(body).toMatchObject({ notification_group: group.id, recipients: ["boss@example.com"] });
  const path = `${SCHEDULES}/${body.id}`;
  expect((await client.patch(path, { name: "Other" })).body).toMatchObject({ notification_group: group.id });
  expect((await client.put(path, aSchedule())).body).toMatchObject({
    notification_group: null,
    recipients: [],
  });
});

test("the groups of a workspace are tested ten times a minute, though each is made, tested and deleted", async () => {
  let nowMs = Date.parse("2026-02-18T12:00:00Z");
  const strict = await startTestServer({ now: () => nowMs });
  try {
    const own = await strict.client();
    const testNew = async (by = own) => {
      const path = `${GROUPS}/${(await by.post(GROUPS, GROUP)).body.id}`;
      const answer = await by.post(`${path}/test`);
      await by.delete(path);
      return answer;
    };
    for (let count = 0; count < 10; count++) expect((await testNew()).status).toBe(202);
    const refused = await testNew();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "6"]);
    expect(errorOf(refused)).toMatchObject({ code: "too_many_tests", type: "rate_limit_error" });
    expect((await testNew(await strict.client("other"))).status).toBe(202);
    nowMs += 6000;
    expect((await testNew()).status).toBe(202);
    expect((await testNew()).status).toBe(429);
  } finally {
    await strict.stop();
  }
});

test("a group is not tested again within a minute, and one test more does not use up the others'", async () => {
  const own = await server.client("testers");
  const [first, second] = [(await own.post(GROUPS, GROUP)).body, (await own.post(GROUPS, GROUP)).body];
  expect((await own.post(`${GROUPS}/${first.id}/test`)).status).toBe(202);
  for (let count = 0; count < 20; count++) {
    const refused = await own.post(`${GROUPS}/${first.id}/test`);
    expect(errorOf(refused)).toMatchObject({
      code: "too_many_tests",
      message: expect.stringMatching(/^The group was tested within the last minute; try again in \d+ s\.$/),
    });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await own.post(`${GROUPS}/${second.id}/test`)).status).toBe(202);
});
