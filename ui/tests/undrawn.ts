import { vi } from "vitest";

// happy-dom draws nothing: give every box a size, so that virtualised lists have rows to show.
Object.defineProperties(HTMLElement.prototype, {
  offsetHeight: { configurable: true, get: () => 600 },
  offsetWidth: { configurable: true, get: () => 1000 },
  clientHeight: { configurable: true, get: () => 600 },
  clientWidth: { configurable: true, get: () => 1000 },
});
HTMLElement.prototype.getBoundingClientRect = () => new DOMRect(0, 0, 1000, 600);
HTMLElement.prototype.scrollIntoView = () => undefined;

// A text area that grows waits for the fonts.
Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });

vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
