// Reads the JUnit file that `bun test` writes: the cases, and of each whether it failed or was skipped.

/** Gives `{file, line, name, outcome}`; a name has the names of its groups before it, outermost first. */
export function readCases(xml) {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, head, body = ""]) => {
      const { name, classname, file, line } = attributesOf(head);
      const groups = classname ? classname.split(" > ").reverse() : [];
      return { file, line, name: [...groups, name].join(" > "), outcome: outcomeOf(body) };
    },
  );
}

function attributesOf(head) {
  return Object.fromEntries(
    [...head.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, plain(value)]),
  );
}

function outcomeOf(body) {
  if (/<skipped message="TODO"/.test(body)) return "todo";
  if (body.includes("<skipped")) return "skipped";
  return body.includes("<failure") || body.includes("<error") ? "failed" : "passed";
}

const NAMED = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(text) {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) =>
    code ? String.fromCodePoint(code) : NAMED[name],
  );
}
