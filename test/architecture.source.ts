// Reads a source file as far as the rules of the architecture need it: the code without its comments and
// literals, the literals, and the imports. The rules are in architecture.rules.ts.
import { posix } from "node:path";

export interface Source {
  path: string;
  text: string;
}

export interface Literal {
  text: string;
  line: number;
}

export interface Import {
  specifier: string;
  /** The path of the imported file, or null for a package. */
  file: string | null;
  line: number;
  /** Whether a thread is started from the file, by `new URL`: both sides then stand on their own. */
  startsThread: boolean;
}

export interface Module extends Source {
  /** Without comments; a literal is its number in `literals`, in double quotes. Lines stay where they are. */
  code: string;
  literals: Literal[];
  imports: Import[];
}

const modules = new WeakMap<Source, Module>();

export function moduleOf(source: Source): Module {
  let module = modules.get(source);
  if (!module) {
    const { code, literals } = separate(source.text);
    module = { ...source, code, literals, imports: importsIn(source.path, code, literals) };
    modules.set(source, module);
  }
  return module;
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])+\/\w*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))+/y;
const TOKEN = /[\w$]+|[\s\S]/y;
const DEPTH: Record<string, number> = { "{": 1, "}": -1 };
const AFTER_A_VALUE = /^[\w$)\]}"]/;
const BEFORE_A_VALUE = /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/;

/** Parts code from comments and literals. What a template has inside `${}` is code, and "?" in the literal. */
export function separate(text: string): Pick<Module, "code" | "literals"> {
  const literals: Literal[] = [];
  let at = 0;
  let code = "";
  let previous = "";
  let line = 1;
  let lineStart = 0;

  /** The line that is being read. Counted from where it was last asked for: files are read from front to back. */
  const lineHere = (): number => {
    for (;;) {
      const end = text.indexOf("\n", lineStart);
      if (end === -1 || end >= at) return line;
      lineStart = end + 1;
      line++;
    }
  };

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const addLiteral = (literal: string, line: number) => {
    code += `"${literals.push({ text: literal, line }) - 1}"`;
    previous = '"';
  };
  const readTemplate = () => {
    const firstLine = lineHere();
    let words = "";
    for (at++; at < text.length && text[at] !== "`"; ) {
      const part = take(TEMPLATE_TEXT);
      code += newlinesOf(part ?? "");
      words += part ?? "?";
      if (part === undefined) readPlaceholder();
    }
    at++;
    addLiteral(words, firstLine);
  };
  const readPlaceholder = () => {
    at += 2;
    code += previous = "(";
    readCode("}");
    at++;
    code += ") ";
  };
  const readValue = (): boolean => {
    const firstLine = lineHere();
    const isValueDue = !AFTER_A_VALUE.test(previous) || BEFORE_A_VALUE.test(previous);
    const literal = take(STRING) ?? (isValueDue ? take(REGEX) : undefined);
    if (literal !== undefined) addLiteral(literal.slice(1, -1), firstLine);
    else if (text[at] === "`") readTemplate();
    else return false;
    return true;
  };
  const readToken = (): string => {
    const token = take(TOKEN) ?? "";
    code += token;
    if (token.trim() !== "") previous = token;
    return token;
  };
  const readCode = (end?: string) => {
    let depth = 0;
    while (at < text.length && (depth > 0 || text[at] !== end)) {
      const comment = take(COMMENT);
      code += newlinesOf(comment ?? "");
      if (comment !== undefined || readValue()) continue;
      depth += DEPTH[readToken()] ?? 0;
    }
  };

  readCode();
  return { code, literals };
}

const IMPORTS = [
  /\b(?:import|export)\s+[\w$*\s{},]*\bfrom\s*"(\d+)"/g,
  /\bimport\s*"(\d+)"/g,
  /\b(?:import|require)\s*\(\s*"(\d+)"/g,
];
const THREAD = /\bnew\s+URL\s*\(\s*"(\d+)"\s*,\s*import\.meta\.url/g;

function importsIn(path: string, code: string, literals: Literal[]): Import[] {
  const find = (pattern: RegExp, startsThread: boolean) =>
    [...code.matchAll(pattern)].map((match) => {
      const { text: specifier, line } = literals[Number(match[1])] as Literal;
      const isFile = specifier.startsWith(".");
      const file = isFile ? posix.join(posix.dirname(path), specifier) : null;
      return { specifier, file, line, startsThread };
    });
  const found = [...IMPORTS.flatMap((pattern) => find(pattern, false)), ...find(THREAD, true)];
  return found.sort((a, b) => a.line - b.line);
}

export function lineAt(code: string, index: number): number {
  return newlinesOf(code.slice(0, index)).length + 1;
}

function newlinesOf(text: string): string {
  return text.replaceAll(/[^\n]+/g, "");
}
