// TEMPORARY hand copy of what tauri-specta generates; the generated file replaces it. Do not edit.
import { type Channel, invoke } from "@tauri-apps/api/core";

export type Result<T, E> = { status: "ok"; data: T } | { status: "error"; error: E };
export type Scalar = null | boolean | number | string;
export type FailureCode = "offline" | "unreachable" | "credentials_rejected" | "forbidden" | "not_found" | "conflict" | "rate_limited" | "org_failed"
  | "invalid_input" | "read_only" | "folder_locked" | "no_secret_store" | "disk_full" | "store_damaged" | "newer_schema" | "unknown_conversation"
  | "conversation_closed" | "plan_used" | "plan_changed" | "run_active" | "unknown_connection" | "internal";
export type FieldProblem = { field: string; message: string };
export type Failure = { code: FailureCode; message: string; next: string; fields: FieldProblem[]; retryAfterMs: number | null; correlationId: string | null };

export type ConnectionKind = "simulator" | "development" | "test" | "production";
export type ConnectionView = { name: string; kind: ConnectionKind; environment: string; clientId: string; readOnly: boolean; scopes: string[]; current: boolean; builtIn: boolean };
export type NewConnection = { name: string; kind: ConnectionKind; environment: string | null; baseUrl: string | null; clientId: string; clientSecret: string; readOnly: boolean };
export type ConnectionTest = { ok: boolean; environment: string; scopes: string[]; rate: BudgetView };

export type Boxed = { value: Scalar };
export type GuestView = { id: string; name: string; email: string | null; attributes: { [key in string]: Scalar }; active: boolean; createdTime: string; modifiedTime: string; version: number; due: boolean };
export type SortField = "createdTime" | "modifiedTime" | "name" | "email" | "id";
export type GuestQuery = { search: string; filter: string | null; sort: SortField; descending: boolean; page: number };
export type GuestPage = { guests: GuestView[]; total: number; page: number; pageCount: number };
export type ConversationView = { id: string; open: boolean; startTime: string; endTime: string | null; playedHere: boolean };
export type GuestDetail = { guest: GuestView; conversations: ConversationView[]; sessionKnown: boolean };
export type AttributeChange = { key: string; before: Boxed | null; after: Boxed | null };
export type AttributeConflict = { key: string; base: Boxed | null; ours: Boxed | null; theirs: Boxed | null };
export type SaveResult = { kind: "saved"; guest: GuestView } | { kind: "conflict"; theirs: GuestView; conflicts: AttributeConflict[] };
export type SessionAnswer = "valid" | "missing" | "invalid" | "gone";
export type SessionCheck = { outcome: SessionAnswer; conversationId: string | null; reason: string; checkedAt: string };
export type StartChat = { guestId: string; name: string | null; email: string | null; attributes: { [key in string]: Scalar } };
export type ChatStarted = { guestId: string; conversationId: string };

export type EntryState = "queued" | "sending" | "delivered" | "waiting" | "uncertain" | "dead" | "discarded";
export type EntryView = { id: string; conversationId: string; guestId: string; seq: number; text: string; writtenAt: string; state: EntryState; until: string | null; why: string | null; attempts: number; deliveredAt: string | null };
export type OutboxView = { entries: EntryView[]; paused: string | null };
export type InTime = { inTime: boolean };

export type PolicyView = { days: number; fromLastActivity: boolean; filter: string | null; spareOpenConversations: boolean; spareActive: boolean };
export type AgeCount = { days: number; guests: number };
export type PlanGuest = { id: string; name: string | null; email: string | null; createdTime: string; modifiedTime: string };
export type ReasonCount = { reason: string; guests: number };
export type PlanView = { plan: string; due: number; spared: number; complete: boolean; cutoff: string; createdAt: string; policy: PolicyView; oldest: string | null; newest: string | null; histogram: AgeCount[]; sample: PlanGuest[]; sparedReasons: ReasonCount[]; estimateSeconds: number; usedBy: string | null };
export type RunOrigin = "hand" | "schedule";
export type RunState = "running" | "paused" | "interrupted" | "finished" | "cancelled" | "failed";
export type RunView = { run: string; plan: string; state: RunState; origin: RunOrigin; startedAt: string; endedAt: string | null; total: number; deleted: number; alreadyGone: number; spared: number; failed: number; remaining: number; perMinute: number; secondsLeft: number | null; verified: boolean | null; why: string | null };
export type OutcomeKind = "deleted" | "alreadyGone" | "spared" | "failed" | "remaining";
export type OutcomeView = { guestId: string; outcome: OutcomeKind; why: string | null };
export type OutcomePage = { outcomes: OutcomeView[]; total: number };
export type ScheduleView = { armed: boolean; cron: string; zone: string; nextDue: string | null; lastDue: string | null };

