import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRef } from "react";
import { failureOf } from "../../ipc/core";
import { FailureNotice } from "../../parts/failure-notice";
import { Section } from "../../parts/section";
import { tell } from "../../parts/tell";
import { useCommand } from "../../queries";
import { useDraftForm } from "../../use-draft-form";
import {
  ConnectionFields,
  type ConnectionValues,
  canStillBeSaved,
  connectionFields,
  fieldsOf,
  refuseAt,
  rulesOf,
} from "./connection-fields";

const empty: ConnectionValues = {
  name: "",
  kind: "development",
  place: "",
  clientId: "",
  clientSecret: "",
  readOnly: false,
  deployment: "",
  origin: "",
};

/** What is added, and whether its deployment is asked before. */
type Addition = { values: ConnectionValues; test: boolean };

type Kept = Omit<ConnectionValues, "clientSecret">;

export function AddConnection() {
  const { form, draft } = useDraftForm<ConnectionValues, Kept>({
    kind: "connection",
    title: "A new connection",
    shared: true,
    first: empty,
    keep: ({ clientSecret: _, ...kept }) => kept,
    validate: rulesOf(false),
  });
  // It leaves the screen with the command, and comes back only where another field has to be corrected.
  const secret = useRef("");
  const add = useCommand(
    (core, { values, test }: Addition) => {
      const fields = fieldsOf(values);
      const { deployment, origin } = fields;
      const lab = { deployment: deployment || null, origin: origin || null };
      return core.connectionAdd({ ...fields, ...lab, clientSecret: secret.current }, test);
    },
    {
      stale: ["connections"],
      failure: "inline",
      done: ({ name }) => {
        secret.current = "";
        draft.clear();
        tell("Connection added", `"${name}" can be tested and used now.`);
      },
      failed: (problem) => {
        const failure = failureOf(problem);
        const isOther = failure.fields.some(({ field }) => field !== "clientSecret");
        if (isOther || canStillBeSaved(failure)) form.setFieldValue("clientSecret", secret.current);
        secret.current = "";
        refuseAt(form, problem, connectionFields);
      },
    },
  );

  function save(values: ConnectionValues, test: boolean) {
    secret.current = values.clientSecret;
    add.mutate({ values: { ...values, clientSecret: "" }, test });
    form.setFieldValue("clientSecret", "");
  }

  const isUntested = add.variables?.test === true && add.error !== null && canStillBeSaved(failureOf(add.error));
  return (
    <Section
      title="Add a connection"
      purpose={
        <>
          An OAuth client with client credentials. It needs the scopes guest:read, guest:write, conversation:read and
          webchat:write. An address that is not on this computer is asked about in a window of its own before anything
          is stored or sent.
        </>
      }
    >
      <form noValidate onSubmit={form.onSubmit((values) => save(values, values.deployment.trim() !== ""))}>
        <ConnectionFields form={form} />
        <FailureNotice
          problem={add.error}
          mt="xs"
          action="Add without a test"
          onAction={isUntested ? () => save(form.values, false) : undefined}
        />
        <Button mt="md" type="submit" loading={add.isPending} leftSection={<IconPlus size={14} aria-hidden />}>
          Add connection
        </Button>
      </form>
    </Section>
  );
}
