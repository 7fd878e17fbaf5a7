import { useHotkeys } from "@mantine/hooks";
import { usePreferences } from "../queries";

/** The sizes that a person can draw the window at, in percent. */
export const zooms = [50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const;

/** The next larger or smaller size; the same one at the end of the list. */
export function stepped(zoom: number, step: 1 | -1): number {
  const larger = zooms.find((size) => size > zoom) ?? zooms[zooms.length - 1] ?? zoom;
  const smaller = zooms.findLast((size) => size < zoom) ?? zooms[0];
  return step === 1 ? larger : smaller;
}

/** The size that is kept for this person, and how to change it. The shell draws it, and keeps it for the next start. */
export function useZoom() {
  const { preferences, change } = usePreferences();
  const { zoom } = preferences;
  const set = (next: number) => next !== zoom && change({ zoom: next });
  return {
    zoom,
    larger: () => set(stepped(zoom, 1)),
    smaller: () => set(stepped(zoom, -1)),
    reset: () => set(100),
  };
}

/** Ctrl with plus, minus and 0, as in a browser; also from within an input. */
export function useZoomKeys() {
  const { larger, smaller, reset } = useZoom();
  useHotkeys(
    [
      // Plus has a key of its own on some keyboards, and stands above the equals sign on others.
      ["mod+=", larger],
      ["mod+[plus]", larger],
      ["mod+shift+[plus]", larger],
      ["mod+-", smaller],
      ["mod+0", reset],
    ],
    [],
  );
}
