// What a notification group must obey beyond the types of its fields, and the secrets of its webhooks.
import { NinesError } from "./errors.ts";
import type { NotificationGroup, NotificationGroupInput } from "./notificationGroup.ts";

type SignedWebhook = { url: string; secret: string };
type Completed = {
  settings: { name: string; emails: string[]; webhooks: SignedWebhook[] };
  /** Secrets that were generated just now, by URL. */
  generated: ReadonlyMap<string, string>;
};

/** Refuses a group without any target, and one that names a webhook twice. */
export function checkGroup({ emails = [], webhooks = [] }: NotificationGroupInput): void {
  if (emails.length + webhooks.length === 0) {
    throw new NinesError("parameter_missing", {
      param: "emails",
      message: "A notification group needs at least one address in 'emails' or 'webhooks'.",
    });
  }
  webhooks.forEach(({ url }, index) => {
    if (webhooks.findIndex((webhook) => webhook.url === url) === index) return;
    const param = `webhooks[${index}].url`;
    throw new NinesError("parameter_invalid", { param, message: `'${param}' is there already.` });
  });
}

/** Fills in what was left out: lists, and secrets, which known webhooks keep and others get. */
export function completeGroup(
  input: NotificationGroupInput,
  known: readonly SignedWebhook[],
  newSecret: () => string,
): Completed {
  const generated = new Map<string, string>();
  const webhooks = (input.webhooks ?? []).map(({ url, secret }) => {
    const kept = secret ?? known.find((webhook) => webhook.url === url)?.secret;
    if (kept !== undefined) return { url, secret: kept };
    const made = newSecret();
    generated.set(url, made);
    return { url, secret: made };
  });
  return { settings: { name: input.name, emails: input.emails ?? [], webhooks }, generated };
}

/** The group as the answer tells it that made these secrets. */
export function withSecrets(group: NotificationGroup, generated: Completed["generated"]): NotificationGroup {
  const webhooks = group.webhooks.map(({ url }) => ({ url, secret: generated.get(url) ?? null }));
  return { ...group, webhooks };
}
