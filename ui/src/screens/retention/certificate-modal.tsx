import { Alert, Modal, Stack, Text } from "@mantine/core";
import { IconCertificate, IconCertificateOff } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { count, countOf, stamp } from "../../format";
import type { CertificateView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { Fact, Facts } from "../../parts/facts";
import { Note } from "../../parts/note";
import { Pending } from "../../parts/pending";
import { SaveFile } from "../../parts/save-file";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk } from "../../queries";
import { certifiedWords, runStateName } from "../../states/run";
import { kindName } from "../../theme";
import { whatWords } from "./policy-draft";

/** What a run did, signed: readable here, and as a file that anybody can check without Innkeeper's data. */
export function CertificateModal({ run, onClose }: { run: string; onClose: () => void }) {
  const certificate = useAsk(keys.certificate(run), (core) => core.retentionCertificate(run), { gcTime: 0 });
  return (
    <Modal opened onClose={onClose} title={`Certificate of run ${run}`} size={640}>
      {certificate.data ? (
        <Certificate view={certificate.data} />
      ) : (
        <Pending query={certificate} words="Signing and checking…" again="Try again" />
      )}
    </Modal>
  );
}

function Certificate({ view }: { view: CertificateView }) {
  const { counts, connection } = view;
  const Glyph = view.genuine ? IconCertificate : IconCertificateOff;
  // It comes after the dialog opened and may be taller than the window: its beginning is what is read first.
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.focus(), []);
  const spared = counts.spared.reduce((sum, { guests }) => sum + guests, 0);
  const why = spared > 0 && ` (${counts.spared.map(({ reason, guests }) => `${count(guests)} ${reason}`).join(", ")})`;
  return (
    <Stack gap="md" ref={top} tabIndex={-1} style={{ outline: "none", scrollMarginTop: 80 }}>
      <Alert
        role={view.genuine ? "status" : "alert"}
        aria-label="Result of the check"
        color={view.genuine ? "teal" : "red"}
        p="sm"
        icon={<Glyph size={18} aria-hidden />}
        title={view.genuine ? "Genuine" : "Not genuine: do not rely on it"}
      >
        <Text size="xs">{view.genuine ? certifiedWords(view) : view.problem}</Text>
      </Alert>
      <Facts aria-label="What the certificate says">
        <Fact name="Guests of" width={150}>
          <Shown text={connection.name} /> · {connection.kind ? kindName[connection.kind] : "unknown kind"} ·{" "}
          {connection.environment}
        </Fact>
        <Fact name="Policy">
          Guests {whatWords(view.policy)}
          {view.policy.spareOpenConversations && "; open conversations spared"}
          {view.policy.spareActive && "; active guests spared"}
        </Fact>
        <Fact name="Cut-off">{stamp(view.cutoff)}</Fact>
        <Fact name="Plan">
          <CopyText text={view.plan} shown={`${view.plan.slice(0, 16)}…`} label="Copy the plan's hash" /> made{" "}
          {stamp(view.planCreatedAt)}
        </Fact>
        <Fact name="Run">
          {runStateName(view.state)}, from {stamp(view.started)} to {stamp(view.ended)}
          {view.max !== null && `, at most ${countOf(view.max, "guest")}`}
        </Fact>
        <Fact name="Of the plan's guests">
          {count(counts.listed)} in all: {count(counts.deleted)} deleted
          {counts.inferred > 0 && ` (${count(counts.inferred)} of them known from a later list)`},{" "}
          {count(counts.alreadyGone)} already gone, {count(spared)} spared{why}, {count(counts.failed)} failed,{" "}
          {count(counts.remaining)} remaining
        </Fact>
        {view.holds !== null && <Fact name="Holds known">{count(view.holds)}</Fact>}
        {view.notRemoved !== null && <Fact name="Stays in the org">{view.notRemoved}</Fact>}
        {view.auditLines !== null && <Fact name="Audit log then">{countOf(view.auditLines, "line")}</Fact>}
        <Fact name="Written">
          {stamp(view.issued)} by {view.program}
        </Fact>
        <Fact name="Key">
          <CopyText text={view.fingerprint} label="Copy the fingerprint of the key" />
        </Fact>
      </Facts>
      <SaveCertificate view={view} />
    </Stack>
  );
}

const SaveCertificate = ({ view }: { view: CertificateView }) => (
  <SaveFile
    name={view.fileName}
    description="It goes to your downloads, or to exports in the data folder. It names no guest, and a file that is there is never replaced."
    submit="Save certificate"
    save={(core, file, elsewhere) =>
      elsewhere ? core.retentionCertificateSaveElsewhere(view.run, file) : core.retentionCertificateSave(view.run, file)
    }
    pathOf={(file) => file}
    written={() => (
      <Note>
        Written. Anybody checks it with <code>innkeeper retention verify FILE</code>.
      </Note>
    )}
  />
);
