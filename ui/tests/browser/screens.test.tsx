import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { screens, settled } from "./screens";

/** The smallest window, and a small one at 200 %: what a page of that zoom has for its layout. */
const SMALL = { "800 × 600": [800, 600], "1024 × 700 at 200 %": [512, 350] } as const;

/** What axe finds, contrast included. */
async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.body);
  return violations.flatMap(({ id, nodes }) =>
    nodes
      // Whatever the pointer rests on is explained beside the page, where axe wants a landmark.
      .filter(({ html }) => id !== "region" || !html.includes('role="tooltip"'))
      .map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}

/** The controls that hang out at a side of the window where nothing scrolls them in. */
function cut(): string[] {
  const controls = document.querySelectorAll<HTMLElement>("button, input, textarea, select, a, [role=switch]");
  return [...controls].flatMap((control) => {
    const { left, right, width, height } = control.getBoundingClientRect();
    const drawn = control.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const inside = left >= -1 && right <= window.innerWidth + 1;
    if (width === 0 || height === 0 || !drawn || inside || scrollsSideways(control)) return [];
    const name = control.getAttribute("aria-label") ?? control.textContent ?? control.outerHTML;
    return [`"${name}" from ${Math.round(left)} to ${Math.round(right)}`];
  });
}

/** The notices of which a low window shows the upper edge only. */
const squeezed = () =>
  [...document.querySelectorAll("[role=alert]")]
    .filter((notice) => notice.scrollHeight > notice.clientHeight + 1)
    .map((notice) => `"${notice.textContent}" is squeezed`);

function scrollsSideways(element: HTMLElement | null): boolean {
  if (element === null) return false;
  const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  return (scrolls && element.scrollWidth > element.clientWidth) || scrollsSideways(element.parentElement);
}

afterEach(() => page.viewport(1360, 860));

test.each(Object.keys(screens))(
  "axe finds nothing in light and dark, and a small window cuts nothing off: %s",
  async (name) => {
    await screens[name]?.();
    const found: Record<string, string[]> = {};
    for (const scheme of ["light", "dark"]) {
      document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
      await settled();
      found[scheme] = await faults();
    }
    for (const [size, [width, height]] of Object.entries(SMALL)) {
      await page.viewport(width, height);
      await settled();
      found[size] = [...cut(), ...squeezed()];
      if (document.documentElement.scrollWidth > width) found[size].push("the page is wider than the window");
    }
    expect(found).toEqual({ light: [], dark: [], "800 × 600": [], "1024 × 700 at 200 %": [] });
  },
);
