// What a refusal says would be right: the form of a thing in words, not the length of its text or an expression.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Kind, type TSchema } from "@sinclair/typebox";
import { meaning } from "../../src/http/kernel/validate.ts";
import { Text } from "../../src/model/fields.ts";
import { type Client, errorOf, startTestServer, type TestServer } from "../support/server.ts";
import { mountedOperations } from "./openapi/quietServer.ts";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

/** The schemas of all texts within a schema that have a form of their own, by their way. */
function formsIn(schema: TSchema, way: string): [string, TSchema][] {
  if (schema["type"] === "string") return "pattern" in schema ? [[way, schema]] : [];
  if (schema[Kind] === "Union") return (schema["anyOf"] as TSchema[]).flatMap((one) => formsIn(one, way));
  if (schema["type"] === "array") return formsIn(schema["items"] as TSchema, `${way}[]`);
  const fields = {
    ...(schema["properties"] as Record<string, TSchema> | undefined),
    ...(schema["patternProperties"] as Record<string, TSchema> | undefined),
  };
  return Object.entries(fields).flatMap(([name, field]) => formsIn(field, `${way} ${name}`));
}

test("whatever form a text must have is told in words", () => {
  const forms = mountedOperations().flatMap(({ operationId, body, query }) =>
    [body, query].flatMap((schema) => (schema ? formsIn(schema, operationId) : [])),
  );
  expect(forms.length).toBeGreaterThan(30);
  const plain = Text(1, "")["pattern"];
  for (const [way, schema] of forms) {
    const words = meaning(schema);
    expect(words, way).not.toContain("^");
    if (schema["pattern"] !== plain) expect(words, way).not.toMatch(/^text of \d+ to \d+ characters \(/);
  }
});

test.each([
  [
    { emails: ["ops at example.com"] },
    "emails[0]",
    /must be an e-mail address such as .*but is "ops at example.com"/,
  ],
  [{ emails: ["x"] }, "emails[0]", /must be an e-mail address such as/],
  [
    { webhooks: [{ url: "hooks.example.com" }] },
    "webhooks[0].url",
    /must be an http or https address such as/,
  ],
  [{ webhooks: [{ url: "ftp://a" }] }, "webhooks[0].url", /must be an http or https address such as/],
  [
    { webhooks: [{ url: "https://a.example/", secret: "short" }] },
    "webhooks[0].secret",
    /16 to 200 visible ASCII/,
  ],
])("a group with %j is told what is wrong", async (fields, param, message) => {
  const answer = await client.post("/notification-groups", { name: "Operations", ...fields });
  expect(answer.status).toBe(400);
  expect(errorOf(answer)).toMatchObject({ param, message: expect.stringMatching(message) });
});

test("recipients of a schedule are told the same", async () => {
  const fields = { name: "x", sla_target: 99, daily: true, recipients: ["nobody"] };
  const answer = await client.post("/reports/sla/schedules", fields);
  expect(errorOf(answer).message).toMatch(/^'recipients\[0\]' must be an e-mail address such as/);
});
