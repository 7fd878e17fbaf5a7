import { Progress, UnstyledButton } from "@mantine/core";
import { IconHandStop, IconOutbound, IconPencil, IconPlugOff, IconRecycle } from "@tabler/icons-react";
import { useDrafts } from "../drafts";
import { count } from "../format";
import type { RunView } from "../ipc/bindings";
import { usePolicies, useStatus } from "../queries";
import { screenHref } from "../routes";
import { outboxWords } from "../states/outbox";
import { runWords } from "../states/run";
import { useActions } from "./actions";
import { RelativeTime } from "./relative-time";
import { shown } from "./shown";

/** Work in the background, shown under every screen. */
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
      <Drafts />
      {connection && (
        <span className="strip-end" title={connection.scopes.join(" ")}>
          Signed in as {connection.clientId}
          {connection.scopes.length > 0 && ` · ${connection.scopes.join(" ")}`}
        </span>
      )}
    </footer>
  );
}

/** What is typed and not yet saved, wherever it is. */
function Drafts() {
  const { showDrafts } = useActions();
  const { length } = useDrafts();
  if (length === 0) return null;
  return (
    <UnstyledButton className="strip-item" fz="inherit" onClick={showDrafts}>
      <IconPencil size={13} aria-hidden />
      Drafts · {count(length)}
    </UnstyledButton>
  );
}

/** A scheduled run that waits until a person allows it. */
function Asking() {
  const asking = usePolicies().filter((policy) => policy.asks !== null);
  const [first] = asking;
  if (!first?.asks) return null;
  const why = { drift: "far more guests than usual", clockJump: "the clock jumped", notConfirmed: "not confirmed" };
  return (
    <a className="strip-item strip-warm" href={screenHref("retention")}>
      <IconHandStop size={13} aria-hidden />
      {asking.length === 1
        ? `Scheduled run of ${shown(first.name)} waits for your decision: ${why[first.asks.code]}`
        : `${asking.length} scheduled runs wait for your decision`}
    </a>
  );
}

function RunItem({ run }: { run: RunView }) {
  const done = run.total - run.remaining;
  const { name, color, details } = runWords(run);
  const told = run.state === "running" && run.waitsFor === null ? details : [name.toLowerCase(), ...details];
  return (
    <a className="strip-item" href={screenHref("retention")}>
      <IconRecycle size={13} aria-hidden />
      Retention run · {[`${count(done)} of ${count(run.total)}`, ...told].join(" · ")}
      <Progress
        w={90}
        size={4}
        value={run.total === 0 ? 100 : (done / run.total) * 100}
        color={color}
        aria-label="Retention run"
      />
    </a>
  );
}
