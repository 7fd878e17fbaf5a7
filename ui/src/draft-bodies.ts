import type { DraftKind, EntryView } from "./ipc/bindings";
import type { Staged, ValueType } from "./screens/guests/staging";
import type { EditedPolicy } from "./screens/retention/policy-draft";
import type { NamedDialect } from "./screens/settings/dialects";

/** Who is played in a new chat, and where: deployment and origin are for a chat by the guest socket. */
export type GuestToPlay = {
  name: string;
  email: string;
  deployment: string;
  origin: string;
  attributes: { id: string; key: string; value: string }[];
};

/** What a draft of each kind holds. */
export type DraftBodies = {
  attributes: [key: string, staged: Staged][];
  newAttribute: { key: string; type: ValueType; typed: string };
  conversationAttributes: {
    guest: string | null;
    changes: [key: string, change: { before: string | null; after: string }][];
  };
  interaction: { interaction: string; by: string };
  message: { guest: string; text: string; refused: { id: string; text: string }[] };
  chat: GuestToPlay;
  labMessage: { text: string };
  labChat: GuestToPlay;
  outboxEdit: { entry: EntryView; text: string };
  policy: EditedPolicy;
  hold: { id: string; by: "guest" | "filter"; who: string; reason: string; owner: string | null; until: string };
  connection: {
    name: string;
    kind: string;
    place: string;
    dialect: NamedDialect;
    clientId: string;
    readOnly: boolean;
    deployment: string;
    origin: string;
  };
};

/** A draft whose kind says what it holds. */
export type KnownDraft = {
  [Kind in DraftKind]: { connection: string; kind: Kind; id: string; title: string; body: DraftBodies[Kind] };
}[DraftKind];
