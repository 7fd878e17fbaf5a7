import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import type { AddedConnection } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { Section } from "../../parts/section";
import { screenHref } from "../../routes";
import { ConnectedSection } from "./connected-section";
import { ConnectionFields, type ConnectionValues } from "./connection-fields";
import { dialectOf } from "./dialects";
import { Needs } from "./needs";
import { useNewConnection } from "./use-new-connection";

/** A live org, until a person says that it is another: nothing is written to it before somebody has looked at it. */
const live: ConnectionValues = {
  name: "",
  kind: "production",
  place: "",
  dialect: "",
  clientId: "",
  clientSecret: "",
  readOnly: true,
  deployment: "",
  origin: "",
};

/** From nothing to a connection that works: what is needed, where the org is, who signs in, and what they may do. */
export function ConnectScreen() {
  const [added, setAdded] = useState<AddedConnection | null>(null);
  const { form, add, send, isUntested } = useNewConnection(live, setAdded);
  const { place, dialect } = form.values;
  return (
    <ScreenPage
      title="Connect to an org"
      purpose="What the console needs of an org, and a test of what it may do there. Nothing is kept before the sign-in works."
      actions={<Anchor href={screenHref("settings")}>Back to Settings</Anchor>}
    >
      <Stack gap="lg">
        {added ? (
          <ConnectedSection added={added} onAnother={() => setAdded(null)} />
        ) : (
          <>
            <Needs dialect={dialectOf(place, dialect)} />
            <Section
              title="2. The org and its OAuth client"
              purpose="The secret goes to the secret store of this computer and never comes back to a screen. An address that is not on this computer is asked about in a window of its own first."
            >
              <form noValidate onSubmit={form.onSubmit((values) => send(values, true))}>
                <ConnectionFields form={form} />
                <Text size="xs" c="dimmed" mt="sm">
                  A region is marked as production and read-only: the guests can be looked at, and nothing can be
                  changed before you lift that.
                </Text>
                <FailureNotice
                  problem={add.error}
                  mt="sm"
                  action="Add without a test"
                  onAction={isUntested ? () => send(form.values, false) : undefined}
                />
                <Group mt="md">
                  <Button
                    type="submit"
                    loading={add.isPending}
                    leftSection={<IconPlugConnected size={14} aria-hidden />}
                  >
                    Test and add
                  </Button>
                </Group>
              </form>
            </Section>
          </>
        )}
      </Stack>
    </ScreenPage>
  );
}
