// What an e-mail says, and that whatever users named is text in it.
import { describe, expect, test } from "bun:test";
import { messageAbout } from "../../src/notify/message.ts";
import { aReportNotice, REPORT, TEST_NOTICE } from "./aNotice.ts";

const HEADLINE = { service_seconds: 1000, downtime_seconds: 0, breached: false, lowest: [] };
const subjectOf = (...[changes]: Parameters<typeof aReportNotice>) =>
  messageAbout(aReportNotice(changes), "attached").subject;

describe("the subject", () => {
  test("has name, figure, verdict and period", () => {
    expect(subjectOf()).toBe("Offices: 99.745 % (breached) – 1–31 October 2026");
  });

  test("of a report that met its target", () => {
    expect(subjectOf({ headline: HEADLINE })).toBe("Offices: 100.000 % (met) – 1–31 October 2026");
  });

  test("rounds down, so that 100 is for nothing lost", () => {
    const headline = { ...HEADLINE, service_seconds: 1e9, downtime_seconds: 0.001 };
    expect(subjectOf({ headline })).toStartWith("Offices: 99.999 %");
  });

  test("of a report without sites, and without service time", () => {
    const nothing = { ...HEADLINE, service_seconds: 0, breached: null };
    const report = { ...REPORT, uptime_percentage: null };
    expect(subjectOf({ headline: nothing, report })).toBe("Offices: no service time – 1–31 October 2026");
    expect(subjectOf({ headline: nothing, report: { ...report, site_count: 0 } })).toBe(
      "Offices: no sites – 1–31 October 2026",
    );
  });

  test("of a report that was made before there were headlines has no verdict", () => {
    expect(subjectOf({ headline: null })).toBe("Offices: 99.745 % – 1–31 October 2026");
  });
});

test("the text has the headline figures, the lowest sites and a link", () => {
  expect(messageAbout(aReportNotice(), "attached").text).toBe(
    [
      "Offices, 1–31 October 2026 (Europe/Zurich)",
      "",
      "Availability: 99.745 %, breached",
      "Target: 99.9 %",
      "Sites breached: 1 of 3",
      "Downtime, all sites: 42m 30s",
      "",
      "Lowest sites:",
      "- Zürich: 99.745 %, 42m 30s down, breached",
      "",
      "The report is attached as PDF. It can also be downloaded for 7 days:",
      "https://sla.example.com/pdf?expires=1&signature=x",
      "",
    ].join("\n"),
  );
});

describe("names are text", () => {
  const hostile = '<script>alert("x")</script> & <img src=x onerror=y>';
  const notice = aReportNotice({
    report: { ...REPORT, schedule_name: hostile },
    headline: {
      ...HEADLINE,
      lowest: [{ name: hostile, service_seconds: 9, downtime_seconds: 1, breached: true }],
    },
  });

  test("in HTML nothing of them is markup", () => {
    const { html } = messageAbout(notice, "attached");
    expect(html).not.toMatch(/<script|<img/);
    expect(html.match(/&lt;script&gt;/g)).toHaveLength(3);
  });

  test("in plain text they are as they are", () => {
    expect(messageAbout(notice, "attached").text).toContain(hostile);
  });

  test("line breaks, control characters and turned directions are gone", () => {
    const report = { ...REPORT, schedule_name: "a\r\nBcc: x\u0000\u202eb\u2028c\u2066d" };
    const { subject, text } = messageAbout(aReportNotice({ report }), "attached");
    expect(subject).toStartWith("a Bcc: x b c d: ");
    expect(text.split("\n")[0]).toStartWith("a Bcc: x b c d,");
  });

  test("a group's name too", () => {
    const { subject, html } = messageAbout({ ...TEST_NOTICE, groupName: "<b>\nOps" }, "attached");
    expect(subject).toBe("Test of <b> Ops");
    expect(html).not.toContain("<b>");
  });
});
