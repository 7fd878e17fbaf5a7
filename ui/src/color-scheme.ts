import type { MantineColorScheme, MantineColorSchemeManager } from "@mantine/core";

/** Sets the scheme on the page itself, so that the first frame already has it. No script of the page's own is needed. */
export function paintScheme(scheme: MantineColorScheme) {
  const dark = scheme === "dark" || (scheme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
}

/** Keeps the choice with the window's preferences instead of in the page's storage. */
export function colorSchemeManager(
  first: MantineColorScheme,
  save: (scheme: MantineColorScheme) => void,
): MantineColorSchemeManager {
  return {
    get: () => first,
    set: save,
    subscribe: () => undefined,
    unsubscribe: () => undefined,
    clear: () => undefined,
  };
}
