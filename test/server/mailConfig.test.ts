// The settings of delivery: which values are taken, and that a wrong one is refused without telling secrets.
import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/server/config.ts";

const read = (environment: Record<string, string>) => readConfig({}, environment);

describe("NINES_SMTP_URL", () => {
  test.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false, login: null }],
    ["smtps://mail.example.com", { host: "mail.example.com", port: 465, secure: true, login: null }],
    ["smtp://127.0.0.1:2525/", { host: "127.0.0.1", port: 2525, secure: false, login: null }],
    ["smtp://[::1]:25", { host: "::1", port: 25, secure: false, login: null }],
    [
      "smtps://me%40example.com:p%40ss%2Fw%3Ard@mail.example.com",
      {
        host: "mail.example.com",
        port: 465,
        secure: true,
        login: { user: "me@example.com", pass: "p@ss/w:rd" },
      },
    ],
  ])("%s is taken", (url, expected) => {
    expect(read({ NINES_SMTP_URL: url }).smtp).toEqual(expected);
  });

  test("left out or empty, no e-mail can be sent", () => {
    expect(read({}).smtp).toBeNull();
    expect(read({ NINES_SMTP_URL: "" }).smtp).toBeNull();
  });

  test.each([
    ...[
      "mail.example.com",
      "mail.example.com:25",
      "http://mail.example.com",
      "smtp://",
      "smtp://hunter2@",
      "hunter2",
    ],
    ...[
      "smtp://u:hunter2@mail.example.com:99999",
      "smtp://u:hunter2@mail.example.com/path",
      "smtp://u:hunter2%@mail.example.com",
    ],
    ...[
      "smtp://u:hunter2@mail.example.com?tls=none",
      "smtp://u:hun/ter2@mail.example.com",
      "smtp://u:hunter2@mail example.com",
    ],
  ])("%s stops the start without telling it", (url) => {
    expect(() => read({ NINES_SMTP_URL: url })).toThrow(/^NINES_SMTP_URL must be an address such as smtp:/);
    expect(() => read({ NINES_SMTP_URL: url })).not.toThrow(/hunter2/);
  });
});

describe("NINES_MAIL_FROM", () => {
  test.each([
    ["reports@example.com", { name: "", address: "reports@example.com" }],
    ["Reports <reports@example.com>", { name: "Reports", address: "reports@example.com" }],
    [
      "Überwachung, Zürich <reports@example.com>",
      { name: "Überwachung, Zürich", address: "reports@example.com" },
    ],
  ])("%s is taken", (text, expected) => {
    expect(read({ NINES_MAIL_FROM: text }).mailFrom).toEqual(expected);
  });

  test.each([
    "reports",
    "a@b",
    "a@example.com, b@example.com",
    "X <a@example.com",
    "X\r\nBcc: y <a@example.com>",
    "<>",
  ])("%j stops the start", (text) =>
    expect(() => read({ NINES_MAIL_FROM: text })).toThrow(/^NINES_MAIL_FROM must be an address/),
  );

  test("left out, it is nines at the public name, else at the mail server's", () => {
    const smtp = { NINES_SMTP_URL: "smtp://mail.example.com" };
    expect(read({ ...smtp, NINES_PUBLIC_URL: "https://sla.example.org/x" }).mailFrom.address).toBe(
      "nines@sla.example.org",
    );
    expect(read(smtp).mailFrom).toEqual({ name: "", address: "nines@mail.example.com" });
    expect(read({ NINES_SMTP_URL: "smtp://127.0.0.1" }).mailFrom.address).toBe("nines@localhost.localdomain");
  });
});

test("NINES_WEBHOOK_ALLOW_PRIVATE is false unless it is true", () => {
  expect(read({}).webhookAllowPrivate).toBe(false);
  expect(read({ NINES_WEBHOOK_ALLOW_PRIVATE: "true" }).webhookAllowPrivate).toBe(true);
  expect(() => read({ NINES_WEBHOOK_ALLOW_PRIVATE: "yes" })).toThrow(
    /^NINES_WEBHOOK_ALLOW_PRIVATE must be one of/,
  );
});
