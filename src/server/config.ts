// Settings: flags, then environment NINES_*, then defaults. A wrong value stops the start with one line.
import { isIP } from "node:net";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import type { TokenIssuer } from "../http/caller/tokenKeys.ts";
import { EmailAddress } from "../model/fields.ts";
import { SetupError } from "../model/setupError.ts";
import type { Sender, SmtpServer } from "../notify/email.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { type Environment, readingSettings } from "./knownSettings.ts";

export type LogLevel = "silent" | "error" | "warn" | "info";

export type Config = {
  dataFolder: string;
  host: string;
  port: number;
  /** Absolute address without a slash at the end; null: made of host and port. */
  publicUrl: string | null;
  /** Null: made at first start and kept in the data folder. */
  jwtSecret: string | null;
  /** Null: tokens are signed with the local secret only. */
  tokenIssuer: TokenIssuer | null;
  log: LogLevel;
  pageSize: "A4" | "LETTER";
  brandColor: string;
  brandName: string | null;
  /** Path of a PNG or JPEG. */
  brandLogo: string | null;
  /** Null: no e-mail can be sent. */
  smtp: SmtpServer | null;
  mailFrom: Sender;
  /** Whether webhooks may go to private and local addresses. */
  webhookAllowPrivate: boolean;
  /** How long a report may take. */
  reportTimeoutMs: number;
  /** How large the heap of the thread may be that makes a report. */
  reportMemoryBytes: number;
  /** How long a signed link may work. */
  longestLinkMs: number;
  /** Requests a minute of one token; 0: any number. */
  rateLimitPerMinute: number;
};

export type ConfigFlags = { data?: string; host?: string; port?: string };

const MIB = 1024 * 1024;
const LOG_LEVELS: readonly LogLevel[] = ["silent", "error", "warn", "info"];

/** Reads the settings. Throws SetupError naming the flag or variable, what is wrong and what would be right. */
export function readConfig(flags: ConfigFlags, environment: Environment): Config {
  return readingSettings(environment, (settings) => configFrom(flags, settings));
}

function configFrom(flags: ConfigFlags, environment: Environment): Config {
  const value = (flag: string | undefined, name: string, otherwise: string) => {
    const setting = environment[name] || otherwise; // asked for also when the flag comes first, so that it is known
    return flag ?? setting;
  };
  const nameOf = (flag: keyof ConfigFlags) =>
    flags[flag] === undefined ? `NINES_${flag.toUpperCase()}` : `--${flag}`;
  const publicUrl = urlOf(environment["NINES_PUBLIC_URL"]);
  const smtp = smtpOf(environment["NINES_SMTP_URL"]);
  return {
    dataFolder: resolve(value(flags.data, "NINES_DATA", "./data")),
    host: hostOf(value(flags.host, "NINES_HOST", "127.0.0.1"), nameOf("host")),
    port: portOf(value(flags.port, "NINES_PORT", "8080"), nameOf("port")),
    publicUrl,
    jwtSecret: secretOf(environment["NINES_JWT_SECRET"]),
    tokenIssuer: tokenIssuerOf(environment),
    log: oneOf("NINES_LOG", environment["NINES_LOG"] || "info", LOG_LEVELS),
    pageSize: oneOf("NINES_PAGE_SIZE", environment["NINES_PAGE_SIZE"] || "A4", ["A4", "LETTER"]),
    brandColor: colorOf(environment["NINES_BRAND_COLOR"] || "#1f4e79"),
    brandName: environment["NINES_BRAND_NAME"] || null,
    brandLogo: environment["NINES_BRAND_LOGO"] || null,
    smtp,
    mailFrom: senderOf(environment["NINES_MAIL_FROM"] || `nines@${mailHost(publicUrl, smtp)}`),
    webhookAllowPrivate:
      oneOf("NINES_WEBHOOK_ALLOW_PRIVATE", environment["NINES_WEBHOOK_ALLOW_PRIVATE"] || "false", [
        "true",
        "false",
      ]) === "true",
    reportTimeoutMs:
      1000 * numberOf(environment, "NINES_REPORT_TIMEOUT", { unit: "seconds", otherwise: 600 }),
    reportMemoryBytes:
      MIB *
      numberOf(environment, "NINES_REPORT_MEMORY", {
        unit: "megabytes",
        otherwise: Math.max(512, Math.floor(totalmem() / 2 / MIB)),
      }),
    longestLinkMs: DAY_MS * linkDaysOf(environment["NINES_LINK_MAX_DAYS"] || "90"),
    rateLimitPerMinute: rateLimitOf(environment["NINES_RATE_LIMIT"] || "3600"),
  };
}

