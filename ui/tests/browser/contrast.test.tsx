import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { screens, settled } from "./screens";

describe.each(["light", "dark"] as const)("axe finds nothing, %s", (scheme) => {
  test.each(Object.keys(screens))("%s", async (name) => {
    await screens[name]?.();
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
    await settled();
    const { violations } = await axe.run(document.body);
    const told = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`),
    );
    expect(told).toEqual([]);
  });
});
