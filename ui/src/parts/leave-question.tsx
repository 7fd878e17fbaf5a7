import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { draftLine } from "../draft-words";
import { useDrafts } from "../drafts";
import { countOf } from "../format";
import { useCore } from "../ipc/context";
import { Question } from "./dialogs";
import { DraftLines } from "./discard-question";
import { failureToast } from "./failure-toast";

/** The shell wants to end, and drafts would go with it: a person decides, with what would go in sight. */
export function LeaveQuestion() {
  const core = useCore();
  const drafts = useDrafts();
  const [asking, setAsking] = useState(false);

  useEffect(() => {
    const ask = () => {
      setAsking(true);
      // The shell waits for this only so long, and then asks by itself.
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
