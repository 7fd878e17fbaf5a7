import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openScenarios, openWindow, playGuest, press, runScenarios } from "./window";

const few = { guests: 5 };

const results = () =>
  within(screen.getByRole("grid", { name: "Results" }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("gridcell")[1]?.textContent);

test("files are opened by a dialog of the system: scenarios with tags and skips, and a mistake with its place", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  expect(await screen.findByText("No scenario file is open")).toBeTruthy();
  await openScenarios(window);
  const files = within(screen.getByRole("list", { name: "Files and scenarios" }));
  expect(files.getByText("smoke")).toBeTruthy();
  expect(files.getByText("skipped").getAttribute("title")).toBe("closed in summer");
  const mistake = (await files.findByText(/line 3/)).closest("li")?.textContent ?? "";
  expect(mistake).toMatch(/^broken\.yaml, line 3, column 7: .*sayy/);
  expect(mistake).not.toContain("scenarios/");
  expect(files.getByRole<HTMLButtonElement>("button", { name: "Run broken.yaml" }).disabled).toBe(true);
  await window.user.click(files.getByRole("button", { name: "Close broken.yaml" }));
  await waitFor(() => expect(files.queryAllByText(/line 3/)).toEqual([]));
});

test("a run tells what failed first, with its steps, what was said and the frames around it; the failed one runs again", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  await runScenarios(window);
  await waitFor(() =>
    expect(results()).toEqual(["Knows what it cannot know", "Says what it knows", "Waits for winter"]),
  );
  await window.user.click(screen.getByRole("row", { name: /Failed/ }));
  const detail = within(await screen.findByRole("dialog", { name: "Knows what it cannot know" }));
  const steps = within(await detail.findByRole("list", { name: "Steps" })).getAllByRole("listitem");
  expect(steps.map((step) => step.textContent)).toEqual([
    expect.stringMatching(/say.*hello.*Passed/),
    expect.stringMatching(/waitForReplyContaining.*the weather.*Failed/),
  ]);
  expect(detail.getAllByText(/I know these words/).length).toBeGreaterThan(0);
  expect(detail.getByRole("heading", { name: "Frames around the failure" })).toBeTruthy();
  await window.user.keyboard("{Escape}");
  await press(window, "Run failed (1)");
  await waitFor(() =>
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Run failed (1)" }).disabled).toBe(false),
  );
  expect(results()).toHaveLength(3);
});

test("a report is written where a person chooses, and none where they choose nothing", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  await runScenarios(window);
  const file = join(mkdtempSync(join(tmpdir(), "innkeeper-report-")), "report.html");
  await press(window, "Save a report");
  await window.user.click(await screen.findByRole("menuitem", { name: "A page to read…" }));
  await window.bridge.person({ saveAs: file });
  await press(window, "Save a report");
  await window.user.click(await screen.findByRole("menuitem", { name: "A page to read…" }));
  expect(await screen.findByText("The report is written")).toBeTruthy();
  const report = readFileSync(file, "utf8");
  expect(report).toContain("Knows what it cannot know");
  expect(report).not.toContain("<script");
});

test("a chat that is saved as a scenario passes when it is run", async () => {
  const window = await openWindow("#/chat-lab", few);
  await playGuest(window, "Ada", ["hello", "card"]);
  const file = join(mkdtempSync(join(tmpdir(), "innkeeper-scenario-")), "ada.yaml");
  await window.bridge.person({ saveAs: file, open: [file] });
  await window.user.click(screen.getByRole("button", { name: "More about the chat of Ada" }));
  await window.user.click(await screen.findByRole("menuitem", { name: "Save as a scenario…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Save as a scenario" }));
  await window.user.click(dialog.getByRole("button", { name: "Choose a place…" }));
  expect(await dialog.findByText(/^\d+ steps written\.$/)).toBeTruthy();
  await window.user.click(dialog.getByRole("button", { name: "Done" }));

  await window.user.click(screen.getByRole("tab", { name: "Scenarios" }));
  await press(window, "Open files…");
  await press(window, "Run all");
  expect(await screen.findByText("1 passed")).toBeTruthy();
});

test("the deployment is examined: what it offers, and what of the open files cannot work there", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  await press(window, "Check deployment");
  const doctor = within(await screen.findByRole("dialog", { name: "What a test can expect of the deployment" }));
  expect(await doctor.findByText("Nothing stands in the way")).toBeTruthy();
  expect(doctor.getByRole("row", { name: /^Takes guests/ }).textContent).toContain("Yes");
});
