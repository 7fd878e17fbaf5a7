import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { draftLine } from "../draft-words";
import { useDrafts } from "../drafts";
import { countOf } from "../format";
import { useCore } from "../ipc/context";
import { Question } from "./dialogs";
import { DraftLines } from "./discard-question";
import { failureToast } from "./failure-toast";

/** The window is being closed while there are drafts, which would be lost: they are listed, and a person decides. */
export function LeaveQuestion() {
  const core = useCore();
  const drafts = useDrafts();
  const [asking, setAsking] = useState(false);

  useEffect(() => {
    const ask = () => {
      setAsking(true);
      // The window waits a limited time for this answer, and then asks in a dialog of its own.
      core.leave("asked").catch(failureToast);
    };
    window.addEventListener("innkeeper:leave", ask);
    return () => window.removeEventListener("innkeeper:leave", ask);
  }, [core]);

  const words = `Quit and discard ${countOf(drafts.length, "draft")}`;
  return (
    <Question
      opened={asking}
      title={`${words}?`}
      size={440}
      zIndex={500}
      stay="Keep and go on"
      onStay={() => setAsking(false)}
      act={words}
      onAct={() => core.leave("discard").catch(failureToast)}
    >
      <Text size="sm">What you typed and did not save or send is kept while the console runs, and never on disk.</Text>
      <DraftLines lines={drafts.map(draftLine)} />
    </Question>
  );
}
