import { Button, Group, Text, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { byteLength, count, countOf } from "../format";
import { useLimits } from "../queries";

/** From this part of the longest message on its length is shown. */
const NEAR = 0.85;

/** How long a text is beside the longest message. */
export function useMessageLength(text: string) {
  const { messageBytes: most } = useLimits();
  const bytes = byteLength(text);
  return { bytes, most, over: bytes > most };
}

type Length = ReturnType<typeof useMessageLength>;

type Props = {
  label: string;
  placeholder: string;
  disabled?: boolean;
  text: string;
  length: Length;
  /** Whether it can be sent now. */
  ready: boolean;
  onType: (text: string) => void;
  onSend: () => void;
  /** Before the field. */
  children?: ReactNode;
};

/** Where a guest's message is written: Enter sends, Shift Enter starts a new line. */
export function MessageField({ label, placeholder, disabled, text, length, ready, onType, onSend, children }: Props) {
  const { bytes, most, over } = length;
  return (
    <Group gap="xs" wrap="nowrap" align="flex-end">
      {children}
      <Textarea
        flex={1}
        aria-label={label}
        placeholder={placeholder}
        disabled={disabled}
        autosize
        minRows={1}
        maxRows={6}
        value={text}
        onChange={(event) => onType(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            onSend();
          }
        }}
        error={over ? tooLong(bytes, most) : null}
      />
      <Button onClick={onSend} disabled={!ready} leftSection={<IconSend size={14} aria-hidden />}>
        Send
      </Button>
    </Group>
  );
}

function tooLong(bytes: number, most: number): string {
  const parts = Math.ceil(bytes / most);
  return `${countOf(bytes - most, "byte")} too long: shorten it, or send it as ${parts === 2 ? "two" : "several"}.`;
}

/** How much of the longest message is used, once the text comes near it. */
export function MessageLength({
  length: { bytes, most, over },
  ...place
}: {
  length: Length;
  mt?: number;
  ta?: "end";
}) {
  if (bytes < NEAR * most) return null;
  return (
    <Text size="xs" c={over ? "var(--ink-minus)" : "dimmed"} {...place}>
      {count(bytes)} of {count(most)} bytes
    </Text>
  );
}
