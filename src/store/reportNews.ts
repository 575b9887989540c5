// Tells whoever follows a report that it changed, within this process: nobody asks the database again and again.

export type ReportNews = {
  /** Says that a report changed or is gone. Its followers are told when the transaction that did it is over. */
  tell: (reportId: string) => void;
  /** Calls `listener` at each change of a report until the function that it gives is called. */
  follow: (reportId: string, listener: () => void) => () => void;
};

/** News of reports, with nobody who follows them yet. */
export function reportNews(): ReportNews {
  const followers = new Map<string, Set<() => void>>();
  return {
    tell: (reportId) => {
      // Transactions end before anything else has its turn. One that was undone is no news, which followers see.
      if (!followers.has(reportId)) return;
      queueMicrotask(() => {
        for (const listener of followers.get(reportId) ?? []) listener();
      });
    },
    follow: (reportId, listener) => {
      const own = () => listener(); // the same listener twice is two followers
      const ofReport = followers.get(reportId) ?? new Set();
      followers.set(reportId, ofReport.add(own));
      return () => {
        ofReport.delete(own);
        if (ofReport.size === 0 && followers.get(reportId) === ofReport) followers.delete(reportId);
      };
    },
  };
}
