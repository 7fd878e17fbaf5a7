import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "../src");

/** Words by which the program speaks of itself, and no person does. */
const INSIDE = /\b(core|lanes?|bridge|dead|died|mutation|payload|endpoint|walk|journal|your word)\b/i;

/** What a person may read: the text between tags, and what is quoted and has a blank in it. */
function texts(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node)) found.push(node.text);
    const quoted =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
    if (quoted && /\S \S|^ \S|\S $/.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = (readdirSync(SOURCE, { recursive: true }) as string[])
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("ipc"))
  .map((file) => join(SOURCE, file));

test("no text of the screens has a word of the program's inside", () => {
  expect(files.length).toBeGreaterThan(80);
  expect(files.flatMap(texts).filter((text) => INSIDE.test(text))).toEqual([]);
});
