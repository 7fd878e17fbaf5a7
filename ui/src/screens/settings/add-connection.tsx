import { Anchor, Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { FailureNotice } from "../../parts/failure-notice";
import { Section } from "../../parts/section";
import { tell } from "../../parts/tell";
import { connectHref } from "../../routes";
import { ConnectionFields, type ConnectionValues } from "./connection-fields";
import { useNewConnection } from "./use-new-connection";

const empty: ConnectionValues = {
  name: "",
  kind: "development",
  place: "",
  dialect: "",
  clientId: "",
  clientSecret: "",
  readOnly: false,
  deployment: "",
  origin: "",
};

/** Adds a connection in one go; the way with a test and explanations is a page of its own. */
export function AddConnection() {
  const { form, add, send, isUntested } = useNewConnection(empty, ({ connection: { name } }) =>
    tell("Connection added", `"${name}" can be tested and used now.`),
  );
  return (
    <Section
      title="Add a connection"
      purpose={
        <>
          For whoever has the OAuth client at hand.{" "}
          <Anchor href={connectHref} underline="always">
            Connect step by step
          </Anchor>{" "}
          says what is needed and tests it. An address that is not on this computer is asked about in a window of its
          own before anything is stored or sent.
        </>
      }
    >
      <form noValidate onSubmit={form.onSubmit((values) => send(values, values.deployment.trim() !== ""))}>
        <ConnectionFields form={form} />
        <FailureNotice
          problem={add.error}
          mt="xs"
          action="Add without a test"
          onAction={isUntested ? () => send(form.values, false) : undefined}
        />
        <Button mt="md" type="submit" loading={add.isPending} leftSection={<IconPlus size={14} aria-hidden />}>
          Add connection
        </Button>
      </form>
    </Section>
  );
}
