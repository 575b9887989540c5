// The documentation in a real browser: it shows the API, and nothing comes from another host.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { startTestServer, type TestServer } from "../support/server.ts";

const CHROMIUM = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome") ?? "";
const ARGUMENTS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const missing = CHROMIUM === "" ? " [needs chromium]" : "";

describe.skipIf(missing !== "")(`the documentation in a browser${missing}`, () => {
  let server: TestServer;
  let browser: Browser;
  /** The list of operations takes a while to draw: it is looked at more than once. */
  let docs: Awaited<ReturnType<typeof opened>>;

  beforeAll(async () => {
    server = await startTestServer();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    docs = await opened("/docs");
  }, 30_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** A page, and what went wrong on it: complaints in the console, errors, requests elsewhere or in vain. */
  async function opened(path: string): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`${server.url}${path}`);
    return { page, complaints, requests };
  }

  const elsewhere = (requests: string[]) =>
    requests.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"));

  test(`/docs lists every operation under its tag, from this server alone${missing}`, async () => {
    const { page, complaints, requests } = docs;
    await page.waitForSelector("#operations-SLA_Report_Schedules-runSlaReportOnDemand");
    expect(await page.title()).toBe("API – Nines");
    expect(await page.textContent("header b")).toBe("Nines");
    expect(await page.textContent(".info .title")).toStartWith("Nines SLA Reports API");
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: object };
    const operations = Object.values(document.paths).flatMap((item) => Object.keys(item));
    expect(await page.locator(".opblock").count()).toBe(operations.length);
    expect(await page.locator(".opblock-tag").count()).toBeGreaterThan(5);
    expect(elsewhere(requests)).toEqual([]);
    expect(complaints).toEqual([]);
  }, 20_000);

  test(`a token that is pasted into Authorize is sent when an operation is tried out${missing}`, async () => {
    const { page, complaints, requests } = docs;
    await page.click(".auth-wrapper button.authorize");
    await page.fill(".auth-container input", await server.token());
    await page.click(".auth-btn-wrapper button[type=submit]");
    await page.click(".auth-btn-wrapper .btn-done");
    const operation = page.locator("#operations-Sites-listTags");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".try-out__btn").click();
    await operation.locator("button.execute").click();
    await operation.locator(".live-responses-table .response-col_status").first().waitFor();
    expect(
      await operation.locator(".live-responses-table tbody .response-col_status").first().innerText(),
    ).toStartWith("200");
    expect(requests).toContain(`${server.url}/tags`);
    expect(elsewhere(requests)).toEqual([]);
    expect(complaints).toEqual([]);
  }, 20_000);

  test(`the pages of error codes lead to each other${missing}`, async () => {
    const { page, complaints, requests } = await opened("/docs/errors");
    await page.click("text=invalid_date_range");
    expect(await page.textContent("h1")).toBe("The date range is not valid");
    expect(await page.textContent("main")).toContain("HTTP 400");
    await page.click("main >> text=Error codes");
    expect(await page.textContent("h1")).toBe("Error codes");
    expect(elsewhere(requests)).toEqual([]);
    expect(complaints).toEqual([]);
  }, 20_000);
});