/** A positive whole number. */
function numberOf(
  environment: Environment,
  name: string,
  { unit, otherwise }: { unit: string; otherwise: number },
): number {
  const text = environment[name];
  if (!text) return otherwise;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new SetupError(`${name} must be a number of ${unit} from 1 to 999999, but is '${text}'`);
}

function linkDaysOf(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= 3650) return days;
  throw new SetupError(`NINES_LINK_MAX_DAYS must be a number of days from 1 to 3650, but is '${text}'`);
}

function rateLimitOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new SetupError(
    `NINES_RATE_LIMIT must be a number of requests a minute from 1 to 9999999, or 0 for no limit, but is '${text}'`,
  );
}

const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

/** An address, or a name; which ones this machine has shows when it listens. */
function hostOf(text: string, name: string): string {
  if (isIP(text) !== 0 || HOST_NAME.test(text)) return text;
  throw new SetupError(
    `${name} must be an address such as 127.0.0.1, 0.0.0.0 or ::1, or the name of one, but is '${text}'`,
  );
}

function portOf(text: string, name: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new SetupError(`${name} must be a port from 0 to 65535, but is '${text}'`);
}

function urlOf(text: string | undefined): string | null {
  if (!text) return null;
  if (/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(text)) return text.replace(/\/+$/, "");
  const shown = text.replace(/^.*@/, "…@"); // a password is never said again
  throw new SetupError(
    `NINES_PUBLIC_URL must be an address such as https://sla.example.com, but is '${shown}'`,
  );
}

const SMTP_PORTS: Readonly<Record<string, number>> = { "smtp:": 587, "smtps:": 465 };

/** The value may hold a password: it is never said again. */
function smtpOf(text: string | undefined): SmtpServer | null {
  if (!text) return null;
  const url = URL.parse(text.trim());
  const port = url ? SMTP_PORTS[url.protocol] : undefined;
  try {
    if (
      !url ||
      port === undefined ||
      url.hostname === "" ||
      !/^\/?$/.test(url.pathname + url.search + url.hash)
    )
      throw new URIError();
    const login = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? port : Number(url.port),
      secure: url.protocol === "smtps:",
      login: login.user === "" ? null : login,
    };
  } catch {
    throw new SetupError(
      "NINES_SMTP_URL must be an address such as smtp://user:password@mail.example.com:587 or smtps://mail.example.com (special characters in user and password as %40), but is not",
    );
  }
}

function mailHost(publicUrl: string | null, smtp: SmtpServer | null): string {
  const names = [publicUrl === null ? "" : new URL(publicUrl).hostname, smtp?.host ?? ""];
  return (
    names.find((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+$/i.test(name)) ??
    "localhost.localdomain"
  );
}

/** "reports@example.com" or "Reports <reports@example.com>". */
function senderOf(text: string): Sender {
  const [, name = "", inBrackets, bare] =
    /^(?:([^<>"\p{Cc}]*)<([^<>\s]+)>|([^<>\s]+))$/u.exec(text.trim()) ?? [];
  const address = inBrackets ?? bare ?? "";
  if (new RegExp(EmailAddress("").pattern as string).test(address)) return { name: name.trim(), address };
  throw new SetupError(
    `NINES_MAIL_FROM must be an address such as reports@example.com or Reports <reports@example.com>, but is '${text}'`,
  );
}

function secretOf(text: string | undefined): string | null {
  if (!text) return null;
  const bytes = new TextEncoder().encode(text).byteLength;
  if (bytes >= 32) return text;
  throw new SetupError(`NINES_JWT_SECRET must have at least 32 bytes, but has ${bytes}`);
}

/** The address may not hold a password, for it is written to the log. */
function tokenIssuerOf(environment: Environment): TokenIssuer | null {
  const text = environment["NINES_JWKS_URL"];
  const issuer = environment["NINES_JWT_ISSUER"] || null;
  const audience = environment["NINES_JWT_AUDIENCE"] || null;
  if (!text) {
    if (issuer === null && audience === null) return null;
    const name = issuer === null ? "NINES_JWT_AUDIENCE" : "NINES_JWT_ISSUER";
    throw new SetupError(`${name} is about tokens of NINES_JWKS_URL, which is not set`);
  }
  const url = URL.parse(text);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  if (url && isSafe && url.username === "" && url.password === "") return { url: url.href, issuer, audience };
  throw new SetupError(
    "NINES_JWKS_URL must be an https address such as https://login.example.com/jwks.json, without user and password (http only to this machine itself), but is not",
  );
}

function colorOf(text: string): string {
  if (/^#[0-9a-fA-F]{6}$/.test(text)) return text;
  throw new SetupError(`NINES_BRAND_COLOR must be a colour as #rrggbb, but is '${text}'`);
}

function oneOf<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word) return word;
  throw new SetupError(`${name} must be one of ${words.join(", ")}, but is '${text}'`);
}
