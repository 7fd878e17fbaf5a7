// What the vendor's own declarations say of each answer: which members there are, of which types, and which are never missing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/**
 * Records that others name by their ids: a contact its schema, a token its client, a message its writer. The vendor declares them as
 * they are written, whole, so that what is required there says nothing of a name.
 */
const NAMED_BY_OTHERS = new Set(["DataSchema", "OrgOAuthClient", "User"]);

export class VendorTypes {
  /** By name: the type of each member, and whether it may be missing. */
  #models = new Map();
  /** By class and method: the type of the answer. */
  #answers = new Map();
  /** How many answers were judged. */
  judged = 0;

  /** `path` is the SDK's `index.d.ts`. */
  constructor(path) {
    let [inModels, api, model] = [false, "", undefined];
    for (const line of readFileSync(path, "utf8").split("\n")) {
      inModels ||= /^declare namespace Models /.test(line);
      api = /^declare class (\w+)/.exec(line)?.[1] ?? api;
      const call = /^\s+(\w+)\(.*\): Promise<(.*)>;\s*$/.exec(line);
      if (call) this.#answers.set(`${api}.${call[1]}`, call[2]);
      const begun = inModels && /^\texport interface (\w+) /.exec(line);
      if (begun) {
        model = new Map();
        this.#models.set(begun[1], model);
      }
      const member = inModels && /^\t\t"([^"]+)"(\?)?: (.*);\s*$/.exec(line);
      if (member) model.set(member[1], { type: member[3], optional: member[2] !== undefined });
    }
    assert.ok(this.#models.size > 1_000 && this.#answers.size > 1_000, "the declarations were not read");
  }

  /** An API of the SDK whose every answer is judged. */
  watch(platform, name) {
    const api = new platform[name]();
    const judge = (method, answer) => {
      const type = this.#answers.get(`${name}.${method}`);
      assert.ok(type, `${name}.${method} is not declared`);
      const faults = this.#faults(answer.body, type, "$");
      assert.deepEqual(faults.slice(0, 20), [], `${name}.${method}`);
      this.judged++;
      return answer;
    };
    return new Proxy(api, {
      get: (_, method) =>
        typeof api[method] !== "function"
          ? api[method]
          : async (...given) => judge(method, await api[method](...given)),
    });
  }

  /** Each place that is not as declared, in words. */
  #faults(value, type, path) {
    if (value === null || value === undefined || type === "object" || type === "void") return [];
    const list = /^Array<(.*)>$/.exec(type);
    if (list) {
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item, n) => this.#faults(item, list[1], `${path}[${n}]`));
    }
    const values = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1] ?? /^Record<string, (.*)>$/.exec(type)?.[1];
    if (values) {
      if (typeof value !== "object") return [`${path} is no object`];
      return Object.entries(value).flatMap(([key, item]) => this.#faults(item, values, `${path}.${key}`));
    }
    const model = /^Models\.(\w+)$/.exec(type);
    if (model) return this.#faultsOfModel(value, model[1], path);
    return typeof value === type ? [] : [`${path} is ${JSON.stringify(value)}, and ${type} was expected`];
  }

  #faultsOfModel(value, name, path) {
    const members = this.#models.get(name);
    if (members === undefined) return [`${path}: ${name} is not declared`];
    if (typeof value !== "object" || Array.isArray(value)) return [`${path} is no object`];
    const isWhole = /^\$(\.entities\[\d+\])?$/.test(path);
    const isName = !isWhole && NAMED_BY_OTHERS.has(name) && value.id !== undefined;
    const missing = [...(isName ? [] : members)]
      .filter(([key, { optional }]) => !optional && (value[key] ?? undefined) === undefined)
      .map(([key]) => `${path}.${key} is missing, which ${name} always has`);
    const present = Object.entries(value).flatMap(([key, item]) =>
      members.has(key)
        ? this.#faults(item, members.get(key).type, `${path}.${key}`)
        : [`${path}.${key} is unknown to ${name}`],
    );
    return [...missing, ...present];
  }
}
