import type { Failure, FailureCode } from "../ipc/bindings";
import type { Asked } from "../ipc/effects";

type Words = {
  /** What happened, as a title. */
  cause: string;
  /** What it means for the guest, or for the work, by what was asked. Whoever only looked is told of no change. */
  effect: Record<Asked, string>;
  /** What the person can do now, where the core names no step, or one that only a terminal has. */
  next: string;
};

/** A guest of the chat lab is connected whole or not at all. */
const connect = "No guest was connected and nothing was sent.";

/** The same whether something was read or changed. */
const both = (words: string): Record<Asked, string> => ({ read: words, change: words, connect });

/** A read that failed changed nothing. */
const notShown = "What was asked for cannot be shown. Guests notice nothing.";

/** What a person is told of a failure; of a kind that this page does not know, what is told of a mistake. */
export const wordsOf = (code: string): Words => failureWords[code as FailureCode] ?? failureWords.internal;

/** What a person is told per failure; complete, or it does not compile. */
export const failureWords: Record<FailureCode, Words> = {
  offline: {
    cause: "You are offline",
    effect: {
      read: "The org was not asked.",
      change: "Nothing was sent. Messages you write are kept on disk in order.",
      connect,
    },
    next: "Switch Online back on, then try again.",
  },
  unreachable: {
    cause: "The org cannot be reached",
    effect: {
      read: notShown,
      change:
        "Whether the org took the change is not known where the answer was lost. Messages stay in the outbox, in order.",
      connect,
    },
    next: "Check the network and the connection's environment, then try again.",
  },
  credentials_rejected: {
    cause: "The org rejected the credentials",
    effect: both("Nothing can be read or sent over this connection until they are right."),
    // vendor-fact: client-region
    next: "Check client id, secret and region in Settings.",
  },
  forbidden: {
    cause: "The OAuth client lacks a scope",
    effect: both("This one action is refused; everything else goes on."),
    next: "Ask the org's administrator for the scope that is named.",
  },
  not_found: {
    cause: "It is not there any more",
    effect: {
      read: "It may have been deleted meanwhile, or never was here.",
      change: "It may have been deleted meanwhile; nothing was changed.",
      connect,
    },
    next: "Search again.",
  },
  conflict: {
    cause: "Someone else changed it meanwhile",
    effect: { read: notShown, change: "Nothing was overwritten; both versions are kept.", connect },
    next: "Look at both sides, then save again.",
  },
  rate_limited: {
    cause: "The rate budget is used up",
    effect: {
      read: "The request was held back. Guests notice nothing.",
      change: "The guest is untouched; the request was held back.",
      connect,
    },
    // vendor-fact: rate-per-token
    next: "Wait for the window to end. Other users of the same token count too.",
  },
  still_waiting: {
    cause: "Messages are left in the outbox",
    effect: both("Nothing is lost: what was not delivered is kept."),
    next: "Try again later.",
  },
  org_failed: {
    cause: "The org answered with a fault",
    effect: {
      read: notShown,
      change: "It may not have taken the change. Messages are asked for again before they are repeated.",
      connect,
    },
    // vendor-fact: correlation-id
    next: "Try again; if it stays, give the correlation id to the org's support.",
  },
  incomplete: {
    cause: "The org's list is incomplete",
    effect: both(
      "What was read is not all there is. Nobody was taken for gone, no plan was made, no guest was deleted.",
    ),
    next: "Try again; if it stays, give the numbers to the org's support.",
  },
  invalid_input: {
    cause: "Something in the input is not allowed",
    effect: { read: "Nothing was looked for.", change: "Nothing was sent and nothing was kept.", connect },
    next: "Correct what is named, then try again.",
  },
  read_only: {
    cause: "This connection is read-only",
    effect: { read: notShown, change: "Nothing was changed.", connect },
    next: "Use a connection that may write.",
  },
  folder_locked: {
    cause: "Another Innkeeper has this data folder open",
    effect: both("Nothing is lost: what was acknowledged is on disk, and the other one holds it."),
    next: "Close the other window or command, then try again.",
  },
  folder_exposed: {
    cause: "Others may write to this data folder",
    effect: both("Nothing in it was read or written: whoever may write to it could have the secrets sent to them."),
    next: "Take the rights of others off the folder, or choose another one.",
  },
  no_secret_store: {
    cause: "There is no safe place for secrets",
    effect: both("Without one nothing is opened, so no secret ends up in a plain file."),
    next: "Start the system keychain, or set INNKEEPER_PASSPHRASE, then try again.",
  },
  disk_full: {
    cause: "The disk is full",
    effect: both("Everything acknowledged so far is kept; nothing new can be accepted."),
    next: "Free some space, then try again.",
  },
  disk_refused: {
    cause: "The system does not let Innkeeper use a file",
    effect: {
      read: "What was asked for could not be read; everything acknowledged so far is kept.",
      change: "Everything acknowledged so far is kept; what was just asked for was not done.",
      connect,
    },
    next: "Give your user the right to the file, close other programs where too many files are open, then try again.",
  },
  store_damaged: {
    cause: "The data folder is damaged",
    effect: both("It was left as it is; messages in it are not sent meanwhile."),
    next: "Keep a copy of the folder, then restore it from a backup or choose a new one.",
  },
  newer_schema: {
    cause: "A newer Innkeeper wrote this data folder",
    effect: both("It was left untouched."),
    next: "Update Innkeeper, then try again.",
  },
  unknown_conversation: {
    cause: "This conversation was not started here",
    effect: {
      read: "Its messages are not kept on this computer.",
      change: "Nothing was written to the guest.",
      connect,
    },
    next: "Start the chat again from this window, as a new guest.",
  },
  conversation_closed: {
    cause: "The conversation is closed",
    effect: both("The guest no longer receives messages in it."),
    next: "Start the chat again, as a new guest.",
  },
  plan_used: {
    cause: "This plan was already used by a run",
    effect: { read: notShown, change: "No guest was deleted twice.", connect },
    next: "Make a new plan, or resume the run that is named.",
  },
  plan_changed: {
    cause: "The plan on disk is not the one you read",
    effect: { read: "It is not shown as a plan. No guest was deleted.", change: "No guest was deleted.", connect },
    next: "Make a new plan.",
  },
  run_active: {
    cause: "Another run is going on",
    effect: { read: "No plan was made beside it.", change: "No second run was started.", connect },
    next: "Wait for it, pause it or cancel it.",
  },
  interrupted: {
    cause: "The program was asked to end",
    effect: both("What was acknowledged is kept."),
    next: "Start again: it goes on where it stood.",
  },
  confirmation_needed: {
    cause: "The run needs an answer first",
    effect: both("No guest was deleted."),
    next: "Answer each question by itself, then start the run.",
  },
  out_of_order: {
    cause: "Later messages were sent already",
    effect: {
      read: "The message is still refused and kept.",
      change: "Nothing was changed: the message is still refused and kept.",
      connect,
    },
    next: "Send it out of order, or discard it and write it anew.",
  },
  declined: {
    cause: "Nobody said yes",
    effect: both("Nothing was stored, sent or opened."),
    next: "If you do want it, try again and say yes in the window that asks.",
  },
  held_guest: {
    cause: "This guest is on hold",
    effect: both("The guest was not deleted and is untouched."),
    next: "Ask the owner of the hold. The guest can go once the hold is removed.",
  },
  not_confirmed: {
    cause: "Nobody has confirmed the policy as it is",
    effect: both("No guest was deleted, and the schedule does not run it."),
    next: "Look at what became stronger, then confirm it on the Retention screen.",
  },
  loss_not_accepted: {
    cause: "A store was lost, and nobody has accepted that",
    effect: both("Nothing was deleted: holds may be missing, and a hold that is missing keeps nobody."),
    next: "See what is missing at the top of the window; then set it right, or accept the loss.",
  },
  audit_broken: {
    cause: "The audit log is broken",
    effect: both("Guests are untouched. What is done from now on may not be provable."),
    next: "Look at the audit log under Activity, then set it aside.",
  },
  not_in_this_dialect: {
    cause: "The org's API cannot do this",
    effect: { read: notShown, change: "Nothing was changed.", connect },
    next: "Use a connection to an org that can do it.",
  },
  not_genuine: {
    cause: "The certificate is not as it was signed",
    effect: both("Guests are untouched; what it says proves nothing."),
    next: "Keep the file as it is, and compare with a copy from elsewhere.",
  },
  bad_file: {
    cause: "The file is not of the kind that was asked for",
    effect: { read: "Nothing was read from it.", change: "Nothing was read from it and nothing was changed.", connect },
    next: "Name the right file, or make it again.",
  },
  unknown_connection: {
    cause: "There is no connection of that name",
    effect: both("The open connection stays as it was."),
    next: "Choose one of the list in Settings.",
  },
  connection_edited: {
    cause: "The connection is not what its secret was given for",
    effect: both("Nothing was sent; its secret stays where it is."),
    next: "Edit the connection in Settings: enter all of it anew, with its secret.",
  },
  internal: {
    cause: "Innkeeper made a mistake",
    effect: both("What was acknowledged before is safe on disk."),
    next: "Try again; if it stays, report it with what you did.",
  },
};

