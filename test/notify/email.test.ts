// E-mail: what arrives at a real mail server, and what is said when it does not.
import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { emailChannel, type SmtpServer } from "../../src/notify/email.ts";
import { anOrder, aReportNotice, PDF, REPORT, TEST_NOTICE } from "./aNotice.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { type MailServer, smtpError, startMailServer } from "./mailServer.ts";

const FROM = { name: "Nines", address: "nines@example.com" };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function mailServer(options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const server = await startMailServer(options);
  stops.push(server.stop);
  return server;
}

/** A server that speaks as told: it gets each connection, and is stopped with all of them. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { host: "127.0.0.1", port, secure: false, login: null };
}

const channel = (smtp: SmtpServer | null, limits = {}) => emailChannel({ smtp, from: FROM, limits });

describe("a finished report", () => {
  test("arrives with plain text, HTML, and the PDF as it is", async () => {
    const { smtp, received } = await mailServer();
    expect(await channel(smtp)(anOrder(), aReportNotice())).toEqual({ kind: "sent" });
    const [{ mail, from, to } = expect.unreachable()] = received;
    expect({ from, to }).toEqual({ from: "nines@example.com", to: ["ops@example.com"] });
    expect(mail.subject).toBe("Offices: 99.745 % (breached) – 1–31 October 2026");
    expect(mail.from?.text).toBe('"Nines" <nines@example.com>');
    expect(mail.text).toContain("Sites breached: 1 of 3");
    expect(mail.html).toContain("<td");
    expect(mail.attachments).toHaveLength(1);
    const [attachment] = mail.attachments;
    expect(attachment?.contentType).toBe("application/pdf");
    expect(attachment?.filename).toBe("Offices 2026-10-01 to 2026-10-31.pdf");
    expect(new Uint8Array(attachment?.content ?? [])).toEqual(PDF);
  });

  test("is linked when the PDF is too large to be attached, and is not read at all", async () => {
    const { smtp, received } = await mailServer();
    const notice = aReportNotice({
      pdfBytes: 10 * 1024 * 1024 + 1,
      readPdf: () => Promise.reject(new Error("not to be read")),
    });
    await channel(smtp)(anOrder(), notice);
    expect(received[0]?.mail.attachments).toEqual([]);
    expect(received[0]?.mail.text).toContain(
      `too large to be attached. It can be downloaded for 7 days:\n${notice.links.pdf}`,
    );
    expect(received[0]?.mail.html).toContain('href="https://sla.example.com/pdf?expires=1&amp;signature=x"');
  });

  test("is attached when the PDF has just the size that may be", async () => {
    const { smtp, received } = await mailServer();
    await channel(smtp, { attachmentBytes: PDF.byteLength })(anOrder(), aReportNotice());
    await channel(smtp, { attachmentBytes: PDF.byteLength - 1 })(anOrder(), aReportNotice());
    expect(received.map(({ mail }) => mail.attachments.length)).toEqual([1, 0]);
  });

  test("has the same Message-ID when its sending is repeated, and another when it is sent again", async () => {
    const { smtp, received } = await mailServer();
    for (const round of [1, 1, 2]) await channel(smtp)(anOrder({ round }), aReportNotice());
    const ids = received.map(({ mail }) => mail.messageId);
    expect(ids[0]).toBe(`<dlv_${"0".repeat(27)}.1@example.com>`);
    expect(ids[1]).toBe(ids[0] as string);
    expect(ids[2]).toBe(`<dlv_${"0".repeat(27)}.2@example.com>`);
  });

  test("says that a machine sent it, so that no machine answers", async () => {
    const { smtp, received } = await mailServer();
    await channel(smtp)(anOrder(), aReportNotice());
    expect(received[0]?.mail.headers.get("auto-submitted")).toBe("auto-generated");
  });

  test.each([
    "Offices\r\nBcc: victim@example.com",
    "Offices\nSubject: other\n\n<h1>body</h1>",
    "Offices\u2028Bcc: victim@example.com",
    `${"x".repeat(200)}\r\nX-Evil: 1`,
    'Offices"; filename="evil.exe',
  ])("named %j has no header of its own", async (name) => {
    const { smtp, received } = await mailServer();
    await channel(smtp)(anOrder(), aReportNotice({ report: { ...REPORT, schedule_name: name } }));
    const [{ mail, to, raw } = expect.unreachable()] = received;
    expect(to).toEqual(["ops@example.com"]);
    expect([...mail.headers.keys()].sort()).toEqual([
      "auto-submitted",
      "content-type",
      "date",
      "from",
      "message-id",
      "mime-version",
      "subject",
      "to",
      "x-auto-response-suppress",
    ]);
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/^(bcc|x-evil)/im);
    expect(mail.attachments.map(({ contentType }) => contentType)).toEqual(["application/pdf"]);
    expect(mail.attachments[0]?.filename).toEndWith(".pdf");
  });
});

test("a test names the group and has no attachment", async () => {
  const { smtp, received } = await mailServer();
  await channel(smtp)(anOrder(), TEST_NOTICE);
  expect(received[0]?.mail.subject).toBe("Test of Operations");
  expect(received[0]?.mail.attachments).toEqual([]);
});

describe("a mail server", () => {
  test("that wants a login gets it", async () => {
    const { smtp, received } = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) =>
        username === "nines" && password === "p@ss:word/"
          ? callback(null, { user: "nines" })
          : callback(smtpError(535, `no, ${password} is wrong`)),
    });
    const login = { user: "nines", pass: "p@ss:word/" };
    expect(await channel({ ...smtp, login })(anOrder(), aReportNotice())).toEqual({ kind: "sent" });
    expect(received).toHaveLength(1);
    const refusal = await channel({ ...smtp, login: { user: "nines", pass: "hunter2-wrong" } })(
      anOrder(),
      aReportNotice(),
    );
    expect(refusal).toMatchObject({ kind: "refused", reason: expect.stringContaining("535") });
    expect(JSON.stringify(refusal)).not.toContain("hunter2");
  });

  test("that says the password again does not get it into the delivery", async () => {
    const smtp = await rawServer((socket) => {
      socket.write("220 mail.example.com ready\r\n");
      socket.on("data", (data) => {
        const isLogin = data.toString().startsWith("AUTH");
        socket.write(isLogin ? "535 hunter2 is wrong\r\n" : "250-hello\r\n250 AUTH PLAIN\r\n");
      });
    });
    const result = channel({ ...smtp, login: { user: "nines", pass: "hunter2" } })(
      anOrder(),
      aReportNotice(),
    );
    expect(await result).toEqual({ kind: "refused", reason: "the mail server said: 535 … is wrong" });
  });

  test("that refuses the address for good ends it", async () => {
    const { smtp } = await mailServer({
      onRcptTo: (_address, _session, callback) => callback(smtpError(550, "no such user here")),
    });
    expect(await channel(smtp)(anOrder(), aReportNotice())).toEqual({
      kind: "refused",
      reason: "the mail server said: 550 no such user here",
    });
  });

  test("that refuses the message for good ends it", async () => {
    const { smtp } = await mailServer({
      onData: (stream, _session, callback) => {
        stream.resume();
        stream.on("end", () => callback(smtpError(552, "message too large")));
      },
    });
    expect(await channel(smtp)(anOrder(), aReportNotice())).toMatchObject({
      kind: "refused",
      reason: "the mail server said: 552 message too large",
    });
  });

  test("that puts the sender off is worth another try", async () => {
    const { smtp } = await mailServer({
      onRcptTo: (_address, _session, callback) => callback(smtpError(450, "greylisted, come back later")),
    });
    await expect(channel(smtp)(anOrder(), aReportNotice())).rejects.toThrow(
      "the mail server said: 450 greylisted, come back later",
    );
  });

  test("that is down is worth another try", async () => {
    const { smtp, stop } = await startMailServer();
    await stop();
    await expect(channel(smtp)(anOrder(), aReportNotice())).rejects.toThrow(
      /^the mail server could not be used: .*ECONNREFUSED/,
    );
  });

  test("whose name does not exist is worth another try", async () => {
    const smtp = { host: "mail.invalid", port: 25, secure: false, login: null };
    await expect(channel(smtp)(anOrder(), aReportNotice())).rejects.toThrow(/could not be used/);
  });

  test("that says nothing is given up in time", async () => {
    const smtp = await rawServer(() => {});
    await expect(channel(smtp, { connectMs: 100 })(anOrder(), aReportNotice())).rejects.toThrow(
      /^the mail server could not be used: /,
    );
  });

  test("that says a byte now and then is given up in time, and its connection closed", async () => {
    const closed = Promise.withResolvers<void>();
    const smtp = await rawServer((socket) => {
      const timer = setInterval(() => socket.write("2"), 20);
      socket.on("close", () => {
        clearInterval(timer);
        closed.resolve();
      });
    });
    await expect(channel(smtp, { wholeMs: 200 })(anOrder(), aReportNotice())).rejects.toThrow(
      "the mail server did not take the message within 0.2 s",
    );
    await closed.promise;
  });

  test("that goes away in the middle is worth another try", async () => {
    const smtp = await rawServer((socket) => {
      socket.write("220 mail.example.com ready\r\n");
      socket.once("data", () => socket.destroy());
    });
    await expect(channel(smtp)(anOrder(), aReportNotice())).rejects.toThrow(/could not be used/);
  });

  test("whose certificate is not trusted gets no message", async () => {
    const { smtp, received } = await mailServer({ secure: true, key: KEY, cert: CERTIFICATE });
    await expect(channel(smtp)(anOrder(), aReportNotice())).rejects.toThrow(
      /could not be used: .*certificate/,
    );
    expect(received).toEqual([]);
  });

  test("that is not configured fails the delivery at once, and says what to set", async () => {
    expect(await channel(null)(anOrder(), aReportNotice())).toEqual({
      kind: "refused",
      reason: "no e-mail can be sent: NINES_SMTP_URL is not set",
    });
  });
});
