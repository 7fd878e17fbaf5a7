import { Progress } from "@mantine/core";
import { IconHandStop, IconOutbound, IconPlugOff, IconRecycle } from "@tabler/icons-react";
import { clockTime, count, duration } from "../format";
import type { OutboxCounts, RunView } from "../ipc/bindings";
import { usePolicies, useStatus } from "../queries";
import { screenHref } from "../routes";
import { RelativeTime } from "./relative-time";
import { shown } from "./shown";

/** Background work, wherever you are. */
export function StatusStrip() {
  const { connection, online, outbox, planning, run } = useStatus();
  return (
    <footer className="shell-strip">
      {online.switchedOn && !online.answering && (
        <span className="strip-item" role="status">
          <IconPlugOff size={13} aria-hidden />
          <span>
            The org does not answer · next try {online.nextTry ? <RelativeTime time={online.nextTry} /> : "now"}
          </span>
        </span>
      )}
      {planning && (
        <a className="strip-item" href={screenHref("retention")}>
          <IconRecycle size={13} aria-hidden />
          Planning · {count(planning.read)} guests read, {count(planning.due)} due
        </a>
      )}
      {run && <RunItem run={run} />}
      <Asking />
      <a className="strip-item" href={screenHref("outbox")}>
        <IconOutbound size={13} aria-hidden />
        Outbox · {outboxWords(outbox)}
      </a>
      {connection && (
        <span className="strip-end" title={connection.scopes.join(" ")}>
          Signed in as {connection.clientId}
          {connection.scopes.length > 0 && ` · ${connection.scopes.join(" ")}`}
        </span>
      )}
    </footer>
  );
}

/** A scheduled run that does not go before a person has said so. */
function Asking() {
  const asking = usePolicies().filter((policy) => policy.asks !== null);
  const [first] = asking;
  if (!first?.asks) return null;
  const why = { drift: "far more guests than usual", clockJump: "the clock jumped", notConfirmed: "not confirmed" };
  return (
    <a className="strip-item strip-warm" href={screenHref("retention")}>
      <IconHandStop size={13} aria-hidden />
      {asking.length === 1
        ? `Scheduled run of ${shown(first.name)} waits for your word: ${why[first.asks.code]}`
        : `${asking.length} scheduled runs wait for your word`}
    </a>
  );
}

function RunItem({ run }: { run: RunView }) {
  const done = run.total - run.remaining;
  const words = [`${count(done)} of ${count(run.total)}`];
  if (run.state === "running") {
    if (run.perMinute > 0) words.push(`${count(run.perMinute)} a minute`);
    if (run.secondsLeft !== null) words.push(`${duration(run.secondsLeft)} left`);
  } else words.push(run.state);
  return (
    <a className="strip-item" href={screenHref("retention")}>
      <IconRecycle size={13} aria-hidden />
      Retention run · {words.join(" · ")}
      <Progress
        w={90}
        size={4}
        value={run.total === 0 ? 100 : (done / run.total) * 100}
        color={run.state === "failed" ? "red.6" : run.state === "running" ? "teal.6" : "yellow.6"}
        aria-label="Retention run"
      />
    </a>
  );
}

export function outboxWords(outbox: OutboxCounts): string {
  const words: string[] = [];
  if (outbox.paused !== null) words.push("paused");
  if (outbox.waiting > 0) {
    words.push(`${count(outbox.waiting)} waiting${outbox.nextTry ? ` until ${clockTime(outbox.nextTry)}` : ""}`);
  }
  if (outbox.uncertain > 0) words.push(`${count(outbox.uncertain)} uncertain`);
  if (outbox.dead > 0) words.push(`${count(outbox.dead)} dead`);
  return words.length > 0 ? words.join(" · ") : "everything delivered";
}
