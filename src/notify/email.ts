// The channel e-mail: one message to one address through the SMTP server of the configuration.
import { connect, type Socket } from "node:net";
import type { SMTPTransportOptions } from "nodemailer";
import type { SendResult } from "../model/delivery.ts";
import { fileNameOf } from "../report/fileName.ts";
import type { DeliveryOrder } from "../store/deliveries.ts";
import { messageAbout } from "./message.ts";
import type { ChannelSend, Notice } from "./notice.ts";

export type SmtpServer = {
  host: string;
  port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  secure: boolean;
  login: { user: string; pass: string } | null;
};
export type Sender = { name: string; address: string };
export type EmailOptions = {
  /** Null: not configured. */
  smtp: SmtpServer | null;
  from: Sender;
  limits?: Partial<typeof LIMITS>;
};

type GiveSocket = Parameters<NonNullable<SMTPTransportOptions["getSocket"]>>[1];

const LIMITS = {
  /** A larger PDF is linked: many servers refuse messages above 10 to 25 MB. */
  attachmentBytes: 10 * 1024 * 1024,
  connectMs: 10_000,
  wholeMs: 60_000,
};

/** Sends by e-mail. What the server refuses for good (5xx) is not tried again. */
export function emailChannel({ smtp, from, limits }: EmailOptions): ChannelSend {
  const { attachmentBytes, connectMs, wholeMs } = { ...LIMITS, ...limits };
  return async (order, notice) => {
    if (!smtp) return { kind: "refused", reason: "no e-mail can be sent: NINES_SMTP_URL is not set" };
    // Loaded with the first message: many servers never send one, and each starts quicker without.
    const { createTransport } = await import("nodemailer");
    const mail = await mailOf({ order, notice, from, attachmentBytes });
    let socket: Socket | undefined;
    const transport = createTransport({
      host: smtp.host,
      port: smtp.port,
      secure: smtp.secure,
      ...(smtp.login ? { auth: smtp.login } : {}),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: wholeMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      // The connection is ours, so that a server that sends a byte now and then cannot hold it for ever.
      getSocket: (_options: SMTPTransportOptions, give: GiveSocket) => {
        socket = connect({ host: smtp.host, port: smtp.port });
        const timer = setTimeout(() => socket?.destroy(new Error("Connection timeout")), connectMs);
        socket.once("error", (error) => {
          clearTimeout(timer);
          give(error);
        });
        socket.once("connect", () => {
          clearTimeout(timer);
          give(null, { connection: socket });
        });
      },
    });
    const timer = Promise.withResolvers<never>();
    const timeout = setTimeout(() => {
      timer.reject(new Error(`the mail server did not take the message within ${wholeMs / 1000} s`));
      socket?.destroy();
    }, wholeMs);
    try {
      await Promise.race([transport.sendMail(mail), timer.promise]);
      return { kind: "sent" };
    } catch (error) {
      return failure(error, smtp);
    } finally {
      clearTimeout(timeout);
      transport.close();
    }
  };
}

type MailParts = { order: DeliveryOrder; notice: Notice; from: Sender; attachmentBytes: number };

async function mailOf({ order, notice, from, attachmentBytes }: MailParts) {
  const isAttached = notice.kind === "report" && notice.pdfBytes <= attachmentBytes;
  const attachments = isAttached
    ? [
        {
          filename: fileNameOf(notice.report, "pdf"),
          content: Buffer.from(await notice.readPdf()),
          contentType: "application/pdf",
        },
      ]
    : [];
  if (notice.kind === "report") await notice.whenLinkable();
  return {
    from,
    to: { name: "", address: order.target },
    envelope: { from: from.address, to: [order.target] },
    // The same whenever this sending is repeated, so that a mailbox can tell a repeat from a new message.
    messageId: `<${order.id}.${order.round}@${from.address.split("@")[1]}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    ...messageAbout(notice, isAttached ? "attached" : "linked"),
    attachments,
  };
}

type SmtpError = { responseCode?: number; response?: string; message: string };

function failure(thrown: unknown, { login, host }: SmtpServer): SendResult {
  const error: SmtpError = thrown instanceof Error ? thrown : { message: String(thrown) };
  const { responseCode, response } = error;
  const words = (response ?? error.message).replaceAll(/[\p{Cc}\s]+/gu, " ").slice(0, 300);
  // Some servers say again what they were told.
  const safe = login ? words.replaceAll(login.pass, "…") : words;
  if (responseCode === undefined) {
    // Where mail goes is the operator's to know, and in the log.
    const named = new Error(`the mail server could not be used: ${safe}`);
    const cause = host.includes(".") || host.includes(":") ? safe.replaceAll(host, "…") : safe;
    throw new Error(`the mail server could not be used: ${cause}`, { cause: named });
  }
  const reason = `the mail server said: ${safe}`;
  if (responseCode >= 500) return { kind: "refused", reason };
  throw new Error(reason);
}
