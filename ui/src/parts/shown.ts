/**
 * Text of the org or of a person on its way to the screen: what acts instead of being seen is named, so that a text can
 * neither turn the words around it nor look like another one. The rule for what acts is that of the command line
 * (`crates/model/src/terminal.rs`); a test holds the two together.
 */

/** Control characters, ends of line and paragraph, and what turns the direction of the text around it. */
export const acts = (code: number): boolean =>
  code < 0x20 ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0x61c ||
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069);

/** Without width, and needed for no script: a text with one looks like the text without it. Joiners are needed by some. */
const unseen = new Set([
  0xad, 0x34f, 0x115f, 0x1160, 0x180e, 0x200b, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x3164, 0xfeff, 0xffa0,
]);
const joiners = new Set([0x200c, 0x200d]);

export type Piece = { text: string; odd: boolean };

/** Cut where something is named. `lines`: line ends and tabs are what they look like. */
export function piecesOf(text: string, lines = false): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isSeen = lines && (character === "\n" || character === "\t");
    if (!isSeen && (acts(code) || unseen.has(code))) {
      if (plain !== "") pieces.push({ text: plain, odd: false });
      plain = "";
      pieces.push({ text: `[${codeOf(code)}]`, odd: true });
    } else {
      plain += character;
    }
  }
  if (plain !== "" || pieces.length === 0) pieces.push({ text: plain, odd: false });
  return pieces;
}

/** The same as a plain text, for labels and titles; the direction ends with it. */
export const shown = (text: string): string => {
  const plain = piecesOf(text)
    .map((piece) => piece.text)
    .join("");
  return isTurning(plain) ? `\u2068${plain}\u2069` : plain;
};

const fromTheRight = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Has letters that are written from right to left, which would take the words around them along. */
export const isTurning = (text: string): boolean => fromTheRight.test(text);

/** `U+202E`. */
const codeOf = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;

/** Letters of other scripts that look like Latin ones. */
const looks: Record<string, string> = Object.fromEntries(
  [
    ["аɑα", "a"],
    ["вьƄ", "b"],
    ["сϲᴄ", "c"],
    ["ԁ", "d"],
    ["еҽ℮", "e"],
    ["ɡ", "g"],
    ["һн", "h"],
    ["іӏıι|1l", "i"],
    ["јϳ", "j"],
    ["кκ", "k"],
    ["м", "m"],
    ["п", "n"],
    ["оοσ0օ", "o"],
    ["рρ", "p"],
    ["ԛ", "q"],
    ["г", "r"],
    ["ѕ", "s"],
    ["тτ", "t"],
    ["υս", "u"],
    ["νѵ", "v"],
    ["ԝω", "w"],
    ["хχ×", "x"],
    ["уγ", "y"],
    ["ζ", "z"],
    ["‐‑‒–—−", "-"],
    ["‚", ","],
    ["’‘ʼ", "'"],
  ].flatMap(([others = "", latin = ""]) => [...others].map((other) => [other, latin])),
);

/** What a person sees of a key: two keys with the same look cannot be told apart. */
export function lookOf(key: string): string {
  const seen = [...key.normalize("NFKC")].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return !unseen.has(code) && !joiners.has(code) && !acts(code);
  });
  const small = [...seen.join("").normalize("NFKC").trim().replace(/\s+/gu, " ").toLowerCase()];
  return small.map((character) => looks[character] ?? character).join("");
}

/** For each key that looks like another one of them: how it is written, by the characters that are not plain ASCII. */
export function lookAlikes(keys: readonly string[]): Map<string, string> {
  const byLook = new Map<string, string[]>();
  for (const key of new Set(keys)) {
    const look = lookOf(key);
    byLook.set(look, [...(byLook.get(look) ?? []), key]);
  }
  const alike = [...byLook.values()].filter((same) => same.length > 1).flat();
  return new Map(alike.map((key) => [key, spelled(key)]));
}

/** `plain letters`, or the characters that are not: `U+0065 U+0301`. */
export function spelled(key: string): string {
  const odd = [...key].filter((character) => !/^[\x21-\x7e]$/.test(character));
  if (odd.length === 0) return "plain letters";
  // A mark belongs to the letter before it.
  const codes = [...key].flatMap((character, at, all) => {
    const next = all[at + 1];
    const carries = next !== undefined && /\p{M}/u.test(next);
    return odd.includes(character) || carries ? [codeOf(character.codePointAt(0) ?? 0)] : [];
  });
  return codes.join(" ");
}
