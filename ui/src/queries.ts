import {
  QueryClient,
  type QueryKey,
  skipToken,
  useMutation,
  useMutationState,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo } from "react";
import type {
  Act,
  ChatsQuery,
  EntryQuery,
  GuestQuery,
  LaneQuery,
  NamedPolicyView,
  OutcomeKind,
  PolicyDraft,
  Preferences,
  Snapshot,
  Status,
  Topic,
} from "./ipc/bindings";
import { useCore } from "./ipc/context";
import type { Core } from "./ipc/core";
import { failureToast } from "./parts/failure-toast";
import { type Ranges, rangesOf } from "./parts/numbers";

export const topics: Topic[] = [
  "guests",
  "outbox",
  "retention",
  "holds",
  "audit",
  "activity",
  "connections",
  "chatLab",
  "scenarios",
];

/** Query keys. The first part is the topic whose staleness makes the query ask again. */
export const keys = {
  snapshot: ["snapshot"] as const,
  preferences: ["preferences"] as const,
  guestPage: (query: GuestQuery) => ["guests", "page", query] as const,
  openConversations: (ids: string[]) => ["guests", "open", ids] as const,
  guest: (id: string) => ["guests", "one", id] as const,
  guestsNamed: (ids: string[]) => ["guests", "named", ids] as const,
  /** Under no topic: a list that a person reads on is read anew when they ask for it. */
  chats: (connection: string, query: Omit<ChatsQuery, "before">) => ["chats", connection, query] as const,
  /** All lists of chats. */
  chatsOf: (connection: string) => ["chats", connection] as const,
  /** What conversations say of themselves; asked anew for each reading of their list. */
  chatStates: (connection: string, ids: string[], reading: number) =>
    ["chat-states", connection, ids, reading] as const,
  chatsLooked: (connection: string, search: unknown, reading: number) =>
    ["chats-looked", connection, search, reading] as const,
  guestOf: (connection: string, id: string) => ["guest-of", connection, id] as const,
  conversation: (connection: string, id: string) => ["conversation", connection, id] as const,
  palette: (search: string) => ["guests", "palette", search] as const,
  messages: (conversation: string) => ["outbox", "messages", conversation] as const,
  outboxLanes: (query: LaneQuery, offset: number) => ["outbox", "lanes", query, offset] as const,
  outboxEntries: (query: EntryQuery, offset: number) => ["outbox", "entries", query, offset] as const,
  outboxOrg: (conversation: string) => ["outbox", "org", conversation] as const,
  policies: ["retention", "policies"] as const,
  /** Besides the draft it depends on what is stored, so a save makes it stale too. */
  policyChanges: (draft: PolicyDraft) => ["retention", "changes", draft] as const,
  plan: ["retention", "plan"] as const,
  runs: ["retention", "runs"] as const,
  outcomes: (run: string, kind: OutcomeKind | null, offset: number) =>
    ["retention", "outcomes", run, kind, offset] as const,
  /** Under no topic: it costs the org one count a day, so it is asked for again by a person only. */
  forecast: (connection: string, policy: string, what: unknown, thenDays: number | null) =>
    ["forecast", connection, policy, what, thenDays] as const,
  holds: ["holds", "list"] as const,
  holdsOnGuest: (guest: string) => ["holds", "guest", guest] as const,
  holdOwner: ["holds", "owner"] as const,
  audit: (offset: number) => ["audit", "page", offset] as const,
  /** Under no topic: a check reads the whole log, so it is asked for again by a person only. */
  auditCheck: (connection: string) => ["audit-check", connection] as const,
  /** Under retention: accepting it lets runs go again. */
  loss: ["retention", "loss"] as const,
  certificate: (run: string) => ["certificate", run] as const,
  activity: ["activity", "list"] as const,
  connections: ["connections", "list"] as const,
  /** Under no topic: it never changes. */
  connectionChoices: ["connection-choices"] as const,
  /** Under no topic: counted when a person asks. */
  connectionContents: (name: string) => ["connection-contents", name] as const,
  gateway: ["connections", "gateway"] as const,
  lab: ["chatLab", "overview"] as const,
  labTranscript: (chat: string, offset: number) => ["chatLab", "transcript", chat, offset] as const,
  labFrames: (chat: string, filter: string, offset: number) => ["chatLab", "frames", chat, filter, offset] as const,
  labDropped: ["chatLab", "dropped"] as const,
  scenarios: ["scenarios", "files"] as const,
  scenarioResults: (offset: number) => ["scenarios", "results", offset] as const,
  scenarioResult: (number: number) => ["scenarios", "result", number] as const,
  /** Under no topic: it asks the deployment, so it is asked for again by a person only. */
  doctor: (connection: string) => ["doctor", connection] as const,
};

