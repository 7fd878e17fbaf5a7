import { Button, CopyButton, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconPhoto } from "@tabler/icons-react";
import type { LabAnswer, LabButtonView, LabCardView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import classes from "./chat-lab.module.css";

type Act = {
  /** The key of the message; none before the org has given it one. */
  message: string | null;
  open: boolean;
  onAnswer: (answer: LabAnswer) => void;
};

/** A card. Its picture is named and never loaded: an address in a message must not learn that it was read. */
export function CardOffer({ card, ...act }: Act & { card: LabCardView }) {
  const { title, description, image, defaultAction, actions } = card;
  const all =
    defaultAction === null || actions.some((one) => one.payload === defaultAction.payload)
      ? actions
      : [defaultAction, ...actions];
  return (
    <article className={classes.offer} aria-label={title}>
      {image !== null && (
        <div className={classes.picture}>
          <IconPhoto size={16} aria-hidden />
          <span style={{ minWidth: 0 }}>
            Picture at <Shown text={hostOf(image)} />, not loaded
          </span>
        </div>
      )}
      <Text size="sm" fw={600}>
        <Shown text={title} />
      </Text>
      {description && (
        <Text size="xs" c="dimmed">
          <Shown text={description} lines />
        </Text>
      )}
      {all.length > 0 && (
        <Stack gap={4} mt="xs">
          {all.map((choice) => (
            <CardAction
              key={`${choice.text} ${choice.payload}`}
              choice={{ ...choice, text: choice.text || title }}
              {...act}
            />
          ))}
        </Stack>
      )}
    </article>
  );
}

/** The host of an address; an address that is none stands as it is. */
function hostOf(address: string): string {
  try {
    return new URL(address).host || address;
  } catch {
    return address;
  }
}

/** Cards side by side. */
export function Carousel({ cards, ...act }: Act & { cards: LabCardView[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
    <section className={classes.cards} tabIndex={0} aria-label={`${cards.length} cards`}>
      {cards.map((card, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cards of one message have no other name and never change
        <CardOffer key={place} card={card} {...act} />
      ))}
    </section>
  );
}

/** What a button sends as the guest; one that is a link sends nothing, and nothing here opens it: its address can be copied. */
function CardAction({ choice, message, open, onAnswer }: Act & { choice: LabButtonView }) {
  const { text, payload, isLink } = choice;
  if (isLink) {
    return (
      <CopyButton value={payload} timeout={1500}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="compact-sm"
            title={payload}
            aria-label={`Copy the address of ${text}`}
            leftSection={copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
            onClick={copy}
          >
            {copied ? "Copied" : <Shown text={text} cut />}
          </Button>
        )}
      </CopyButton>
    );
  }
  return (
    <Button
      variant="default"
      size="compact-sm"
      disabled={!open || message === null}
      onClick={() => message !== null && onAnswer({ kind: "button", message, text, payload })}
    >
      <Shown text={text} cut />
    </Button>
  );
}
