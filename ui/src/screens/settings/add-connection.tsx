import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand } from "../../queries";
import { useDraftForm } from "../../use-draft-form";
import {
  ConnectionFields,
  type ConnectionValues,
  fieldsOf,
  refuseAt,
  rulesOf,
  useSecretOnce,
} from "./connection-fields";
import classes from "./settings.module.css";

const empty: ConnectionValues = {
  name: "",
  kind: "development",
  place: "",
  clientId: "",
  clientSecret: "",
  readOnly: false,
};

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
  const secret = useSecretOnce();
  const add = useCommand(
    (core, values: ConnectionValues) => core.connectionAdd({ ...fieldsOf(values), clientSecret: secret.take() }),
    {
      stale: ["connections"],
      failure: "inline",
      done: ({ name }) => {
        draft.clear();
        notifications.show({
          color: "teal",
          title: "Connection added",
          message: `"${name}" can be tested and used now.`,
        });
      },
      failed: (problem) => refuseAt(form, problem),
    },
  );

  return (
    <Paper p="md" component="section" aria-labelledby="add-connection">
      <Title order={2} id="add-connection" fz="sm">
        Add a connection
      </Title>
      <Text size="xs" c="dimmed" mb="sm">
        An OAuth client with client credentials. It needs the scopes guest:read, guest:write, conversation:read and
        webchat:write. An address that is not on this computer is asked about in a window of its own before anything is
        stored or sent.
      </Text>
      <form
        noValidate
        onSubmit={form.onSubmit((values) => {
          secret.put(values.clientSecret);
          add.mutate({ ...values, clientSecret: "" });
          form.setFieldValue("clientSecret", "");
        })}
      >
        <ConnectionFields form={form} />
        {add.error !== null && (
          <div className={classes.problem}>
            <FailureNotice problem={add.error} />
          </div>
        )}
        <Group mt="md">
          <Button type="submit" loading={add.isPending} leftSection={<IconPlus size={14} aria-hidden />}>
            Add connection
          </Button>
        </Group>
      </form>
    </Paper>
  );
}
