// Texts about what went wrong on the network, as users of the API may read them: an address of this machine's own
// network in them would tell what it looks like from inside.
import { isIP } from "node:net";
import { isForbiddenAddress } from "./forbiddenAddress.ts";

const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g;
const IPV6 = /(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,8}(?:%\w{1,20})?/g;

/** The text with "…" for every address in it that is not public. What is in `known` was not learnt from us. */
export function withoutPrivateAddresses(text: string, known: string): string {
  const hidden = (address: string) => {
    const [bare = ""] = address.split("%");
    return isIP(bare) !== 0 && isForbiddenAddress(bare) && !known.includes(bare) ? "…" : address;
  };
  return text.replaceAll(IPV4, hidden).replaceAll(IPV6, hidden);
}
