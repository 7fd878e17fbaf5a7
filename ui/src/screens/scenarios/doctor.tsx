import { Alert, Drawer, List, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { countOf, duration } from "../../format";
import type { LabDoctorView } from "../../ipc/bindings";
import { Fact, Facts } from "../../parts/facts";
import { Pending } from "../../parts/pending";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk, useStatusOf } from "../../queries";
import { sizeWords } from "../chat-lab/content";

/** What a test can expect of the deployment, and which steps of the open files cannot work there. */
export function Doctor({ onClose }: { onClose: () => void }) {
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  const query = useAsk(keys.doctor(connection), (core) => core.labDoctor(null, null), { gcTime: 0 });
  return (
    <Drawer opened onClose={onClose} size={520} title="What a test can expect of the deployment">
      {query.data ? (
        <Examined {...query.data} />
      ) : (
        <Pending query={query} words="Reading what the deployment offers" again="Read again" />
      )}
    </Drawer>
  );
}

const yes = (does: boolean, words: string, otherwise: string) => (does ? words : otherwise);

function Examined({ deployment, host, active, origins, offers, sessionSeconds, problems }: LabDoctorView) {
  const most = offers.attachmentKib === null ? "" : `, up to ${sizeWords(offers.attachmentKib * 1_024)}`;
  const types = offers.attachmentTypes.length === 0 ? "" : `: ${offers.attachmentTypes.join(", ")}`;
  return (
    <>
      {problems.length === 0 ? (
        <Alert color="teal" mb="md" icon={<IconCircleCheck size={18} aria-hidden />} title="Nothing stands in the way">
          <Text size="xs">Every step of the open files can work with this deployment.</Text>
        </Alert>
      ) : (
        <Alert
          color="orange"
          mb="md"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={`${countOf(problems.length, "thing")} cannot work there`}
        >
          <List size="xs" spacing={4}>
            {problems.map(({ step, why }) => (
              <List.Item key={`${step} ${why}`}>
                {step !== null && (
                  <b>
                    <Shown text={step} />:{" "}
                  </b>
                )}
                <Shown text={why} />
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Facts>
        <Fact name="Deployment" width={128}>
          <Shown text={deployment} />
        </Fact>
        <Fact name="Host">
          <Shown text={host} />
        </Fact>
        <Fact name="Takes guests">{yes(active, "Yes", "No: it is switched off in the org")}</Fact>
        <Fact name="Pages">
          {origins.length === 0 ? "Any, or the org does not say" : <Shown text={origins.join(", ")} />}
        </Fact>
        <Fact name="Begins">
          {yes(offers.autoStart, "With the session, before the guest writes", "With the guest's first message")}
        </Fact>
        <Fact name="End">
          {offers.disconnect
            ? yes(offers.disconnectReadOnly, "Told; afterwards nothing can be written", "Told; the guest can write on")
            : "Never told to the guest"}
        </Fact>
        <Fact name="Clear">{yes(offers.clear, "The guest may clear the conversation", "Not allowed")}</Fact>
        <Fact name="Files">{yes(offers.attachments, `Taken${types}${most}`, "Not taken")}</Fact>
        <Fact name="Guest's typing">{yes(offers.typing, "Shown to the agent", "Not shown to the agent")}</Fact>
        <Fact name="Session">
          {sessionSeconds === null
            ? "The org does not say how long"
            : `${duration(sessionSeconds)} after the last message`}
        </Fact>
      </Facts>
    </>
  );
}
