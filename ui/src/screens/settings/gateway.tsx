import { Button, Group, Skeleton, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDoor, IconDoorOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import type { GatewayView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { FailureNotice } from "../../parts/failure-notice";
import { NumberField } from "../../parts/number-field";
import { numberOf, ranges, readNumber } from "../../parts/numbers";
import { Section } from "../../parts/section";
import { keys, useAsk, useCommand } from "../../queries";
import { refuseAt } from "./connection-fields";
import classes from "./settings.module.css";

type Values = { port: string; origin: string };

/** The HTTP gateway for a web chat page under test; it listens on this machine only. */
export function Gateway() {
  const { data, error } = useAsk(keys.gateway, (core) => core.gatewayStatus());
  return (
    <Section
      title="Chat gateway"
      purpose="Four routes through which a web chat page under test plays guests of the connection in use. Open on this machine only, and while this window is."
    >
      <FailureNotice problem={error} />
      {!data && !error && <Skeleton h={60} />}
      {data && (data.url === null ? <Closed /> : <Open url={data.url} />)}
    </Section>
  );
}

function useShown() {
  const client = useQueryClient();
  return (view: GatewayView) => client.setQueryData(keys.gateway, view);
}

function Closed() {
  const shown = useShown();
  const form = useForm<Values>({
    initialValues: { port: "3000", origin: "" },
    validate: {
      port: (port) => {
        const read = readNumber(ranges.port, port);
        return "problem" in read ? `${read.problem} 0 takes a free port.` : null;
      },
    },
  });
  const start = useCommand(
    (core, { port, origin }: { port: number; origin: string }) => core.gatewayStart(port, origin.trim() || null),
    {
      failure: "inline",
      done: shown,
      failed: (problem) => refuseAt(form, problem, { port: "port", origin: "origin" }),
    },
  );
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ port, origin }) => start.mutate({ port: numberOf(ranges.port, port) ?? 0, origin }))}
    >
      <div className={classes.form}>
        <NumberField
          range={ranges.port}
          label="Port"
          value={form.values.port}
          onType={(typed) => form.setFieldValue("port", typed)}
          error={form.errors.port}
        />
        <TextInput
          label="Origin of the page"
          placeholder="http://localhost:5173"
          description="Where the page is served from, if not from the gateway's own address. One that is not on this computer is asked about in a window of its own."
          inputWrapperOrder={["label", "input", "description", "error"]}
          spellCheck={false}
          {...form.getInputProps("origin")}
        />
      </div>
      <FailureNotice problem={start.error} mt="xs" />
      <Button mt="md" type="submit" loading={start.isPending} leftSection={<IconDoor size={14} aria-hidden />}>
        Open gateway
      </Button>
    </form>
  );
}

function Open({ url }: { url: string }) {
  const shown = useShown();
  const stop = useCommand((core) => core.gatewayStop(), { failure: "inline", done: shown });
  return (
    <>
      <Group gap="md">
        <Text component="div" size="sm" role="status">
          Open at <CopyText text={url} label="Copy the gateway's address" />
        </Text>
        <Button
          variant="default"
          size="compact-sm"
          loading={stop.isPending}
          leftSection={<IconDoorOff size={14} aria-hidden />}
          onClick={() => stop.mutate()}
        >
          Close gateway
        </Button>
      </Group>
      <FailureNotice problem={stop.error} mt="xs" />
    </>
  );
}
