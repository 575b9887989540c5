// One way to declare an operation of the API, once: what it needs, what it answers, who may call it. It is what
// Elysia mounts, what types its handler, and what the OpenAPI document and the tests read back from the app.
import { type Static, type TObject, type TSchema, type TUnknown, Type } from "@sinclair/typebox";
import type { Context, ElysiaCustomStatusResponse } from "elysia";
import type { ErrorCode } from "../../model/errors.ts";
import type { Principal, Scope } from "../caller/principal.ts";
import type { Services } from "./services.ts";

export type AnswerDoc<S extends TSchema = TSchema> = {
  description: string;
  /** Of a JSON body; absent for answers with another body or none. */
  schema?: S;
  /** Of a body that is no JSON, or that has no schema. */
  contentType?: string;
  /** Headers that the answer always has, with what they say. */
  headers?: Readonly<Record<string, string>>;
};
export type Answers = Readonly<Record<number, AnswerDoc>>;

/** All that is said of an operation beside its schemas. */
export type Facts = {
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  /** One of these is needed (admin always does); "public" needs no token. */
  scopes: readonly Scope[] | "public";
  /** A signed link stands in for the token: with `link`, `expires` or `signature` in the query, the handler checks those. */
  takesLink?: boolean;
  /** It stores nothing, although it is no GET. */
  onlyReads?: boolean;
  bodyDescription?: string;
  /** The body may be left out: it counts as {}. */
  bodyOptional?: boolean;
  /** Fields of answers that are ignored when they are sent back. */
  readOnly?: readonly string[];
  /** The handler reads the request's stream itself; the content types it takes, each with an example. */
  streams?: Readonly<Record<string, string>>;
  /** Request headers it looks at, with what they do. */
  headers?: Readonly<Record<string, { description: string; schema: TSchema }>>;
  answers: Answers;
  /** Codes of the table this operation refuses with, besides those every operation can. */
  refusals: readonly ErrorCode[];
  /** What a status of refusals means here in a sentence, where the codes do not say it well enough. */
  refusalTexts?: Readonly<Record<number, string>>;
};

/** How the ETag of a kind of object is made. */
export type Tagging<T extends object = never> = {
  /** Fields that change without anybody changing the object: they do not count for `If-Match`. */
  byItself?: readonly string[];
  /** An answer as a GET would give it, where answers to changes tell more. */
  asRead?: (answer: T) => object;
};
/** What an operation is declared with. */
export type Declaration<P extends TObject, Q extends TObject, B extends TSchema, A extends Answers> = Omit<
  Facts,
  "answers"
> & {
  /** Of the path: texts, for an id that is malformed only names nothing. */
  params?: P;
  query?: Q;
  body?: B;
  answers: A;
  /** The object that it reads, makes or changes has this ETag; one that changes does so by `unlessChanged`. */
  etag?: Tagging;
};

/** The schemas of answers in JSON, by status; other answers are a Response of the handler's making. */
type JsonOf<A extends Answers> = {
  [K in keyof A as A[K] extends { schema: TSchema } ? K : never]: A[K] extends {
    schema: infer S extends TSchema;
  }
    ? S
    : never;
};

/** An operation as Elysia takes it: schemas, macros of the kernel, and all the rest as `detail`. */
export type Operation<P extends TObject, Q extends TObject, B extends TSchema, A extends Answers> = {
  params: P;
  query: Q;
  body: B;
  response: JsonOf<A>;
  detail: Facts;
};

/** What the handler of an operation is called with. */
export type CallOf<O> =
  O extends Operation<infer P, infer Q, infer B, infer _>
    ? {
        request: Request;
        set: Context["set"];
        /** Never absent on operations with scopes; the others are called without a token. */
        principal: Principal;
        services: Services;
        params: Static<P>;
        query: Static<Q>;
        body: Static<B>;
      }
    : never;

/** What the handler of an operation gives: a body for 200, a status with one for others, a Response for what is no JSON. */
export type AnswerOf<O> =
  O extends Operation<infer _P, infer _Q, infer _B, infer A>
    ? { [K in keyof A]: AnswerWith<K, A[K]> }[keyof A]
    : never;

type AnswerWith<K, A> = A extends { schema: infer S extends TSchema }
  ? K extends 200
    ? Static<S>
    : ElysiaCustomStatusResponse<K & number, Static<S>, K & number>
  : Response;

const NOTHING = Type.Object({}, { additionalProperties: false });

/** Declares an operation; the types of its handler's argument and answers follow from the schemas. */
export function operation<
  P extends TObject = TObject<Record<never, never>>,
  Q extends TObject = TObject<Record<never, never>>,
  B extends TSchema = TUnknown,
  const A extends Answers = Answers,
>({ params, query, body, etag, ...declared }: Declaration<P, Q, B, A>): Operation<P, Q, B, A> {
  const search = query ?? NOTHING;
  const facts = etag ? tagged(declared, body !== undefined) : declared;
  return {
    ...(params ? { params } : {}),
    // What has this mark already, Elysia does not coerce: `?tag=a,b` is one tag, and `?page=1x` no number.
    query: { ...search, elysiaMeta: "AsDeclared" },
    ...(body ? { body, json: { facts, search } } : { parse: "none", scopes: facts, search }),
    ...(etag ? { etag } : {}),
    response: unchecked(declared.answers),
    detail: facts,
  } as unknown as Operation<P, Q, B, A>;
}

const ETAG_HEADER = { ETag: "Of the object as it is now." };

/** What operations with an ETag say of it, by what they do. */
const TAGGED = {
  header: ETAG_HEADER,
  read: {
    headers: {
      "If-None-Match": {
        description: "An `ETag`, or several: nothing is sent of an object that is known.",
        schema: Type.String(),
      },
    },
    answer: { 304: { description: "The object is the one with the given `ETag`.", headers: ETAG_HEADER } },
  },
  changed: {
    headers: {
      "If-Match": {
        description:
          "An `ETag`, or several, or `*`: the object is changed only if it still has one of them. What changes by itself, such as the last run of a schedule, does not count.",
        schema: Type.String(),
      },
    },
    refusal: "precondition_failed",
  },
} as const;

/** What an operation on an object with an ETag says of it: it makes the object, changes or deletes it, or reads it. */
function tagged(facts: Facts, takesBody: boolean): Facts {
  const answers = Object.fromEntries(
    Object.entries(facts.answers).map(([status, answer]) => [
      status,
      answer.schema ? { ...answer, headers: { ...answer.headers, ...TAGGED.header } } : answer,
    ]),
  );
  if (201 in answers) return { ...facts, answers };
  if (!takesBody && !(204 in answers)) {
    const { headers, answer } = TAGGED.read;
    return { ...facts, headers: { ...facts.headers, ...headers }, answers: { ...answers, ...answer } };
  }
  const { headers, refusal } = TAGGED.changed;
  return {
    ...facts,
    headers: { ...facts.headers, ...headers },
    answers,
    refusals: [...facts.refusals, refusal],
  };
}

/** Answers are checked by their types, and in tests as they are given: each one again would cost as much as the rest. */
function unchecked(answers: Answers): Record<string, TSchema> {
  const schemas = Object.entries(answers).flatMap(([status, { schema }]) =>
    schema ? [[status, { ...schema, noValidate: true }] as const] : [],
  );
  return Object.fromEntries(schemas);
}