/** Nothing polls and nothing is retried here: the core says what went stale, and it is the core that retries. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // The core decides about online; the browser's own idea of it would hold back local work.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export const useSnapshot = (): Snapshot | undefined => usePartOfSnapshot(whole);

const whole = (snapshot: Snapshot) => snapshot;

/** Drawn again only when this part of it has changed. */
function usePartOfSnapshot<Value>(part: (snapshot: Snapshot) => Value): Value | undefined {
  return useQuery<Snapshot, Error, Value>({
    queryKey: keys.snapshot,
    // The subscription writes it; nothing asks for it.
    queryFn: skipToken,
    gcTime: Number.POSITIVE_INFINITY,
    select: part,
  }).data;
}

/** Before the core has said what may be given at once, nothing is refused here, and every number has to be confirmed. */
const unbounded = Number.MAX_SAFE_INTEGER;

const unknownStatus: Status = {
  connection: null,
  can: {
    recentChats: false,
    conversations: false,
    filter: false,
    sort: [],
    ceiling: null,
    schema: false,
    notRemoved: null,
    chat: false,
    chatBySocket: false,
    sessionByToken: false,
  },
  limits: {
    messageBytes: unbounded,
    guestsPage: unbounded,
    nameCharacters: unbounded,
    emailCharacters: unbounded,
    attributeKeyCharacters: unbounded,
    retentionDays: unbounded,
    interactions: unbounded,
    brakeTimes: unbounded,
    confirmOver: 0,
    unaskedQuestions: 0,
  },
  online: { switchedOn: true, reachable: null, answering: true, nextTry: null },
  budget: { count: 0, allowed: 0, resetSeconds: 0 },
  outbox: { waiting: 0, uncertain: 0, dead: 0, paused: null, nextTry: null },
  planning: null,
  run: null,
  scheduled: null,
  notices: [],
};

export const useStatus = (): Status => useSnapshot()?.status ?? unknownStatus;

/** A part of the status, for what should not be drawn again with each of its ten updates a second. */
export const useStatusOf = <Value>(part: (status: Status) => Value): Value =>
  usePartOfSnapshot((snapshot) => part(snapshot.status)) ?? part(unknownStatus);

/** How much may be given at once, as the core says: what the org takes, and what the console does. */
export const useLimits = (): Status["limits"] => useStatusOf((status) => status.limits);

/** What the org of the open connection can do. */
export const useAbilities = (): Status["can"] => useStatusOf((status) => status.can);

/** The name of the open connection, which stands in the key of what is asked under no topic. */
export const useConnectionName = (): string => useStatusOf((status) => status.connection?.name ?? "");

/** What each number that is typed may be. */
export function useRanges(): Ranges {
  const limits = useLimits();
  return useMemo(() => rangesOf(limits), [limits]);
}

export const useReadOnly = (): boolean => useStatusOf((status) => status.connection?.readOnly ?? false);

/** Why a person cannot do this over the connection in use, in words; `null` where nothing is known to stand in the way. */
export const useRefusal = (act: Act): string | null => useStatusOf(({ connection }) => refusalOf(connection, [act]));

