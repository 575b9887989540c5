// Sends deliveries: gathers what is told, and hands it to the delivery's channel.
import type { Channel, SendResult } from "../model/delivery.ts";
import type { Log } from "../model/log.ts";
import { ARTEFACTS, type Artefact, type Report } from "../model/report.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import type { DeliveryOrder } from "../store/deliveries.ts";
import { artefactPath, sha256 } from "../store/files/artefacts.ts";
import type { Store } from "../store/store.ts";
import { withoutPrivateAddresses } from "./addressesInText.ts";
import { type EmailOptions, emailChannel } from "./email.ts";
import type { ChannelSend, Notice } from "./notice.ts";
import { type WebhookOptions, webhookChannel } from "./webhook.ts";

export type SenderOptions = {
  store: Store;
  dataFolder: string;
  /** A report with absolute addresses, as the API answers it. */
  present: (report: Report) => Report;
  /** A signed link to a file, absolute; the same one for each sending of a delivery. */
  linkTo: (
    workspace: string,
    link: { reportId: string; artefact: Artefact; deliveryId: string; round: number },
  ) => string;
  /** How long such a link works, in milliseconds. */
  linkMs: number;
  email: EmailOptions;
  webhook: WebhookOptions;
  /** Told in full why a message was not sent; deliveries tell it without what only the operator may know. */
  log: Log;
};

/** A function that sends a delivery. It throws when that is worth another try. */
export function senderOf(options: SenderOptions): (order: DeliveryOrder) => Promise<SendResult> {
  const channels: Record<Channel, ChannelSend> = {
    email: emailChannel(options.email),
    webhook: webhookChannel(options.webhook),
  };
  return async (order) => {
    const notice = noticeOf(options, order);
    if (!notice) return { kind: "refused", reason: "the report was deleted" };
    try {
      const result = await channels[order.channel](order, notice);
      return result.kind === "sent" ? result : { ...result, reason: forUsers(result.reason, order, options) };
    } catch (error) {
      // The message was not made: that is for the worker to see as it is, and no reason that anybody is told.
      if (isStorageUnavailable(error)) throw error;
      const cause = error instanceof Error ? error.cause : undefined;
      throw new Error(forUsers(messageOf(error), order, { ...options, detail: cause }));
    }
  };
}

/** A reason as the API tells it. Where that hides something, the log has it all. */
function forUsers(
  reason: string,
  order: DeliveryOrder,
  { log, detail }: Pick<SenderOptions, "log"> & { detail?: unknown },
): string {
  const told = withoutPrivateAddresses(reason, order.target);
  const whole = detail === undefined ? reason : messageOf(detail);
  if (told !== whole) log("warn", "delivery.not_sent", { delivery: order.id, reason: whole });
  return told;
}

function noticeOf(
  { store, dataFolder, present, linkTo, linkMs }: SenderOptions,
  order: DeliveryOrder,
): Notice | null {
  if (order.about.kind === "test") {
    return { kind: "test", groupId: order.about.groupId, groupName: order.about.groupName };
  }
  const { workspace, reportId } = order.about;
  const stored = store.reports.get(workspace, reportId);
  const facts = store.reports.artefactsOf(workspace, reportId)?.pdf;
  if (!stored || !facts) return null;
  const { deliveries: _deliveries, ...report } = present(stored);
  return {
    kind: "report",
    report,
    headline: store.reports.headline(workspace, reportId),
    links: whenAsked((artefact) => {
      return linkTo(workspace, { reportId, artefact, deliveryId: order.id, round: order.round });
    }),
    whenLinkable: () => store.writeLock.whenFree(),
    linkMs,
    pdfBytes: facts.bytes,
    readPdf: async () => {
      const path = artefactPath(dataFolder, reportId, Date.parse(stored.created_at), "pdf");
      const file = Bun.file(path);
      // What the system says of a file names the folder that it lies in.
      const bytes = await file.bytes().catch(() => new Uint8Array());
      if (sha256(bytes) !== facts.sha256) throw new Error("the report's PDF is missing or damaged");
      return bytes;
    },
  };
}

/** A link to each file, made when it is looked at: none is kept that no message has. */
function whenAsked(linkTo: (artefact: Artefact) => string): Record<Artefact, string> {
  const links = {} as Record<Artefact, string>;
  for (const artefact of ARTEFACTS)
    Object.defineProperty(links, artefact, { enumerable: true, get: () => linkTo(artefact) });
  return links;
}
