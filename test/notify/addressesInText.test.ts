// What users read about a message that was not sent tells no address of the network that the server stands in.
import { afterEach, expect, test } from "bun:test";
import { withoutPrivateAddresses } from "../../src/notify/addressesInText.ts";
import { type Client, startTestServer, type TestServer } from "../support/server.ts";

test.each([
  ["connect ECONNREFUSED 10.1.2.3:25", "connect ECONNREFUSED …:25"],
  ["connect ECONNREFUSED ::1:25", "connect ECONNREFUSED …"],
  ["550 refused by mail.internal[192.168.7.20]", "550 refused by mail.internal[…]"],
  ["from fd00:12::7, then fe80::1%eth0.", "from …, then …."],
  ["ip=127.0.0.1;port=3", "ip=…;port=3"],
])("%p is told as %p", (text, told) => {
  expect(withoutPrivateAddresses(text, "ops@example.com")).toBe(told);
});

test.each([
  "554 1.1.1.1 is on a list of senders, see https://example.com/2606:4700::1",
  "450 try again at 12:30:45, error 4.7.1, version 10.11.12",
])("%p is told as it is", (text) => {
  expect(withoutPrivateAddresses(text, "ops@example.com")).toBe(text);
});

test("an address that the user named is no secret", () => {
  const url = "http://10.1.2.3/hook";
  expect(withoutPrivateAddresses("10.1.2.3 is private, as is 10.9.9.9", url)).toBe(
    "10.1.2.3 is private, as is …",
  );
});

let server: TestServer | undefined;
afterEach(() => server?.stop());

/** The errors of a group's test, as anybody with `sla:read` can read them, once each was tried. */
async function errorsOfTest(client: Client, group: Record<string, unknown>): Promise<string[]> {
  const { id } = (await client.post("/notification-groups", { name: "Operations", ...group })).body;
  await client.post(`/notification-groups/${id}/test`);
  for (;;) {
    const tests: { error: string | null }[] = (await client.get(`/notification-groups/${id}`)).body.last_test;
    const errors = tests.flatMap(({ error }) => error ?? []);
    if (errors.length === tests.length) return errors;
    await Bun.sleep(5);
  }
}

test("a mail server that does not answer is not named to users; the log has its address", async () => {
  const logged: string[] = [];
  server = await startTestServer({
    environment: { NINES_SMTP_URL: "smtp://127.0.0.1:9" },
    log: (_level, event, facts) => logged.push(`${event} ${facts["reason"]}`),
  });
  const [error = ""] = await errorsOfTest(await server.client(), { emails: ["ops@example.com"] });
  expect(error).toMatch(/^the mail server could not be used: .*ECONNREFUSED/);
  expect(error).not.toContain("127.0.0.1");
  expect(logged.join("\n")).toMatch(/delivery\.not_sent .*ECONNREFUSED 127\.0\.0\.1:9/);
});
