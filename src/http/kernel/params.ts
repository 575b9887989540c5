// Path parameters. They are texts to the check: an id that is malformed names nothing, which is for the store to say.
import { Type } from "@sinclair/typebox";
import { ID_PREFIXES, type IdKind, idPattern } from "../../model/ids.ts";

/** A path's `{id}` of an object of this kind; `what` it is, as in "The site's id". */
export const idParam = (kind: IdKind, what: string) => Type.Object({ id: idText(kind, what) });

/** A text that should be the id of such an object. */
export const idText = (kind: IdKind, what: string) =>
  Type.String({
    description: `${what}, prefixed with \`${ID_PREFIXES[kind]}\`.`,
    documentedPattern: idPattern(kind),
    example: `${ID_PREFIXES[kind]}2ayc4Yy6w3g7Y2j4g4g4Yy6w3g7`,
  });
