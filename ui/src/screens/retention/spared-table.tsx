import { Paper, Table, Text, Title } from "@mantine/core";
import { count } from "../../format";
import type { PlanView } from "../../ipc/bindings";

/** Who is old enough and stays all the same, by the reason. */
export function SparedTable({ plan }: { plan: PlanView }) {
  const most = [...plan.sparedReasons].sort((a, b) => b.guests - a.guests);
  return (
    <Paper p="md" component="section" aria-labelledby="spared">
      <Title order={2} id="spared" fz="sm" mb={4}>
        Who is spared, and why
      </Title>
      {most.length === 0 ? (
        <Text size="xs" c="dimmed">
          Nobody: every guest that is old enough is due.
        </Text>
      ) : (
        <Table verticalSpacing={4} horizontalSpacing={6} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Reason</Table.Th>
              <Table.Th ta="right">Guests</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {most.map(({ reason, guests }) => (
              <Table.Tr key={reason}>
                <Table.Td>{reason}</Table.Td>
                <Table.Td ta="right">{count(guests)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
