import { type CSSVariablesResolver, createTheme, type MantineColor } from "@mantine/core";
import type { ConnectionKind } from "./ipc/bindings";

/** The sizes of a control: text of 13 px in a box of 30 px, so that many fit on a screen. */
const control = { height: "30px", text: "var(--mantine-font-size-sm)" };

const isCompact = (size: unknown) => typeof size === "string" && size.startsWith("compact");

export const theme = createTheme({
  primaryColor: "teal",
  // The one shade on which white text passes AA. Lines and rings on a dark ground take `--ink-accent` instead.
  primaryShade: 9,
  fontFamily: '"Inter Variable", Inter, "DejaVu Sans", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace',
  fontSizes: { xs: "11px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.45", sm: "1.5", md: "1.5", lg: "1.4", xl: "1.3" },
  spacing: { xs: "6px", sm: "10px", md: "14px", lg: "20px", xl: "28px" },
  headings: { fontWeight: "650" },
  defaultRadius: "sm",
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Input: { vars: () => ({ wrapper: { "--input-height": control.height, "--input-fz": control.text } }) },
    InputWrapper: { vars: () => ({ label: { "--input-label-size": "12px" } }) },
    Button: {
      defaultProps: { size: "xs" },
      vars: (_theme: unknown, props: { size?: unknown }) =>
        isCompact(props.size)
          ? { root: {} }
          : { root: { "--button-height": control.height, "--button-fz": control.text } },
    },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 28 } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false, fz: "xs", transitionProps: { duration: 80 } } },
    Switch: { defaultProps: { size: "xs", withThumbIndicator: false } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Badge: { defaultProps: { radius: "sm", variant: "light", tt: "none", fw: 550 } },
    // The page itself never scrolls, so nothing needs a scroll lock, which would write styles past the policy.
    Overlay: { defaultProps: { blur: 0, backgroundOpacity: 0.4 } },
    Modal: {
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        lockScroll: false,
        shadow: "none",
        centered: true,
        transitionProps: { duration: 120 },
      },
    },
    Drawer: {
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        lockScroll: false,
        shadow: "none",
        position: "right",
        transitionProps: { duration: 120 },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
    Tabs: { defaultProps: { color: "var(--ink-accent)" } },
    Anchor: { defaultProps: { c: "var(--ink-plus)" } },
    Menu: { defaultProps: { shadow: "none", withinPortal: true, transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { shadow: "none", withinPortal: true, transitionProps: { duration: 80 } } },
    Select: { defaultProps: { comboboxProps: { shadow: "none" }, allowDeselect: false } },
    // In a low window other parts give way: a notice is read whole or scrolled to.
    Alert: { defaultProps: { p: "sm", mih: "max-content" } },
    // The legend is its upper edge already; the browser adds a margin of its own.
    Fieldset: { defaultProps: { m: 0, px: "md", pt: 4, pb: "sm" } },
    Paper: { defaultProps: { withBorder: true, shadow: "none" } },
  },
});

/** Dimmed text dark enough for 11 px (7:1 on the body, above 4.5:1 on hover and selection). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    // Under the pointer darker, not paler: the text on it must stay readable.
    "--mantine-primary-color-filled-hover": "color-mix(in srgb, var(--mantine-color-teal-9) 85%, black)",
    "--mantine-color-teal-filled-hover": "color-mix(in srgb, var(--mantine-color-teal-9) 85%, black)",
    "--mantine-color-red-filled-hover": "color-mix(in srgb, var(--mantine-color-red-9) 85%, black)",
  },
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-default-border": "var(--mantine-color-gray-3)",
    ...lightPairs(),
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--ink-accent": "var(--mantine-color-teal-9)",
    "--ink-selected": "var(--mantine-color-teal-0)",
    "--ink-sunken": "var(--mantine-color-gray-0)",
    "--ink-minus": "var(--mantine-color-red-9)",
    "--ink-plus": "var(--mantine-color-teal-light-color)",
    "--ink-warm": "var(--mantine-color-orange-light-color)",
    "--ink-staged": "var(--mantine-color-yellow-6)",
  },
  dark: {
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-default-border": "var(--mantine-color-dark-4)",
    ...darkPairs(),
    "--ink-accent": "var(--mantine-color-teal-5)",
    "--ink-selected": "color-mix(in srgb, var(--mantine-color-teal-9) 28%, var(--mantine-color-body))",
    "--ink-sunken": "var(--mantine-color-dark-8)",
    "--ink-minus": "var(--mantine-color-red-4)",
    "--ink-plus": "var(--mantine-color-teal-4)",
    "--ink-warm": "var(--mantine-color-orange-4)",
    "--ink-staged": "var(--mantine-color-yellow-5)",
  },
});

/** Ground and text of the light variant: the darkest shade of yellow and orange is still too pale for small text. */
function lightPairs(): Record<`--${string}`, string> {
  const share: Record<string, number> = { teal: 90, yellow: 58, orange: 74, red: 95, gray: 100, grape: 100, blue: 100 };
  return Object.fromEntries(
    Object.entries(share).flatMap(([color, percent]) => {
      const shade = color === "gray" ? 1 : 0;
      const name = `--mantine-color-${color}-light`;
      return [
        [name, `var(--mantine-color-${color}-${shade})`],
        [`${name}-hover`, `var(--mantine-color-${color}-${shade + 1})`],
        [`${name}-color`, `color-mix(in srgb, var(--mantine-color-${color}-9) ${percent}%, black)`],
      ];
    }),
  );
}

/** The same on a dark ground: a tint of it instead of a deep fill. */
function darkPairs(): Record<`--${string}`, string> {
  return Object.fromEntries(
    ["teal", "yellow", "orange", "red", "gray", "grape", "blue"].flatMap((color) => {
      const tint = (percent: number) =>
        `color-mix(in srgb, var(--mantine-color-${color}-8) ${percent}%, var(--mantine-color-body))`;
      const name = `--mantine-color-${color}-light`;
      return [
        [name, tint(15)],
        [`${name}-hover`, tint(26)],
        [`${name}-color`, `var(--mantine-color-${color}-3)`],
      ];
    }),
  );
}

/** The nonce that the shell put on the page's own style element; the policy lets no other style in. */
export function styleNonce(): string {
  return document.querySelector<HTMLStyleElement>("head style[nonce]")?.nonce ?? "";
}

/** The colour of a connection's environment, wherever it is named. */
export const kindColor: Record<ConnectionKind, MantineColor> = {
  simulator: "grape",
  development: "gray",
  test: "blue",
  production: "red",
};

export const kindName: Record<ConnectionKind, string> = {
  simulator: "Simulator",
  development: "Development",
  test: "Test",
  production: "Production",
};
