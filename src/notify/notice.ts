// What is told: the facts of one message, whatever way it travels.
import type { SendResult } from "../model/delivery.ts";
import type { Artefact, Headline, Report } from "../model/report.ts";
import type { DeliveryOrder } from "../store/deliveries.ts";

export type ReportNotice = {
  kind: "report";
  /** As the API answers it, but without its deliveries: nobody is told who else is. */
  report: Omit<Report, "deliveries">;
  headline: Headline | null;
  /** Signed, absolute: they work without a token until they expire or are revoked. */
  links: Readonly<Record<Artefact, string>>;
  /** To be awaited right before links are looked at: each is stored then. Throws when nothing can be just now. */
  whenLinkable: () => Promise<void>;
  /** How long they work, in milliseconds. */
  linkMs: number;
  pdfBytes: number;
  /** Reads the PDF; throws when it is missing or damaged. */
  readPdf: () => Promise<Uint8Array>;
};
export type TestNotice = { kind: "test"; groupId: string; groupName: string };
export type Notice = ReportNotice | TestNotice;

/** Sends a notice to the order's target by one channel. Throws when it is worth another try. */
export type ChannelSend = (order: DeliveryOrder, notice: Notice) => Promise<SendResult>;
