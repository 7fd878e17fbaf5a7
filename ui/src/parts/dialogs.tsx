import { Modal, Stack, Text } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { FormFoot, QuestionFoot } from "./dialog-foot";
import { FailureNotice } from "./failure-notice";

type DialogProps = {
  title: ReactNode;
  size: number;
  /** Left out where the dialog is on the page only while it is open. */
  opened?: boolean;
  /** Why what was asked for last was not done; `null` where nothing failed. */
  problem?: unknown;
  disabled?: boolean;
  loading?: boolean;
  children: ReactNode;
};

type QuestionProps = DialogProps & {
  stay?: string;
  onStay: () => void;
  act: string;
  onAct: () => void;
  /** Above another dialog, from which it is asked. */
  zIndex?: number;
};

/** Asks a person before something is done that cannot be taken back. */
export function Question({ title, size, opened = true, problem, children, zIndex = 200, ...foot }: QuestionProps) {
  return (
    <Modal opened={opened} onClose={foot.onStay} title={title} size={size} zIndex={zIndex}>
      <Stack gap="sm">
        {children}
        <FailureNotice problem={problem} />
        <QuestionFoot {...foot} />
      </Stack>
    </Modal>
  );
}

type FormDialogProps = DialogProps & {
  /** What the form is for. */
  purpose: ReactNode;
  submit: string;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  /** Closes it and keeps what was typed. */
  onClose: () => void;
  /** Leaves the form for good. */
  onCancel: () => void;
  /** What the button that leaves says. */
  cancel?: string;
};

/** A form in a dialog. */
export function FormDialog({ title, size, opened = true, problem, purpose, children, ...rest }: FormDialogProps) {
  const { onSubmit, onClose, ...foot } = rest;
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(event);
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {purpose}
          </Text>
          {children}
          <FailureNotice problem={problem} />
          <FormFoot {...foot} />
        </Stack>
      </form>
    </Modal>
  );
}
