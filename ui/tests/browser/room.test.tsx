import { afterEach, describe, expect, test } from "vitest";
import { page } from "vitest/browser";
import { screens, settled } from "./screens";

/** The smallest window, and a small one at 200 %: what a page of that zoom has for its layout. */
const SIZES = { "800 × 600": [800, 600], "1024 × 700 at 200 %": [512, 350] } as const;

/** What hangs out at a side of the window where nothing scrolls it in, by its words. */
function cut(): string[] {
  const found: string[] = [];
  for (const control of document.querySelectorAll<HTMLElement>("button, input, textarea, select, a, [role=switch]")) {
    const { left, right, width, height } = control.getBoundingClientRect();
    if (width === 0 || height === 0 || !control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
      continue;
    }
    if ((left < -1 || right > window.innerWidth + 1) && !scrollsSideways(control)) {
      const name = control.getAttribute("aria-label") ?? control.textContent ?? control.outerHTML;
      found.push(`${control.tagName} "${name}" from ${Math.round(left)} to ${Math.round(right)}`);
    }
  }
  return found;
}

function scrollsSideways(element: HTMLElement | null): boolean {
  if (element === null) return false;
  const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  return (scrolls && element.scrollWidth > element.clientWidth) || scrollsSideways(element.parentElement);
}

afterEach(() => page.viewport(1360, 860));

describe.each(Object.entries(SIZES))("nothing hangs out of the window at %s", (_size, [width, height]) => {
  test.each(Object.keys(screens))("%s", async (name) => {
    await screens[name]?.();
    await page.viewport(width, height);
    await settled();
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    expect(cut()).toEqual([]);
  });
});
