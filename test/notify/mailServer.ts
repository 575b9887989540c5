// A real SMTP server in this process that does what a test says, and keeps what it got.
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { SmtpServer } from "../../src/notify/email.ts";

export type Received = { mail: ParsedMail; raw: string; from: string; to: string[] };
export type MailServer = { smtp: SmtpServer; received: Received[]; stop: () => Promise<void> };

/** Starts a server on any free port of this machine, without TLS and login unless asked for. */
export async function startMailServer(options: Partial<SMTPServerOptions> = {}): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    onData: async (stream, session, callback) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk as Uint8Array);
      const raw = Buffer.concat(chunks).toString("latin1");
      const { mailFrom, rcptTo } = session.envelope;
      received.push({
        raw,
        mail: await simpleParser(Buffer.concat(chunks)),
        from: mailFrom === false ? "" : (mailFrom?.address ?? ""),
        to: rcptTo.map(({ address }) => address),
      });
      callback();
    },
    ...options,
  });
  // Clients that go away in the middle are part of the tests.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return {
    smtp: { host: "127.0.0.1", port, secure: options.secure ?? false, login: null },
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** An error that the server answers with this code. */
export function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
