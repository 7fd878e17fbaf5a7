import { builtinEnvironments, type Environment } from "vitest/runtime";

/** happy-dom, but what speaks to the bridge stays Node's own: its streams end with the story, and it tells no errors twice. */
const { fetch, Request, Response, Headers, AbortController, AbortSignal } = globalThis;
const page = builtinEnvironments["happy-dom"];

export default {
  ...page,
  name: "undrawn-page",
  async setup(global, options) {
    const made = await page.setup(global, options);
    Object.assign(global, { fetch, Request, Response, Headers, AbortController, AbortSignal });
    return made;
  },
} satisfies Environment;
