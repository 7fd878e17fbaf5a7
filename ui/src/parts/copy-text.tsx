import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

type Props = {
  text: string;
  /** What the button is called. */
  label: string;
  /** Shown instead of the whole text. */
  shown?: string;
};

/** A piece of text in code type with a button that copies the whole of it. */
export function CopyText({ text, label, shown }: Props) {
  return (
    <Group gap={2} wrap="nowrap" display="inline-flex">
      <Code fz={11} title={text}>
        {shown ?? text}
      </Code>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : label}>
            <ActionIcon
              size={22}
              aria-label={label}
              onClick={(event) => {
                event.stopPropagation();
                copy();
              }}
            >
              {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
