// What the kernel makes of Elysia, shown on a made-up resource: what Elysia would do by itself, and must not.
import { expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";

import { signToken } from "../../../src/http/caller/auth.ts";
import { answers } from "../../../src/http/kernel/answers.ts";
import type { Kernel } from "../../../src/http/kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "../../../src/http/kernel/operation.ts";
import { serverApp } from "../../../src/http/kernel/server.ts";
import type { Json } from "../../support/server.ts";
import { quietParts } from "../openapi/quietServer.ts";

const documented = { tag: "Things", summary: "A thing", refusals: [] } as const;
const Seen = Type.Object({ seen: Type.Unknown(), workspace: Type.String() });

const Ask = operation({
  ...documented,
  operationId: "ask",
  scopes: ["sla:read"],
  query: Type.Object({
    tag: Type.Optional(Type.Array(Type.String())),
    flag: Type.Optional(Type.Boolean()),
    count: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  answers: answers.one(Seen, "What was seen."),
});

function ask({ query, principal }: CallOf<typeof Ask>): AnswerOf<typeof Ask> {
  return { seen: query, workspace: principal.workspace };
}

const Put = operation({
  ...documented,
  operationId: "put",
  scopes: ["sla:write"],
  body: Type.Object(
    { name: Type.String(), size: Type.Optional(Type.Integer({ whenLeftOut: 3 })) },
    { additionalProperties: false },
  ),
  readOnly: ["id"],
  answers: answers.one(Seen, "What was seen."),
});

function put({ body, principal }: CallOf<typeof Put>): AnswerOf<typeof Put> {
  return { seen: body, workspace: principal.workspace };
}

const things = (kernel: Kernel) => kernel.get("/things", ask, Ask).put("/things", put, Put);

const app = serverApp(quietParts(), things);
const expiresAtS = Math.floor(Date.now() / 1000) + 3600;
const SECRET = new TextEncoder().encode("a secret of quiet servers, longer than 32 bytes");
const token = await signToken(SECRET, {
  subject: "tester",
  workspace: "acme",
  scopes: ["sla:read", "sla:write"],
  expiresAtS,
});

async function send(path: string, init: RequestInit = {}, to = app) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...init.headers };
  const answer = await to.handle(new Request(`http://localhost${path}`, { ...init, headers }));
  return { status: answer.status, body: (await answer.json()) as Json };
}

const sendBody = (body: string, headers = {}) => send("/things", { method: "PUT", body, headers });

test("a list in a query is its repeated parameters: a comma or a bracket is part of a text", async () => {
  const { body } = await send('/things?tag=a,b&tag=["c"]');
  expect(body.seen).toEqual({ tag: ["a,b", '["c"]'] });
});

test("numbers and flags are read from their one spelling", async () => {
  expect((await send("/things?flag=true&count=7")).body.seen).toEqual({ flag: true, count: 7 });
  for (const [query, param] of [
    ["flag=1", "flag"],
    ["flag=TRUE", "flag"],
    ["count=7.0", "count"],
    ["count=1e3", "count"],
    ["count=0", "count"],
    ["count=", "count"],
  ])
    expect(await send(`/things?${query}`)).toMatchObject({ status: 400, body: { param } });
});

test("what is left out of a body stays out, and null is no object", async () => {
  expect((await sendBody('{"name": "a"}')).body.seen).toEqual({ name: "a" });
  for (const body of ["null", "[]", '"name"', "7"])
    expect(await sendBody(body)).toMatchObject({ status: 400, body: { code: "parameter_invalid" } });
});

test("nothing is coerced in a body, nothing unknown is stripped, and what only the server sets is", async () => {
  expect(await sendBody('{"name": "a", "size": "3"}')).toMatchObject({
    status: 400,
    body: { param: "size" },
  });
  expect(await sendBody('{"name": 3}')).toMatchObject({ status: 400, body: { param: "name" } });
  expect(await sendBody('{"name": "a", "colour": 3}')).toMatchObject({
    status: 400,
    body: { param: "colour" },
  });
  expect((await sendBody('{"name": "a", "id": "x"}')).body.seen).toEqual({ name: "a" });
});

test("who calls is asked before the body and the query are looked at", async () => {
  for (const [path, body] of [
    ["/things?nope=1", "{"],
    ["/things", "{"],
    ["/things", '{"name": 3}'],
  ]) {
    const init = { method: "PUT", body: body as string, headers: { Authorization: "Bearer a.b.c" } };
    expect((await send(path as string, init)).status).toBe(401);
  }
  expect(await send("/things?nope=1", { method: "PUT", body: "{" })).toMatchObject({
    status: 400,
    body: { code: "parameter_unknown", param: "nope" },
  });
});

test("a form is no JSON", async () => {
  expect((await sendBody("name=a", { "Content-Type": "application/x-www-form-urlencoded" })).status).toBe(
    415,
  );
});

test("a body that is nested without end is refused where its schema ends", async () => {
  const deep = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
  expect(await sendBody(`{"name": ${deep}}`)).toMatchObject({ status: 400, body: { param: "name" } });
});

test("the same operations on two servers of one process keep to the server that was called", async () => {
  const parts = quietParts();
  const other = serverApp(
    {
      ...parts,
      authenticate: async () => ({
        subject: "x",
        workspace: "other",
        scopes: new Set(["admin"]),
        charge: () => {},
      }),
    },
    things,
  );
  expect((await send("/things", {}, other as typeof app)).body.workspace).toBe("other");
  expect((await send("/things")).body.workspace).toBe("acme");
});

test("a large answer is charged for by its bytes, one to HEAD too", async () => {
  const charged: number[] = [];
  const scopes = new Set(["sla:read"]);
  const principal = {
    subject: "a",
    workspace: "b",
    scopes,
    charge: (cost: number) => void charged.push(cost),
  };
  const charging = serverApp({ ...quietParts(), authenticate: async () => principal }, things);
  const headers = { Authorization: `Bearer ${token}` };
  const ask = (method: string, length: number) =>
    charging.handle(new Request(`http://localhost/things?tag=${"x".repeat(length)}`, { method, headers }));
  for (const method of ["GET", "HEAD"]) expect((await ask(method, 262_144)).status).toBe(200);
  expect(charged.map(Math.round)).toEqual([1, 1]);
  await ask("GET", 1000);
  expect(charged).toHaveLength(2);
});

test("of large answers asked for at once, each leaves others a turn before the next", async () => {
  const headers = { Authorization: `Bearer ${token}` };
  const ask = (length: number) =>
    app.handle(new Request(`http://localhost/things?tag=${"x".repeat(length)}`, { method: "HEAD", headers }));
  const turnsDuring = async (answers: Promise<unknown>[]) => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(answers);
    isOver = true;
    return turns;
  };
  const many = (length: number) => Array.from({ length: 20 }, () => ask(length));
  await ask(100_000);
  expect(await turnsDuring(many(100_000))).toBeGreaterThanOrEqual(18);
  expect(await turnsDuring(many(10))).toBeLessThan(18);
});
