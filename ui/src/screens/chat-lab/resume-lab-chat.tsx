import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import type { LabOverview } from "../../ipc/bindings";
import { FormDialog } from "../../parts/dialogs";
import { useCommand } from "../../queries";

type Props = { lab: LabOverview; onClose: () => void; onStarted: (chat: string) => void };

/** Goes on as a guest whose session token is at hand, with the messages that the org still has of them. */
export function ResumeLabChat({ lab, onClose, onStarted }: Props) {
  const [token, setToken] = useState("");
  const [deployment, setDeployment] = useState(lab.deployment ?? "");
  const [origin, setOrigin] = useState(lab.pageOrigin ?? "");
  // The token stays out of the command's input, which is remembered.
  const resume = useCommand(
    (core) => {
      const place = { deployment: deployment.trim() || null, pageOrigin: origin.trim() || null };
      return core.labResume({ ...place, name: "", email: "", attributes: {} }, token.trim());
    },
    { stale: ["chatLab"], failure: "inline", done: (chat) => onStarted(chat.id) },
  );
  const ready = token.trim() !== "" && deployment.trim() !== "";
  return (
    <FormDialog
      title="Resume a chat"
      size={460}
      purpose="Goes on as a guest whose session token you have. The messages that the org still has of them come first."
      problem={resume.error}
      submit="Resume"
      disabled={!ready}
      loading={resume.isPending}
      onSubmit={() => ready && resume.mutate()}
      onClose={onClose}
      onCancel={onClose}
    >
      <PasswordInput
        label="Session token"
        description="Kept encrypted until the chat ends, and never shown again."
        required
        autoComplete="off"
        data-autofocus
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <TextInput
        label="Deployment"
        required
        spellCheck={false}
        value={deployment}
        onChange={(event) => setDeployment(event.currentTarget.value)}
      />
      <TextInput
        label="Address of the page"
        placeholder="Optional"
        spellCheck={false}
        value={origin}
        onChange={(event) => setOrigin(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
