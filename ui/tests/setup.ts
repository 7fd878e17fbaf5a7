import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

configure({
  // On a machine that is busy with other things; nothing waits that long on an idle one.
  asyncUtilTimeout: 20_000,
  // The message alone: a page in full hides it.
  getElementError: (message) => new Error(message ?? "not found"),
});

afterEach(() => {
  cleanup();
  window.location.hash = "";
  document.body.replaceChildren();
});
