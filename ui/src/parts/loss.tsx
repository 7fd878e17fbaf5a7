import { Alert, Box, Button, Code, Modal, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { moment } from "../format";
import type { LossView, NoticeView } from "../ipc/bindings";
import { keys, useAsk, useCommand } from "../queries";
import { CopyText } from "./copy-text";
import { QuestionFoot } from "./dialog-foot";
import { FailureNotice } from "./failure-notice";

/** Above every screen until a person has accepted that a store was lost; it cannot be put away. */
export function LossNotice({ notice }: { notice: NoticeView }) {
  const [open, setOpen] = useState(false);
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={`${notice.title}. Nothing is deleted until you have looked.`}
    >
      <Button size="compact-sm" variant="light" color="red" onClick={() => setOpen(true)}>
        See what is missing…
      </Button>
      {open && <LossDialog onClose={() => setOpen(false)} />}
    </Alert>
  );
}

function LossDialog({ onClose }: { onClose: () => void }) {
  const { data, error } = useAsk(keys.loss, (core) => core.loss(), { gcTime: 0 });
  return (
    <Modal opened onClose={onClose} title="What is missing" size={520}>
      <FailureNotice problem={error} />
      {error === null && data === undefined && <Skeleton h={160} />}
      {data === null && <Text size="sm">Nothing is missing any more.</Text>}
      {data && <Loss loss={data} onClose={onClose} />}
    </Modal>
  );
}

function Loss({ loss, onClose }: { loss: LossView; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const accept = useCommand((core, name: string) => core.lossAccept(name), {
    stale: ["retention", "holds", "audit"],
    failure: "inline",
    done: onClose,
  });
  const sure = typed.trim() === loss.connection;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (sure) accept.mutate(typed.trim());
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{loss.happened}</Text>
        <Text size="sm" fw={600}>
          {loss.missing}
        </Text>
        <Text size="sm">{loss.means}</Text>
        <Box>
          <Text size="sm" fw={600}>
            What to do
          </Text>
          <Text size="sm">
            If there is a newer copy of the folder, close the window and put that back. Else set the missing holds
            again, and then accept the loss: what is here now counts from then on.
          </Text>
        </Box>
        {loss.holdIds.length > 0 && (
          <Text size="xs" c="dimmed">
            Missing holds, as the audit log names them: {loss.holdIds.join(", ")}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          Noticed {moment(loss.foundAt)}.
        </Text>
        {loss.files.map((file) => (
          <CopyText key={file} text={file} label="Copy the path" />
        ))}
        <TextInput
          label={
            <>
              Type <Code>{loss.connection}</Code> to accept the loss
            </>
          }
          aria-label="The connection's name"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
        />
        <FailureNotice problem={accept.error} />
        <QuestionFoot
          stay="Not now"
          onStay={onClose}
          act="Accept the loss"
          disabled={!sure}
          loading={accept.isPending}
        />
      </Stack>
    </form>
  );
}
