// The OpenAPI document as a document: valid, whole, and clear.
import { describe, expect, test } from "bun:test";
import { validate } from "@readme/openapi-parser";
import type { Json } from "../../support/server.ts";
import { allSchemas, checkerOf } from "./jsonSchema.ts";
import { documentAndRoutes, operationsOf } from "./quietServer.ts";

const { document, routes } = documentAndRoutes();
const operations = operationsOf(document);
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
const SENTENCE = /^[A-Z`(-][\s\S]*[.?]\)?$/;
const copyOf = (value: Json) => structuredClone(value) as Json;

test("the document is valid OpenAPI 3.0.3", async () => {
  const result = await validate(copyOf(document));
  expect(result).toMatchObject({ valid: true, warnings: [] });
  expect(document.openapi).toBe("3.0.3");
});

describe("the document and the routes say the same", () => {
  test("every route is an operation, and every operation a route", () => {
    expect(operations.map(nameOf).sort()).toEqual(routes.map(nameOf).sort());
  });

  test("no two operations have the same id", () => {
    const ids = operations.map(({ operation }) => operation.operationId as string);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  test("every parameter in a path, in a query or among the headers is documented, and no other", () => {
    for (const route of routes) {
      const { parameters } = document.paths[route.path][route.method.toLowerCase()];
      const namesIn = (place: string) =>
        parameters.filter((parameter: Json) => parameter.in === place).map(({ name }: Json) => name);
      expect(namesIn("path")).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(namesIn("query")).toEqual(Object.keys(route.query?.properties ?? {}));
      expect(namesIn("header")).toEqual(Object.keys(route.headers ?? {}));
    }
  });

  test("what a route takes as its body, the operation takes", () => {
    for (const route of routes) {
      const { requestBody } = document.paths[route.path][route.method.toLowerCase()];
      const types = route.body ? ["application/json"] : Object.keys(route.streams ?? {});
      expect(Object.keys(requestBody?.content ?? {}), nameOf(route)).toEqual(types);
      if (requestBody) expect(requestBody.required).toBe(!route.bodyOptional);
    }
  });

  test("what needs a token says so, with the scope", () => {
    for (const route of routes) {
      const { security, description } = document.paths[route.path][route.method.toLowerCase()];
      if (route.scopes === "public") expect(security).toEqual([]);
      else expect(security).toContainEqual({ BearerAuth: [] });
      for (const scope of route.scopes === "public" ? [] : route.scopes)
        expect(description).toContain(`\`${scope}\``);
    }
  });
});

describe("nothing is left without words", () => {
  test("every operation has a tag that is described, a summary, and a description that ends as a sentence", () => {
    for (const { operation } of operations) {
      expect(document.tags).toContainEqual({
        name: operation.tags[0],
        description: expect.stringMatching(/\.$/),
      });
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(operation.description, operation.operationId).toMatch(SENTENCE);
    }
  });

  test("every parameter, header and answer has a description", () => {
    for (const { operation } of operations) {
      const headers = Object.values<Json>(operation.responses).flatMap((answer) =>
        Object.values<Json>(answer.headers),
      );
      const described = [...operation.parameters, ...Object.values<Json>(operation.responses), ...headers];
      for (const { $ref, description } of described)
        if ($ref === undefined) expect(String(description), operation.operationId).toMatch(SENTENCE);
    }
    for (const { description } of Object.values<Json>(document.components.headers))
      expect(description).toMatch(/\.$/);
  });

  test("every property has a type, a choice or a reference, and a description", () => {
    for (const { schema, place } of allSchemas(document)) {
      if (schema.$ref === undefined)
        expect(schema.type ?? schema.anyOf ?? schema.allOf, `type of ${place}`).toBeDefined();
      for (const [name, field] of Object.entries<Json>(schema.properties ?? {}))
        if (!field.$ref) expect(String(field.description), `${place}.${name}`).toMatch(SENTENCE);
    }
  });

  test("every reference leads somewhere, and everything that can be referred to is", () => {
    const referred = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)].map(
        ([, kind, name]) => `${kind}/${name}`,
      ),
    );
    const { securitySchemes: _schemes, ...kinds } = document.components;
    const there = Object.entries<Json>(kinds).flatMap(([kind, all]) =>
      Object.keys(all).map((name) => `${kind}/${name}`),
    );
    // A method that is not allowed belongs to no operation.
    const unused = there.filter((name) => !referred.has(name) && name !== "examples/method_not_allowed");
    expect(unused).toEqual([]);
    expect([...referred].filter((name) => !there.includes(name))).toEqual([]);
  });

  test("only JSON Schema's own words of OpenAPI 3.0.3 are in schemas", () => {
    const foreign = ["const", "$id", "patternProperties", "examples", "$schema", "if", "prefixItems"];
    for (const { schema, place } of allSchemas(document)) {
      expect(Array.isArray(schema.type), place).toBe(false);
      expect(schema.type, place).not.toBe("null");
      expect(
        foreign.filter((word) => word in schema),
        place,
      ).toEqual([]);
    }
  });
});

describe("every example fits what it is an example of", () => {
  const checker = checkerOf(document);

  test("examples and defaults of schemas", () => {
    let count = 0;
    for (const { schema, place } of allSchemas(document)) {
      for (const word of ["example", "default"]) {
        if (!(word in schema)) continue;
        count++;
        expect(checker(schema)(schema[word]), `${word} of ${place}: ${JSON.stringify(schema[word])}`).toBe(
          true,
        );
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  test("examples of refusals, each at the status of its code", () => {
    const check = checker({ $ref: "#/components/schemas/ErrorResponse" });
    for (const [code, { value }] of Object.entries<Json>(document.components.examples)) {
      expect(check(value), code).toBe(true);
      expect(value.code).toBe(code);
    }
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries<Json>(operation.responses)) {
        for (const media of Object.values<Json>(content ?? {})) {
          for (const code of Object.keys(media.examples ?? {}))
            expect(operation.responses[status].description).toContain(`\`${code}\``);
        }
      }
    }
  });
});
