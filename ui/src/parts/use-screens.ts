import { useAbilities } from "../queries";
import { type ScreenName, screens } from "../routes";

/** The screens of the open connection, in the order of the rail: what its org cannot do is absent. */
export function useScreens(): ScreenName[] {
  const { conversations } = useAbilities();
  return screens.filter((name) => name !== "conversations" || conversations);
}

/** The key that leads to a screen: its place in the rail. */
export const screenShortcut = (shown: ScreenName[], name: ScreenName) => `mod+${shown.indexOf(name) + 1}`;
