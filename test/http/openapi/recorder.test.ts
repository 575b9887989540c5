// The recorder that holds answers against the document: what it must notice.
import { describe, expect, test } from "bun:test";
import type { Answer, Client, Json } from "../../support/server.ts";
import { documentAndRoutes } from "./quietServer.ts";
import { recorderOf } from "./recorder.ts";

const { document } = documentAndRoutes();

describe("the recorder notices", () => {
  const answerOf = (body: Json, changes: Partial<Answer> = {}): Answer => ({
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", "X-Request-Id": "req_1" }),
    text: JSON.stringify(body),
    body,
    ...changes,
  });
  const healthy = { status: "ok", version: "1.0.0" };
  const refusal = { type: "x", code: "not_found", message: "x", doc_url: "x", request_id: "req_1" };

  test.each([
    ["nothing", answerOf(healthy), 0],
    ["a field that is not documented", answerOf({ ...healthy, uptime: 1 }), 1],
    ["a field of another type", answerOf({ ...healthy, version: 1 }), 1],
    ["a field that is missing", answerOf({ status: "ok" }), 1],
    ["a status that is not documented", answerOf(healthy, { status: 201 }), 1],
    ["a code that is not documented", answerOf(refusal, { status: 400 }), 1],
    [
      "a header that is missing",
      answerOf(healthy, { headers: new Headers({ "Content-Type": "application/json" }) }),
      1,
    ],
    [
      "another type",
      answerOf(healthy, { headers: new Headers({ "Content-Type": "text/html", "X-Request-Id": "req_1" }) }),
      1,
    ],
  ])("%s", async (_, answer, count) => {
    const other = recorderOf(document);
    await other.watch({ get: async () => answer } as unknown as Client).get("/healthz");
    expect(other.problems).toHaveLength(count);
  });
});
