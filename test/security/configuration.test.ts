// Settings about tokens: what is taken, and what stops the start with one line that tells no secret.
import { expect, test } from "bun:test";
import { readConfig } from "../../src/server/config.ts";

const issuerOf = (environment: Record<string, string>) => readConfig({}, environment).tokenIssuer;

test("without an address, only tokens of the local secret are taken", () => {
  expect(issuerOf({})).toBe(null);
  expect(issuerOf({ NINES_JWKS_URL: "", NINES_JWT_ISSUER: "" })).toBe(null);
});

test("issuer and audience are required of the provider's tokens when they are given", () => {
  const url = "https://login.example.com/jwks.json";
  expect(issuerOf({ NINES_JWKS_URL: url })).toEqual({ url, issuer: null, audience: null });
  expect(issuerOf({ NINES_JWKS_URL: url, NINES_JWT_ISSUER: "me", NINES_JWT_AUDIENCE: "nines" })).toEqual({
    url,
    issuer: "me",
    audience: "nines",
  });
});

test.each([
  "http://localhost:8081/keys",
  "http://127.0.0.1/keys",
  "http://127.8.8.8/keys",
  "http://[::1]/keys",
])("%s never leaves this machine, so it may be http", (url) => {
  expect(issuerOf({ NINES_JWKS_URL: url })?.url).toBe(url);
});

test.each([
  "http://login.example.com/keys",
  "http://127.0.0.1.example.com/keys",
  "http://localhost.example.com/keys",
  "http://10.0.0.1/keys",
  "https://ada:pa55word@login.example.com/keys",
  "https://pa55word@login.example.com/keys",
  "file:///etc/pa55word",
  "data:application/json,{}",
  "login.example.com",
  "https://",
])("%s is refused, and not said again", (url) => {
  expect(() => issuerOf({ NINES_JWKS_URL: url })).toThrow(/^NINES_JWKS_URL must be an https address/);
  try {
    issuerOf({ NINES_JWKS_URL: url });
  } catch (error) {
    expect(String(error)).not.toContain("pa55word");
  }
});

test.each([
  ["NINES_JWT_ISSUER", "https://login.example.com"],
  ["NINES_JWT_AUDIENCE", "nines"],
])("%s without an address would do nothing, so it is refused", (name, value) => {
  expect(() => issuerOf({ [name]: value })).toThrow(
    `${name} is about tokens of NINES_JWKS_URL, which is not set`,
  );
});

test.each([
  ["NINES_JWT_SECRET", "a short pa55word"],
  ["NINES_SMTP_URL", "http://ada:pa55word@mail.example.com"],
  ["NINES_SMTP_URL", "smtp://ada:pa55word@mail.example.com/path"],
  ["NINES_PUBLIC_URL", "https://ada:pa55word@sla.example.com"],
])("%s is wrong: what it says does not tell the value", (name, value) => {
  const start = () => readConfig({}, { [name]: value });
  expect(start).toThrow(name);
  try {
    start();
  } catch (error) {
    expect(String(error)).not.toContain("pa55word");
  }
});
