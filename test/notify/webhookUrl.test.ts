// Where webhooks may go: the public Internet and nothing else, however an address is written or named.
import { describe, expect, test } from "bun:test";
import { isForbiddenAddress } from "../../src/notify/forbiddenAddress.ts";
import { addressesOf, flawOf, hostOf } from "../../src/notify/webhookUrl.ts";

const FORBIDDEN_ADDRESSES = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"],
  ...["127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8"],
  ...["192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255"],
  ...["198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
  ...[
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",
  ],
  ...[
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
  ],
  ...["3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "5f00::1", "4000::1"],
  ...["", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "fe80::1%eth0", "08.08.08.08"],
];

test.each(FORBIDDEN_ADDRESSES)("the address '%s' is forbidden", (address) => {
  expect(isForbiddenAddress(address)).toBe(true);
});

test.each([
  ...["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
  ...["128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"],
  ...["198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::200e"],
])("the public address %s is not", (address) => {
  expect(isForbiddenAddress(address)).toBe(false);
});

const HOSTILE_URLS = [
  // This machine, in every spelling that a URL can have
  ...["http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/"],
  ...[
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
  ],
  ...["http://0/", "http://0.0.0.0:8080/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]:80/"],
  ...["http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://①②⑦.⓪.⓪.①/"],
  ...["http://127。0。0。1/", "http://１２７.0.0.1/", "http://%31%32%37.0.0.1/", "http://localhost/"],
  ...["http://LOCALHOST:8080/", "http://localhost./", "http://a.localhost/", "http://ｌocalhost/"],
  // Its network, its cloud
  ...[
    "http://10.0.0.1/",
    "http://0xa.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://0300.0250.1.1/",
  ],
  ...[
    "http://3232235777/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://100.64.0.1/",
  ],
  ...[
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
  ],
  ...["http://224.0.0.1/", "http://255.255.255.255/", "http://[ff02::1]/"],
  // Other protocols, hidden hosts, no URLs
  ...[
    "file:///etc/passwd",
    "gopher://1.1.1.1/",
    "ftp://1.1.1.1/",
    "javascript:alert(1)",
    "data:text/plain,x",
  ],
  ...["unix:/run/docker.sock", "https://user:pass@example.com/", "https://example.com@127.0.0.1/"],
  ...["http:\\\\127.0.0.1\\", "http://127.0.0.1#@example.com/", "http://"],
  ...["//127.0.0.1/", "127.0.0.1", "", "http://[::1", "http://1.1.1.1:99999/", "http://exa mple.com/"],
];

test.each(HOSTILE_URLS)("the URL %s is refused by itself", (url) => {
  expect(flawOf(url, false)).toBeString();
});

test("which are more than forty different ones", () => {
  expect(new Set(HOSTILE_URLS).size).toBe(HOSTILE_URLS.length);
  expect(HOSTILE_URLS.length).toBeGreaterThanOrEqual(40);
});

test.each([
  ...[
    "https://hooks.example.com/nines",
    "http://hooks.example.com:8080/a?b=c",
    "https://1.1.1.1/",
    "https://example.com/@me",
  ],
  ...["https://[2606:4700:4700::1111]:8443/", "https://localhost.example.com/", "https://bücher.example/"],
])("the URL %s is not", (url) => {
  expect(flawOf(url, false)).toBeNull();
});

describe("where private addresses are allowed", () => {
  test("they are no flaw, all else is", () => {
    expect(flawOf("http://127.0.0.1:9000/", true)).toBeNull();
    expect(flawOf("http://localhost/", true)).toBeNull();
    expect(flawOf("file:///etc/passwd", true)).toBeString();
    expect(flawOf("http://user@127.0.0.1/", true)).toBeString();
  });
});

describe("the addresses of a name", () => {
  const resolving =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

  test("are given in their order when all are public", async () => {
    const options = { resolve: resolving("1.1.1.1", "2606:4700::1"), allowsPrivate: false };
    expect(await addressesOf("example.com", options)).toEqual({ addresses: ["1.1.1.1", "2606:4700::1"] });
  });

  test.each([
    { addresses: ["127.0.0.1"] },
    { addresses: ["1.1.1.1", "10.0.0.1"] },
    { addresses: ["2606:4700::1", "::1"] },
    { addresses: ["1.1.1.1", "::ffff:169.254.169.254"] },
  ])("are refused when one of them is not public, and none is told: $addresses", async ({ addresses }) => {
    const found = await addressesOf("example.com", {
      resolve: resolving(...addresses),
      allowsPrivate: false,
    });
    const flaw = "example.com leads to a private or local network (NINES_WEBHOOK_ALLOW_PRIVATE allows these)";
    expect(found).toEqual({ flaw });
  });

  test("are not looked up for a host that is an address", async () => {
    const resolve = () => Promise.reject(new Error("not to be asked"));
    const host = hostOf(new URL("http://[2606:4700::1]/"));
    expect(await addressesOf(host, { resolve, allowsPrivate: false })).toEqual({
      addresses: ["2606:4700::1"],
    });
  });

  test("that has none are an error", async () => {
    await expect(addressesOf("example.com", { resolve: resolving(), allowsPrivate: false })).rejects.toThrow(
      "example.com has no address",
    );
  });
});
