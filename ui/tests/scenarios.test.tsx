import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
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
  expect(await doctor.findByText("No scenario file is open, so no step was looked at.")).toBeTruthy();
  expect(doctor.getByRole("row", { name: /^Takes guests/ }).textContent).toContain("Yes");
});

test("the examination tells apart the files that it looked at and those that it could not read", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  await openScenarios(window);
  await press(window, "Check deployment");
  const doctor = within(await screen.findByRole("dialog", { name: "What a test can expect of the deployment" }));
  expect(await doctor.findByText("1 open file has a mistake and could not be looked at")).toBeTruthy();
  expect(doctor.getByText(/^broken\.yaml/)).toBeTruthy();
  expect(doctor.getByText("Every step of the 1 file without a mistake can work with this deployment.")).toBeTruthy();
});

const scenarioFiles = (texts: Record<string, string>) => {
  const folder = mkdtempSync(join(tmpdir(), "innkeeper-scenarios-"));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), `scenarios:\n${text}`);
  for (const [name, text] of Object.entries(texts)) put(name, text);
  return { put, paths: Object.keys(texts).map((name) => join(folder, name)) };
};

const leftOut = () => within(screen.getByRole("list", { name: "Files that were not run" })).getAllByRole("listitem");

test("a file that cannot be run is named with its place, stops no other, and is read again once it is corrected", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  const { put, paths } = scenarioFiles({
    "a.yaml": "  Ends:\n    - pause: 1\n",
    "b.yaml": "  Ends:\n    - expectDisconnect: true\n",
    "c.yaml": "  Slips:\n    - sayy: hello\n",
  });
  await window.bridge.person({ open: paths });
  await press(window, "Open files…");
  await press(window, "Run all");
  expect(await screen.findByText("1 passed · 2 files not run")).toBeTruthy();
  expect(leftOut().map((file) => file.textContent)).toEqual([
    expect.stringMatching(/^c\.yaml, line 3, column 7: .*sayy/),
    expect.stringMatching(/^b\.yaml, line 3, column 7: .*expectDisconnect/),
  ]);
  expect(await screen.findByRole("row", { name: /Ends.*a\.yaml/ })).toBeTruthy();

  put("c.yaml", "  Slips:\n    - pause: 1\n");
  fireEvent.focus(globalThis.window);
  await waitFor(() => expect(screen.queryByText("has a mistake")).toBeNull());
  await press(window, "Run Slips of c.yaml");
  expect(await screen.findByText("2 passed")).toBeTruthy();
  expect(screen.queryByRole("list", { name: "Files that were not run" })).toBeNull();

  put("a.yaml", "  Ends:\n    - sayy: hello\n");
  await press(window, "Open");
  await window.user.click(await screen.findByRole("menuitem", { name: "Read again" }));
  expect(await screen.findByText("2 passed (1 of them out of date)")).toBeTruthy();
});

test("a run that is stopped says how much of it was run, and names the rest", async () => {
  const window = await openWindow("#/chat-lab/scenarios", few);
  const { paths } = scenarioFiles({
    "slow.yaml":
      "  First:\n    - pause: 60000\n  Second:\n    - pause: 60000\n  Last:\n    skip: not now\n    steps: [{pause: 1}]\n",
  });
  await window.bridge.person({ open: paths });
  await press(window, "Open files…");
  await press(window, "Run all");
  await screen.findAllByText("step 1 of 1");
  await press(window, "Stop");
  expect(await screen.findByText("The run was stopped")).toBeTruthy();
  expect(await screen.findByText(/^[01] of 3 scenarios ran to the end\./)).toBeTruthy();
  await waitFor(() => expect(results().slice(0, 2)).toEqual(["First", "Second"]));
  expect(screen.getByRole("row", { name: /Not run.*First/ }).textContent).toContain("stopped");
});

test("an edit of the connection keeps the results of its scenarios, marked as out of date", async () => {
  const window = await openWindow("#/settings", { ...few, second: true });
  const { core, user } = window;
  const nothing = { name: null, kind: null, environment: null, baseUrl: null, clientId: null, clientSecret: null };
  const deployment = "00000000-0000-4000-8000-000000000001";
  await core.connectionEdit("Support EU", { ...nothing, readOnly: null, deployment }, true);
  await core.connectionUse("Support EU");
  await waitFor(() => within(screen.getByRole("listitem", { name: "Support EU" })).getByText("in use"));
  globalThis.location.hash = "#/chat-lab/scenarios";
  await runScenarios(window);

  globalThis.location.hash = "#/settings";
  const line = within(await screen.findByRole("listitem", { name: "Support EU" }));
  await user.click(line.getByRole("button", { name: "Edit" }));
  const form = within(await screen.findByRole("dialog", { name: 'Edit the connection "Support EU"' }));
  await user.type(form.getByLabelText("Address of the page"), "https://shop.example");
  expect(form.queryByText(/scenario result/)).toBeNull();
  await press(window, "Test and save", form.getByRole);
  expect(await screen.findByText("Connection saved")).toBeTruthy();

  globalThis.location.hash = "#/chat-lab/scenarios";
  expect(await screen.findByText(/^1 failed · 1 passed · 1 skipped .*\(3 of them out of date\)/)).toBeTruthy();
  await waitFor(() => expect(results()).toHaveLength(3));
  expect(screen.getByRole("row", { name: /Knows what it cannot know.*Out of date: / })).toBeTruthy();
});
