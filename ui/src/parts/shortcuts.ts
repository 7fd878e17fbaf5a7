const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/** `mod+K` as this machine's keys are labelled. */
export function keysOf(shortcut: string): string {
  return shortcut
    .split("+")
    .map((part) => {
      if (part === "mod") return isMac ? "⌘" : "Ctrl";
      if (part === "shift") return isMac ? "⇧" : "Shift";
      if (part === "Enter") return "↵";
      if (part === "[plus]") return "+";
      return part.toUpperCase();
    })
    .join(isMac ? "" : " ");
}
