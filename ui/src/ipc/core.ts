import { Channel } from "@tauri-apps/api/core";
import { commands, type Failure, type Snapshot, type Update } from "./bindings";
import { type Asked, effects } from "./effects";

/** The data of a command's answer, without the wrapping. */
type Data<Answer> = Answer extends { status: "ok"; data: infer Value }
  ? Value
  : Answer extends { status: "error" }
    ? never
    : Answer;

type Commands = Omit<typeof commands, "subscribe">;

/** The one door to the core: every command answers with data or throws a `CoreFailure`. */
export type Core = {
  [Name in keyof Commands]: (
    ...input: Parameters<Commands[Name]>
  ) => Promise<Data<Awaited<ReturnType<Commands[Name]>>>>;
} & {
  /** The whole state now; afterwards `onUpdate` gets every numbered step. */
  subscribe(onUpdate: (update: Update) => void): Promise<Snapshot>;
};

/** What the core answered when something did not work. */
export class CoreFailure extends Error {
  constructor(
    readonly failure: Failure,
    /** What was asked; `null` where nothing was: the core tells by itself that it could not open. */
    readonly command: keyof Core | null = null,
  ) {
    super(failure.message);
    this.name = "CoreFailure";
  }
}

/** Every problem as a `Failure`, so that the page has one way to show it. */
export function failureOf(problem: unknown): Failure {
  if (problem instanceof CoreFailure) return problem.failure;
  return {
    code: "internal",
    message: problem instanceof Error ? problem.message : String(problem),
    next: "Try again; if it stays, report it with what you did.",
    fields: [],
    retryAfterMs: null,
    correlationId: null,
  };
}

/** Whether a failure is one of a read or of a change. What the core tells without being asked counts as a read. */
export function askedOf(problem: unknown): Asked {
  return problem instanceof CoreFailure && problem.command !== null ? effects[problem.command] : "read";
}

/** What a command was refused with. Where the core could not read what it was asked, that is a text. */
function refusal(error: unknown): Failure {
  const isFailure = typeof error === "object" && error !== null && "code" in error && "message" in error;
  return isFailure ? (error as Failure) : failureOf(error);
}

/** Text as the core takes it: half a character, as a cut text has it, becomes U+FFFD, as on a page's own socket. */
function wellFormed(input: unknown): unknown {
  if (typeof input === "string") return input.replace(/\p{Surrogate}/gu, "\uFFFD");
  if (Array.isArray(input)) return input.map(wellFormed);
  if (typeof input !== "object" || input === null || Object.getPrototypeOf(input) !== Object.prototype) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [wellFormed(key), wellFormed(value)]));
}

function unwrap(command: keyof Core, answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || !("status" in answer)) return answer;
  if (answer.status === "ok" && "data" in answer) return answer.data;
  if (answer.status === "error" && "error" in answer) throw new CoreFailure(refusal(answer.error), command);
  return answer;
}

/** The core behind Tauri's bridge. */
export function tauriCore(): Core {
  const { subscribe, ...rest } = commands;
  const wrapped = Object.fromEntries(
    Object.entries(rest).map(([name, command]) => [
      name,
      async (...input: unknown[]) =>
        unwrap(
          name as keyof Core,
          await (command as (...input: unknown[]) => Promise<unknown>)(...input.map(wellFormed)),
        ),
    ]),
  );
  return {
    ...(wrapped as unknown as Core),
    async subscribe(onUpdate) {
      const channel = new Channel<Update>();
      channel.onmessage = onUpdate;
      return unwrap("subscribe", await subscribe(channel)) as Snapshot;
    },
  };
}
