import { Table } from "@mantine/core";
import { count } from "../../format";
import type { PlanView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { Section } from "../../parts/section";
import classes from "./retention.module.css";

/** Who is old enough and stays all the same, by the reason. */
export function SparedTable({ plan }: { plan: PlanView }) {
  const most = [...plan.sparedReasons].sort((a, b) => b.guests - a.guests);
  return (
    <Section title="Who is spared, and why">
      {most.length === 0 ? (
        <Note>Nobody: every guest that is old enough is due.</Note>
      ) : (
        <Table
          verticalSpacing={4}
          horizontalSpacing={6}
          fz="sm"
          className={classes.counts}
          data={{
            head: ["Reason", "Guests"],
            body: most.map(({ reason, guests }) => [reason, count(guests)]),
          }}
        />
      )}
    </Section>
  );
}
