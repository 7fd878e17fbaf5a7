import { Alert, Drawer, List, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { countOf, duration } from "../../format";
import type { LabDisconnect, LabDoctorView, LabProblemView } from "../../ipc/bindings";
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

const ends: Record<LabDisconnect, string> = {
  off: "Never told to the guest",
  send: "Told; the guest can write on",
  readonly: "Told; afterwards nothing can be written",
};

const unsaid = "The org does not say";

/** What the configuration of the deployment says, where it says anything. */
function said(is: boolean | null, yes: string, no: string): string {
  if (is === null) return unsaid;
  return is ? yes : no;
}

/** Of which files it is known that their steps can work. */
function lookedAt(files: number, unread: number): string {
  if (files > 0) {
    const which = unread > 0 ? `the ${countOf(files, "file")} without a mistake` : `the ${countOf(files, "open file")}`;
    return `Every step of ${which} can work with this deployment.`;
  }
  return unread > 0 ? "No step was looked at." : "No scenario file is open, so no step was looked at.";
}

/** A problem's place: its scenario, its file and the line there; nothing for one that concerns every chat. */
function placeOf({ scenario, file, line }: LabProblemView): string | null {
  if (!file) return null;
  const at = line ? `${file}, line ${line}` : file;
  return scenario ? `${scenario} (${at})` : at;
}

function Examined(doctor: LabDoctorView) {
  const { deployment, host, active, origins, attachmentMaxKb, attachmentTypes, sessionSeconds } = doctor;
  const { problems, files, unread } = doctor;
  const most = attachmentMaxKb === null ? "" : `, up to ${sizeWords(attachmentMaxKb * 1_024)}`;
  const types = attachmentTypes.length === 0 ? "" : `: ${attachmentTypes.join(", ")}`;
  const pages = origins === null || origins.length === 0 ? null : origins.join(", ");
  return (
    <>
      {unread.length > 0 && (
        <Alert
          color="orange"
          mb="md"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={`${countOf(unread.length, "open file")} ${unread.length === 1 ? "has" : "have"} a mistake and could not be looked at`}
        >
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            <Shown text={unread.join(", ")} />. What is wrong stands below each in the list of files.
          </Text>
        </Alert>
      )}
      {problems.length === 0 ? (
        <Alert color="teal" mb="md" icon={<IconCircleCheck size={18} aria-hidden />} title="A guest can connect">
          <Text size="xs">{lookedAt(files, unread.length)}</Text>
        </Alert>
      ) : (
        <Alert
          color="orange"
          mb="md"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={`${countOf(problems.length, "thing")} cannot work there`}
        >
          <List size="xs" spacing={4}>
            {problems.map((problem) => {
              const place = placeOf(problem);
              return (
                <List.Item key={`${place} ${problem.step} ${problem.why}`}>
                  {place !== null && (
                    <b>
                      <Shown text={place} />:{" "}
                    </b>
                  )}
                  <Shown text={problem.why} />
                </List.Item>
              );
            })}
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
        <Fact name="Takes guests">{said(active, "Yes", "No: it is switched off in the org")}</Fact>
        <Fact name="Pages">{pages === null ? "Any, or the org does not say" : <Shown text={pages} />}</Fact>
        <Fact name="Begins">
          {said(doctor.autoStart, "With the session, before the guest writes", "With the guest's first message")}
        </Fact>
        <Fact name="End">{doctor.disconnect === null ? unsaid : ends[doctor.disconnect]}</Fact>
        <Fact name="Clear">{said(doctor.clear, "The guest may clear the conversation", "Not allowed")}</Fact>
        <Fact name="Files">{said(doctor.attachments, `Taken${types}${most}`, "Not taken")}</Fact>
        <Fact name="Guest's typing">{said(doctor.typing, "Shown to the agent", "Not shown to the agent")}</Fact>
        <Fact name="Agent's typing">{said(doctor.agentTyping, "Shown to the guest", "Not shown to the guest")}</Fact>
        <Fact name="Session">
          {sessionSeconds === null
            ? "The org does not say how long"
            : `${duration(sessionSeconds)} after the last message`}
        </Fact>
      </Facts>
    </>
  );
}