export type Topic = "guests" | "outbox" | "retention" | "activity" | "connections";
export type OnlineView = { switchedOn: boolean; reachable: boolean | null };
export type BudgetView = { count: number; allowed: number; resetSeconds: number };
export type OutboxCounts = { waiting: number; uncertain: number; dead: number; paused: string | null; nextTry: string | null };
export type PlanProgressView = { read: number; due: number };
export type Status = { connection: ConnectionView | null; online: OnlineView; budget: BudgetView; outbox: OutboxCounts; planning: PlanProgressView | null; run: RunView | null };
export type Snapshot = { number: number; version: string; dataFolder: string; failure: Failure | null; status: Status };
export type Update = { number: number; stale: Topic[]; status: Status };
export type RequestView = { number: number; at: string; method: string; path: string; status: number | null; millis: number; attempt: number; correlationId: string | null; problem: string | null };
export type Preferences = { colorScheme: "auto" | "light" | "dark"; detailWidth: number };

async function typed<T>(answer: Promise<T>): Promise<Result<T, Failure>> {
  try {
    return { status: "ok", data: await answer };
  } catch (error) {
    if (error instanceof Error) throw error;
    return { status: "error", error: error as Failure };
  }
}

export const commands = {
  subscribe: (channel: Channel<Update>): Promise<Snapshot> => invoke("subscribe", { channel }),
  reopen: () => typed<null>(invoke("reopen")),
  setOnline: (on: boolean) => typed<null>(invoke("set_online", { on })),
  guestsPage: (query: GuestQuery) => typed<GuestPage>(invoke("guests_page", { query })),
  guestsWithOpenConversation: (ids: string[]) => typed<string[]>(invoke("guests_with_open_conversation", { ids })),
  guestOpen: (id: string) => typed<GuestDetail>(invoke("guest_open", { id })),
  guestSave: (id: string, changes: AttributeChange[]) => typed<SaveResult>(invoke("guest_save", { id, changes })),
  guestInteraction: (writeId: string, id: string, kind: string, by: number) => typed<GuestView>(invoke("guest_interaction", { writeId, id, kind, by })),
  guestDelete: (id: string, version: number) => typed<null>(invoke("guest_delete", { id, version })),
  sessionCheck: (guestId: string, token: string | null) => typed<SessionCheck>(invoke("session_check", { guestId, token })),
  chatStart: (start: StartChat) => typed<ChatStarted>(invoke("chat_start", { start })),
  chatSay: (id: string, conversationId: string, text: string) => typed<EntryView>(invoke("chat_say", { id, conversationId, text })),
  chatMessages: (conversationId: string) => typed<EntryView[]>(invoke("chat_messages", { conversationId })),
  outboxList: () => typed<OutboxView>(invoke("outbox_list")),
  outboxRetry: (id: string) => typed<InTime>(invoke("outbox_retry", { id })),
  outboxDiscard: (id: string) => typed<InTime>(invoke("outbox_discard", { id })),
  outboxUndoDiscard: (id: string) => typed<InTime>(invoke("outbox_undo_discard", { id })),
  outboxEdit: (id: string, text: string) => typed<InTime>(invoke("outbox_edit", { id, text })),
  outboxResume: () => typed<null>(invoke("outbox_resume")),
  retentionPolicy: () => typed<PolicyView>(invoke("retention_policy")),
  retentionSetPolicy: (policy: PolicyView) => typed<PolicyView>(invoke("retention_set_policy", { policy })),
  retentionPreview: (policy: PolicyView) => typed<PlanView>(invoke("retention_preview", { policy })),
  retentionPlan: () => typed<PlanView | null>(invoke("retention_plan")),
  retentionRun: (plan: string) => typed<RunView>(invoke("retention_run", { plan })),
  retentionRunNow: () => typed<RunView>(invoke("retention_run_now")),
  retentionResume: (run: string) => typed<RunView>(invoke("retention_resume", { run })),
  retentionPause: (run: string) => typed<RunView>(invoke("retention_pause", { run })),
  retentionCancel: (run: string) => typed<RunView>(invoke("retention_cancel", { run })),
  retentionRuns: () => typed<RunView[]>(invoke("retention_runs")),
  retentionOutcomes: (run: string, offset: number, limit: number) => typed<OutcomePage>(invoke("retention_outcomes", { run, offset, limit })),
  retentionSchedule: () => typed<ScheduleView>(invoke("retention_schedule")),
  retentionSetSchedule: (armed: boolean, cron: string, zone: string) => typed<ScheduleView>(invoke("retention_set_schedule", { armed, cron, zone })),
  activityList: () => typed<RequestView[]>(invoke("activity_list")),
  connectionsList: () => typed<ConnectionView[]>(invoke("connections_list")),
  connectionAdd: (connection: NewConnection) => typed<ConnectionView>(invoke("connection_add", { connection })),
  connectionRemove: (name: string) => typed<null>(invoke("connection_remove", { name })),
  connectionUse: (name: string) => typed<null>(invoke("connection_use", { name })),
  connectionTest: (name: string) => typed<ConnectionTest>(invoke("connection_test", { name })),
  preferences: (): Promise<Preferences> => invoke("preferences"),
  setPreferences: (preferences: Preferences) => typed<null>(invoke("set_preferences", { preferences })),
};
