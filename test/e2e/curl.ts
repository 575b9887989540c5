// As much of curl as the README's lines use, for a machine that has none. Anything else is refused.
import { argv } from "node:process";

const FLAGS = new Set(["-s", "-sS", "-N", "--fail-with-body", "--retry-connrefused"]);
const VALUED = new Set(["-H", "-d", "--data-binary", "-o", "--retry", "--retry-delay"]);

const given = new Map<string, string[]>();
let address = "";
const args = argv.slice(2);
for (let index = 0; index < args.length; index++) {
  const arg = args[index] as string;
  if (VALUED.has(arg)) given.set(arg, [...(given.get(arg) ?? []), args[++index] as string]);
  else if (!arg.startsWith("-")) address = arg;
  else if (!FLAGS.has(arg)) throw new Error(`curl ${arg} is not known here`);
}
const last = (name: string) => given.get(name)?.at(-1);

const bodyOf = () => last("-d") ?? Bun.file(last("--data-binary")?.replace(/^@/, "") ?? "/dev/null").bytes();

async function answer(): Promise<Response> {
  const headers = (given.get("-H") ?? []).map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  const isPost = given.has("-d") || given.has("--data-binary");
  const request = isPost ? { method: "POST", headers, body: await bodyOf() } : { headers };
  for (let left = Number(last("--retry") ?? 0); ; left--) {
    try {
      return await fetch(`http://${address}`, request);
    } catch (error) {
      if (left <= 0) throw error;
      await Bun.sleep(1000 * Number(last("--retry-delay") ?? 1));
    }
  }
}

const response = await answer();
const output = last("-o");
await Bun.write(output === undefined ? Bun.stdout : Bun.file(output), await response.bytes());
if (!response.ok && args.includes("--fail-with-body")) process.exitCode = 22;
