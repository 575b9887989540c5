// Which addresses webhooks must not reach: this machine, its network, and everything that is not the public
// Internet. A token of the API must not be a way into the network that the server stands in.
import { BlockList, isIP } from "node:net";

const FORBIDDEN_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by carriers
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, metadata of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];
/** Within 2000::/3, of which the rest is public. What lies outside of it is not. */
const FORBIDDEN_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // protocol assignments, Teredo: tunnels to IPv4 addresses
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: tunnels to IPv4 addresses
  ["3fff::", 20], // documentation
];

const forbidden = new BlockList();
for (const [network, bits] of FORBIDDEN_IPV4) forbidden.addSubnet(network, bits, "ipv4");
for (const [network, bits] of FORBIDDEN_IPV6) forbidden.addSubnet(network, bits, "ipv6");
const publicIpv6 = new BlockList();
publicIpv6.addSubnet("2000::", 3, "ipv6");

/** True for an address that is not one of the public Internet, and for a text that is no address. */
export function isForbiddenAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return forbidden.check(address, "ipv4");
    case 6:
      // So IPv4 addresses in IPv6 (mapped, translated) are out too: none begins with 2000::/3 but 6to4's.
      return !publicIpv6.check(address, "ipv6") || forbidden.check(address, "ipv6");
    default:
      return true;
  }
}
