// Who sends a request, and what there is to be allowed.

export const SCOPES = ["sla:read", "sla:write", "sla:run", "fault:read", "fault:write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who sends a request: out of a verified token. */
export type Principal = {
  subject: string;
  workspace: string;
  scopes: ReadonlySet<string>;
  /** Takes more of the token's allowance than the one that every request costs; see costs.ts. */
  charge: (cost: number) => void;
};
