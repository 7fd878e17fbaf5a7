import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

type Props = {
  /** Beside the actions. */
  note?: ReactNode;
  children: ReactNode;
};

/** The actions at the end of a dialog: in view however long the dialog is. */
export const DialogFoot = ({ note, children }: Props) => (
  <Group
    justify={note ? "space-between" : "flex-end"}
    gap="xs"
    pos="sticky"
    bottom={0}
    py="xs"
    mb="calc(-1 * var(--mantine-spacing-xs))"
    bg="var(--mantine-color-body)"
    style={{ zIndex: 2 }}
  >
    {note}
    {note ? <Group gap="xs">{children}</Group> : children}
  </Group>
);

type QuestionProps = {
  /** What the button that changes nothing says. */
  stay?: string;
  onStay: () => void;
  /** What the other one says. */
  act: string;
  /** Left out where it submits the form around it. */
  onAct?: () => void;
  disabled?: boolean;
  loading?: boolean;
};

/** The foot of a question about something that cannot be taken back: the focus is on the button that changes nothing. */
export const QuestionFoot = ({ stay = "Keep", onStay, act, onAct, disabled, loading }: QuestionProps) => (
  <DialogFoot>
    <Button variant="default" onClick={onStay} data-autofocus>
      {stay}
    </Button>
    <Button
      type={onAct ? "button" : "submit"}
      color="red"
      disabled={disabled ?? false}
      loading={loading ?? false}
      onClick={onAct}
    >
      {act}
    </Button>
  </DialogFoot>
);

type FormProps = { onCancel: () => void; cancel?: string; submit: string; disabled?: boolean; loading?: boolean };

/** The foot of a form that is left or submitted. */
export const FormFoot = ({ onCancel, cancel = "Cancel", submit, disabled, loading }: FormProps) => (
  <DialogFoot>
    <Button variant="default" onClick={onCancel}>
      {cancel}
    </Button>
    <Button type="submit" disabled={disabled ?? false} loading={loading ?? false}>
      {submit}
    </Button>
  </DialogFoot>
);
