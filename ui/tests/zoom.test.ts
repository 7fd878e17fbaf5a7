import { expect, test } from "vitest";
import { stepped, zooms } from "../src/parts/zoom";

test("a step goes to the next size, and stays at the ends, from every size that may be kept", () => {
  for (let zoom = 50; zoom <= 300; zoom += 1) {
    const [smaller, larger] = [stepped(zoom, -1), stepped(zoom, 1)];
    expect(zooms).toContain(smaller);
    expect(zooms).toContain(larger);
    expect(zoom === 50 ? smaller === 50 : smaller < zoom).toBe(true);
    expect(zoom === 300 ? larger === 300 : larger > zoom).toBe(true);
    // No size between the two that was left out.
    expect(zooms.filter((size) => size > smaller && size < larger && size !== zoom)).toEqual([]);
  }
});
