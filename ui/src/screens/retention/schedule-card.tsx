import { Button, Group, Paper, Popover, Select, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { moment } from "../../format";
import type { ScheduleView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { FailureNotice } from "../../parts/failure-notice";
import { keys, useCommand, useReadOnly } from "../../queries";

/** Whether, when and in which zone the saved policy runs by itself. */
export function ScheduleCard() {
  const core = useCore();
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const [editing, setEditing] = useState(false);
  const { data, error } = useQuery({ queryKey: keys.schedule, queryFn: () => core.retentionSchedule() });
  const set = useCommand(
    (to, next: Pick<ScheduleView, "armed" | "cron" | "zone">) =>
      to.retentionSetSchedule(next.armed, next.cron, next.zone),
    {
      failure: "inline",
      done: (schedule) => {
        client.setQueryData(keys.schedule, schedule);
        setEditing(false);
      },
    },
  );
  if (error) return <FailureNotice problem={error} />;
  if (!data) return <Skeleton h={46} />;
  return (
    <Paper px="md" py={8} component="section" aria-label="Schedule">
      <Group gap="md" wrap="nowrap" mih={28}>
        <Switch
          label="Scheduled run"
          checked={data.armed}
          disabled={readOnly}
          onChange={(event) => set.mutate({ ...data, armed: event.currentTarget.checked })}
          styles={{
            body: { alignItems: "center" },
            label: { fontSize: "var(--mantine-font-size-sm)", fontWeight: 600 },
          }}
        />
        <Text size="sm" c="dimmed" truncate>
          {cronWords(data.cron)}, {data.zone}
        </Text>
        <Text size="xs" c="dimmed" ml="auto" style={{ whiteSpace: "nowrap" }}>
          {data.armed && data.nextDue ? `Next ${moment(data.nextDue)}` : "Off"}
          {data.lastDue && ` · last ${moment(data.lastDue)}`}
        </Text>
        <Popover opened={editing} onChange={setEditing} width={320} position="bottom-end" trapFocus>
          <Popover.Target>
            <Button variant="default" size="compact-sm" disabled={readOnly} onClick={() => setEditing((old) => !old)}>
              Change…
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <ScheduleForm
              key={`${data.cron} ${data.zone}`}
              schedule={data}
              saving={set.isPending}
              problem={set.error}
              onSave={(cron, zone) => set.mutate({ armed: data.armed, cron, zone })}
            />
          </Popover.Dropdown>
        </Popover>
      </Group>
      {set.error !== null && !editing && <FailureNotice problem={set.error} />}
    </Paper>
  );
}

type FormProps = {
  schedule: ScheduleView;
  saving: boolean;
  problem: unknown;
  onSave: (cron: string, zone: string) => void;
};

function ScheduleForm({ schedule, saving, problem, onSave }: FormProps) {
  const [cron, setCron] = useState(schedule.cron);
  const [zone, setZone] = useState(schedule.zone);
  const [zones] = useState(() => [...new Set([schedule.zone, "UTC", ...Intl.supportedValuesOf("timeZone")])]);
  const five = cron.trim().split(/\s+/).length === 5;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (five) onSave(cron.trim(), zone);
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Cron"
          description={five ? cronWords(cron.trim()) : undefined}
          value={cron}
          onChange={(event) => setCron(event.currentTarget.value)}
          error={five ? null : "Five fields: minute hour day month weekday."}
          spellCheck={false}
        />
        <Select
          label="Time zone"
          searchable
          limit={60}
          data={zones}
          value={zone}
          onChange={(value) => value && setZone(value)}
          comboboxProps={{ withinPortal: false }}
        />
        {problem !== null && <FailureNotice problem={problem} />}
        <Button type="submit" loading={saving} disabled={!five}>
          Save schedule
        </Button>
      </Stack>
    </form>
  );
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The common cron lines in words, any other as it stands. */
export function cronWords(cron: string): string {
  const [minute = "", hour = "", date, month, weekday = ""] = cron.split(/\s+/);
  if (!/^\d{1,2}$/.test(minute) || !/^\d{1,2}$/.test(hour) || date !== "*" || month !== "*") return `By cron ${cron}`;
  const at = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (weekday === "*") return `Every day at ${at}`;
  if (weekday === "1-5") return `Monday to Friday at ${at}`;
  return /^[0-7]$/.test(weekday) ? `Every ${WEEKDAYS[Number(weekday)]} at ${at}` : `By cron ${cron}`;
}