/** Why no chat can be started over the connection in use. A guest of a deployment is let in by the deployment alone. */
export const useChatRefusal = (): string | null =>
  useStatusOf(({ connection, can }) => refusalOf(connection, can.chatBySocket ? [] : ["changeGuest", "writeAsGuest"]));

/** In words, what stands in the way of any of these. */
const refusalOf = (connection: Status["connection"], acts: Act[]): string | null =>
  connection?.readOnly
    ? "This connection is read-only: nothing can be written."
    : (connection?.lacks.find(({ act }) => acts.includes(act))?.words ?? null);

type AskOptions = {
  /** In milliseconds; how long an answer is kept that nothing shows. */
  gcTime?: number;
  enabled?: boolean;
};

/** One question to the core. It is asked again when the topic that its key begins with goes stale. */
export function useAsk<Answer>(queryKey: QueryKey, ask: (core: Core) => Promise<Answer>, options: AskOptions = {}) {
  const core = useCore();
  return useQuery({ queryKey, queryFn: () => ask(core), ...options });
}

/** The retention policies; none before the core has answered. */
export const usePolicies = (): NamedPolicyView[] =>
  useAsk(keys.policies, (core) => core.retentionPolicies()).data ?? [];

type CommandOptions<Input, Output> = {
  /** Asked for again afterwards, besides what the core itself reports. */
  stale?: Topic[];
  done?: (output: Output, input: Input) => void;
  /** "toast" (default) tells the person; "inline" leaves it to the caller, who shows `error`. */
  failure?: "toast" | "inline";
  failed?: (problem: unknown, input: Input) => void;
  /** Asked for again where it did not work. */
  failedStale?: Topic[];
  /** Commands of one scope run one after the other, in the order in which they were given. */
  scope?: string;
  /** By this name `useUnderWay` finds the commands that are not answered yet. */
  name?: string;
};

/** One command of the core as a mutation. A secret never travels in `input`, which the mutation remembers. */
export function useCommand<Input = void, Output = unknown>(
  run: (core: Core, input: Input) => Promise<Output>,
  options: CommandOptions<Input, Output> = {},
) {
  const core = useCore();
  const client = useQueryClient();
  return useMutation<Output, unknown, Input>({
    mutationFn: (input) => run(core, input),
    gcTime: 0,
    ...(options.scope ? { scope: { id: options.scope } } : {}),
    ...(options.name ? { mutationKey: [options.name] } : {}),
    onSuccess: (output, input) => {
      for (const topic of options.stale ?? []) void client.invalidateQueries({ queryKey: [topic] });
      options.done?.(output, input);
    },
    onError: (problem, input) => {
      for (const topic of options.failedStale ?? []) void client.invalidateQueries({ queryKey: [topic] });
      if (options.failure !== "inline") failureToast(problem);
      options.failed?.(problem, input);
    },
  });
}

/** The inputs of the commands of a name that are not answered yet. */
export const useUnderWay = <Input>(name: string): Input[] =>
  useMutationState({
    filters: { mutationKey: [name], status: "pending" },
    select: ({ state }) => state.variables as Input,
  });

const firstPreferences: Preferences = {
  colorScheme: "auto",
  detailWidth: 400,
  keepInTray: false,
  zoom: 100,
  tray: false,
};

export function usePreferences() {
  const client = useQueryClient();
  const { data = firstPreferences } = useAsk(keys.preferences, (core) => core.preferences(), {
    gcTime: Number.POSITIVE_INFINITY,
  });
  const save = useCommand((to, next: Preferences) => to.setPreferences(next));
  return {
    preferences: data,
    change(part: Partial<Preferences>) {
      const next = { ...(client.getQueryData<Preferences>(keys.preferences) ?? data), ...part };
      client.setQueryData(keys.preferences, next);
      save.mutate(next);
    },
  };
}
