import { Alert, Anchor, Box, Button, Group, PasswordInput, Text } from "@mantine/core";
import {
  type Icon,
  IconKey,
  IconShieldCheck,
  IconShieldOff,
  IconShieldQuestion,
  IconShieldX,
} from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { GuestDetail, SessionAnswer } from "../../ipc/bindings";
import { useOffered } from "../../parts/actions";
import { FailureNotice } from "../../parts/failure-notice";
import { RelativeTime } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { keys, useAbilities, useAsk, useCommand } from "../../queries";
import { screenHref } from "../../routes";
import { sessionWords } from "../../states/session";
import { AGAIN, ChatAgainButton, ChatAsThemButton } from "./chat-again";

const icons: Record<SessionAnswer, Icon> = {
  valid: IconShieldCheck,
  missing: IconShieldQuestion,
  invalid: IconShieldX,
  gone: IconShieldOff,
};

/** Leads from one way of asking to the other. */
const Other = ({ onChoose, children }: { onChoose: () => void; children: string }) => (
  <Anchor component="button" type="button" size="xs" underline="always" onClick={onChoose}>
    {children}
  </Anchor>
);

/** Checks whether a guest's session is still good, and explains the answer. */
export function SessionBlock({ detail }: { detail: GuestDetail }) {
  const { guest, sessionKnown } = detail;
  const { sessionByToken, chat, chatBySocket } = useAbilities();
  const [token, setToken] = useState("");
  // Where the org asks for the token alone, another one than that of the chat that was started here can be asked about, too.
  const [another, setAnother] = useState(false);
  const byToken = !sessionKnown || another;
  const { data: lab } = useAsk(keys.lab, (core) => core.labOverview(), { enabled: sessionByToken });
  const hasNoPlace = sessionByToken && byToken && lab?.deployment === null;
  // The token is read from the field when the command runs. As an input of the command it would be kept after the check.
  const given = useRef<string | null>(null);
  const check = useCommand(
    (core) => {
      const token = given.current;
      given.current = null;
      return core.sessionCheck(guest.id, token);
    },
    { failure: "inline", done: () => setToken("") },
  );
  const answer = check.data;
  const words = answer && sessionWords[answer.outcome];
  const Glyph = answer && icons[answer.outcome];

  const form = useRef<HTMLFormElement>(null);
  useOffered([
    {
      id: "check-session",
      label: "Check session",
      hint: guest.name,
      icon: IconShieldQuestion,
      run: () =>
        !byToken || token !== "" ? form.current?.requestSubmit() : form.current?.querySelector("input")?.focus(),
    },
  ]);
  return (
    <Box>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          given.current = byToken ? token : null;
          check.mutate();
        }}
      >
        <Group gap="xs" wrap="nowrap">
          {!byToken ? (
            <Text size="xs" c="dimmed" flex={1}>
              The chat was started here, so no token is needed.
              {sessionByToken && (
                <>
                  {" "}
                  <Other onChoose={() => setAnother(true)}>Check another token</Other>
                </>
              )}
            </Text>
          ) : (
            <PasswordInput
              flex={1}
              aria-label="Session token"
              visibilityToggleButtonProps={{ "aria-label": "Show the session token" }}
              placeholder="Session token"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="off"
              leftSection={<IconKey size={14} aria-hidden />}
            />
          )}
          <Button type="submit" variant="default" flex="none" disabled={hasNoPlace} loading={check.isPending}>
            Check session
          </Button>
        </Group>
      </form>
      {sessionByToken && byToken && (
        <Text size="xs" c={hasNoPlace ? "var(--ink-warm)" : "dimmed"} mt={4}>
          {hasNoPlace ? (
            <>
              A session is asked about in a deployment, and this connection names none: enter its id in{" "}
              <Anchor href={screenHref("settings")} size="xs" underline="always">
                Settings
              </Anchor>
              .
            </>
          ) : (
            "The token alone is asked for, in the connection's deployment; the org does not say whose it is."
          )}
          {sessionKnown && (
            <>
              {" "}
              <Other onChoose={() => setAnother(false)}>Check the chat that was started here</Other>
            </>
          )}
        </Text>
      )}
      <FailureNotice problem={check.error} mt="xs" />
      <Box role="status" data-outcome={answer?.outcome} aria-label="Answer of the session check">
        {answer && words && Glyph && (
          <Alert
            role="presentation"
            mt="xs"
            p="xs"
            px="sm"
            color={words.color}
            icon={<Glyph size={18} aria-hidden />}
            title={words.title}
          >
            <Text size="xs" c="var(--mantine-color-text)">
              <Shown text={answer.reason} /> {words.meaning}
            </Text>
            <Text size="xs" c="dimmed">
              Checked <RelativeTime time={answer.checkedAt} />
            </Text>
            {answer.outcome === "gone" && chat && (
              <>
                <ChatAgainButton guest={guest} compact />
                <Text size="xs" c="dimmed">
                  {AGAIN}
                </Text>
              </>
            )}
            {answer.outcome === "gone" && chatBySocket && <ChatAsThemButton guest={guest} />}
          </Alert>
        )}
      </Box>
    </Box>
  );
}
