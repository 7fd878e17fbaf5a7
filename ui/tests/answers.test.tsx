import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { CoreFailure } from "../src/ipc/core";
import { Answer } from "../src/parts/answer";

const away = new CoreFailure(
  { code: "offline", message: "", next: "", fields: [], retryAfterMs: null, correlationId: null },
  "guestsPage",
);

type Case = {
  failed: boolean;
  /** Nothing, an empty list, or rows. */
  known: "nothing" | "none" | "rows";
  /** What is known answers an earlier question. */
  earlier: boolean;
  shows: ("none" | "rows" | "failure" | "old")[];
};

/** All that can be true of a list at once, and what of it is shown. */
const cases: Case[] = [
  { failed: false, known: "nothing", earlier: false, shows: ["rows"] },
  { failed: false, known: "none", earlier: false, shows: ["none"] },
  { failed: false, known: "rows", earlier: false, shows: ["rows"] },
  { failed: false, known: "none", earlier: true, shows: [] },
  { failed: false, known: "rows", earlier: true, shows: ["rows"] },
  { failed: true, known: "nothing", earlier: false, shows: ["failure"] },
  { failed: true, known: "none", earlier: false, shows: ["failure"] },
  { failed: true, known: "rows", earlier: false, shows: ["rows", "failure", "old"] },
  { failed: true, known: "none", earlier: true, shows: ["failure"] },
  { failed: true, known: "rows", earlier: true, shows: ["rows", "failure", "old"] },
];

test.each(cases)("failed $failed, known $known, to an earlier question $earlier: shows $shows", async (one) => {
  const again = vi.fn();
  render(
    <MantineProvider>
      <Answer
        problem={one.failed ? away : null}
        onRetry={again}
        known={one.known !== "nothing"}
        none={one.known === "none"}
        of={one.earlier ? "the search for “ada”" : null}
        empty={<p>No guest matches</p>}
      >
        <p>Ada</p>
      </Answer>
    </MantineProvider>,
  );
  const old = one.earlier
    ? "Below is what was answered before, to the search for “ada”."
    : "Below is what was answered before.";
  const shown = [
    screen.queryByText("No guest matches") && "none",
    screen.queryByText("Ada") && "rows",
    screen.queryByRole("alert") && "failure",
    screen.queryByText(old) && "old",
  ].filter(Boolean);
  expect(shown).toEqual(one.shows);
  if (one.failed) {
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(again).toHaveBeenCalledOnce();
    expect(screen.getByRole("alert").textContent).toContain("The org was not asked.");
  }
});

test("whatever is listed by pages or in a grid is told as an answer", () => {
  const source = join(import.meta.dirname, "../src");
  const files = (readdirSync(source, { recursive: true }) as string[]).filter((file) => /screens.*\.tsx$/.test(file));
  const lists = files.filter((file) =>
    /<VirtualGrid|<ConversationGrid|usePages<|keepPreviousData/.test(readFileSync(join(source, file), "utf8")),
  );
  const bare = lists.filter((file) => !/<Answer$|<Answer\b/m.test(readFileSync(join(source, file), "utf8")));
  expect(lists.length).toBeGreaterThan(6);
  // The grid of conversations stands in lists that are. The editor asks what a save would change, and shows nothing while that
  // is not the answer to what is typed.
  expect(bare.map((file) => file.split(/[\\/]/).at(-1))).toEqual(["conversation-grid.tsx", "policy-editor.tsx"]);
});
