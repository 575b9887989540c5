// A webhook's URL: what it must be, and the addresses that its name stands for.
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isForbiddenAddress } from "./forbiddenAddress.ts";

/** All addresses of a name, in the order in which they are to be tried. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;
export const resolveBySystem: Resolve = (name) => lookup(name, { all: true });

/** Why a URL cannot be a webhook's, by itself; null when nothing speaks against it. */
export function flawOf(url: string, allowsPrivate: boolean): string | null {
  const parsed = URL.parse(url);
  if (!parsed) return "it is not a URL";
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return "it is neither http nor https";
  if (parsed.username !== "" || parsed.password !== "") return "it has a user name or password";
  const host = hostOf(parsed);
  if (host === "") return "it has no host";
  if (allowsPrivate) return null;
  const isLocalName = /(^|\.)localhost\.?$/.test(host);
  if (isLocalName || (isIP(host) !== 0 && isForbiddenAddress(host))) {
    return `${host} is a private or local address (NINES_WEBHOOK_ALLOW_PRIVATE allows these)`;
  }
  return null;
}

/** The host of a URL without brackets; every spelling of an IPv4 address is its usual one by now. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/**
 * The addresses to connect to for a host. Gives a flaw when any of them is forbidden, whatever the others are: a
 * name that also stands for a private address is a trick or a mistake. The flaw does not tell the address. Throws when the name cannot be resolved.
 */
export async function addressesOf(
  host: string,
  options: { resolve: Resolve; allowsPrivate: boolean },
): Promise<{ addresses: string[] } | { flaw: string }> {
  const found = isIP(host) === 0 ? await options.resolve(host) : [{ address: host }];
  const addresses = found.map(({ address }) => address);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  if (options.allowsPrivate || !addresses.some(isForbiddenAddress)) return { addresses };
  // Not which one: names of the network that the server stands in could be asked for their addresses.
  return { flaw: `${host} leads to a private or local network (NINES_WEBHOOK_ALLOW_PRIVATE allows these)` };
}
