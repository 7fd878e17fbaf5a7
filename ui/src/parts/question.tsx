import { Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { QuestionFoot } from "./dialog-foot";
import { FailureNotice } from "./failure-notice";

type Props = {
  title: string;
  size?: number;
  /** What the button that changes nothing says. */
  stay?: string;
  /** What the other one says. */
  act: string;
  onAct: () => void;
  /** The command that it gives. */
  command: { error: unknown; isPending: boolean };
  disabled?: boolean;
  onClose: () => void;
  children: ReactNode;
};

/** A dialog that asks once before something that cannot be taken back. It stays open with the reason where it fails. */
export function Question({ title, size = 440, onClose, command, children, ...foot }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <Stack gap="sm">
        {children}
        {command.error !== null && <FailureNotice problem={command.error} />}
        <QuestionFoot {...foot} onStay={onClose} loading={command.isPending} />
      </Stack>
    </Modal>
  );
}