/** Fields as the screens call them. */
const fieldNames: Record<string, string> = {
  file: "File name",
  filter: "Filter",
  until: "Until",
  guest: "Guest id",
  guestId: "Guest id",
  reason: "Reason",
  owner: "Owner",
  name: "Name",
  email: "E-mail",
  text: "Message",
  days: "Days",
  thenDays: "Days",
  pace: "Guests a minute",
  cap: "Guests a run",
  zone: "Time zone",
  quietHours: "Quiet hours",
  quietZone: "Time zone of the quiet hours",
  clientId: "Client id",
  clientSecret: "Client secret",
  baseUrl: "Base URL",
  environment: "Environment",
  port: "Port",
  origin: "Origin of the page",
  pageOrigin: "Address of the page",
  deployment: "Deployment",
  token: "Session token",
  attributes: "Attributes",
  answer: "Answer",
  handle: "File",
  "--deployment": "Deployment",
  "--origin": "Address of the page",
  "--region": "Region",
};

const begun = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

const ended = (words: string) => (/[.!?]$/.test(words) ? words : `${words}.`);

/** A part of a sentence as a sentence of its own. */
export const asSentence = (words: string) => ended(begun(words));

/** What was the matter, each thing once: a field that the message speaks of is not named again. */
export function causeLines({ message, fields }: Pick<Failure, "message" | "fields">): string[] {
  const inMessage = (field: Failure["fields"][number]) => message.includes(field.message);
  const alone = fields.some((field) => message === `${field.field}: ${field.message}` || message === field.message);
  const named = alone ? fields : fields.filter((field) => !inMessage(field));
  const lines = named.map(({ field, message: what }) => ended(`${fieldNames[field] ?? begun(field)}: ${what}`));
  return alone ? lines : [asSentence(message), ...lines];
}

/** Whether a next step is a command for a terminal, which is of no use in this window. */
const isForTheTerminal = (next: string) => /\binnkeeper [a-z]|(^|\s)--[a-z]/.test(next);

/** What to do now: as the core says for this very failure, else what is right for all of its kind. */
export function nextStep({ code, next }: Pick<Failure, "code" | "next">): string {
  return next.trim() === "" || isForTheTerminal(next) ? wordsOf(code).next : next;
}
