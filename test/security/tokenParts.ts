// Tokens made by hand, good and bad, and an identity provider that signs some.
import { createHmac } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";
import { TEST_SECRET } from "../support/server.ts";

export const ISSUER = "https://login.example.com/";
export const AUDIENCE = "nines";

/** JSON in base64url; text is taken as JSON already. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

const DIGESTS: Readonly<Record<string, string>> = { HS384: "sha384", HS512: "sha512" };

/** A token with an HMAC, of whatever its header says. */
export function hmacToken(
  header: unknown,
  claims: unknown,
  { secret = TEST_SECRET as string | Uint8Array, digest = "sha256" } = {},
): string {
  const head = `${part(header)}.${part(claims)}`;
  const alg = (header as { alg?: string }).alg ?? "";
  return `${head}.${createHmac(DIGESTS[alg] ?? digest, secret)
    .update(head)
    .digest("base64url")}`;
}

const SIGNING = {
  RS256: { name: "RSASSA-PKCS1-v1_5" },
  ES256: { name: "ECDSA", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
} as const;
export type KeyAlgorithm = keyof typeof SIGNING;
export const KEY_ALGORITHMS = Object.keys(SIGNING) as KeyAlgorithm[];

export type SigningKey = {
  algorithm: KeyAlgorithm;
  kid: string;
  publicJwk: JWK;
  /** A token signed with it; header fields are added or replaced. */
  sign: (claims: unknown, header?: Record<string, unknown>) => Promise<string>;
};

/** A new key of a provider. */
export async function signingKey(algorithm: KeyAlgorithm, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    algorithm,
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" },
    sign: async (claims, header = {}) => {
      const head = `${part({ alg: algorithm, kid, typ: "JWT", ...header })}.${part(claims)}`;
      return `${head}.${await signature(privateKey, algorithm, head)}`;
    },
  };
}

async function signature(key: CryptoKey, algorithm: KeyAlgorithm, head: string): Promise<string> {
  const bytes = await crypto.subtle.sign(SIGNING[algorithm], key, new TextEncoder().encode(head));
  return Buffer.from(bytes).toString("base64url");
}

export type Provider = {
  url: string;
  /** What it answers with; a test may set it. */
  keys: JWK[];
  status: number;
  requests: number;
  /** It takes requests and never answers. */
  isStuck: boolean;
  /** It no longer answers at all. */
  stop: () => Promise<void>;
  /** It answers again, at the same address. */
  start: () => void;
};

/** An identity provider that serves a JWKS. */
export function startProvider(keys: JWK[]): Provider {
  const fetch = () => {
    provider.requests++;
    if (provider.isStuck) return new Promise<Response>(() => {});
    return Response.json({ keys: provider.keys }, { status: provider.status });
  };
  let server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  const { port } = server;
  const provider: Provider = {
    url: `http://127.0.0.1:${port}/jwks.json`,
    keys,
    status: 200,
    requests: 0,
    isStuck: false,
    stop: () => server.stop(true),
    start: () => {
      server = Bun.serve({ port: port ?? 0, hostname: "127.0.0.1", fetch });
    },
  };
  return provider;
}
