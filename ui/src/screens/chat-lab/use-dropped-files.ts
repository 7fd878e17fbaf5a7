import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { LabFileView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { tell } from "../../parts/tell";
import { keys, useAsk, useCommand, usePreferences } from "../../queries";

/** Sends each file that a person drops on a chat as its guest. The shell takes the drop and gives no more than a handle. */
export function useDroppedFiles() {
  const { preferences } = usePreferences();
  const { data } = useAsk(keys.labDropped, (core) => core.labFilesDropped(), { gcTime: 0 });
  // What was dropped before the chats were on the screen was dropped on something else.
  const listening = useRef(false);
  const send = useCommand(
    (core, { chat, file }: { chat: string; file: LabFileView }) =>
      core.labAttach(chat, crypto.randomUUID(), file.handle, null),
    { stale: ["chatLab"] },
  );
  const take = useEffectEvent((files: LabFileView[]) => {
    for (const file of files) {
      const chat = chatUnder(file, preferences.zoom);
      if (chat !== null) send.mutate({ chat, file });
      else tell("Nothing was sent", `Drop ${shown(file.name)} on the chat of the guest who shall send it.`, "yellow");
    }
  });
  useEffect(() => {
    if (data === undefined) return;
    if (listening.current) take(data);
    listening.current = true;
  }, [data]);
}

/** The chat over which a person drags a file now; `null` over anything else. */
export function useDraggedOver(): string | null {
  const [chat, setChat] = useState<string | null>(null);
  useEffect(() => {
    const over = (event: DragEvent) => {
      const isFile = event.dataTransfer?.types.includes("Files") === true;
      const under = isFile && event.target instanceof Element ? event.target.closest<HTMLElement>("[data-chat]") : null;
      setChat(under?.dataset.chat ?? null);
    };
    // One that leaves for another part of the page is told of there.
    const left = (event: DragEvent) => event.relatedTarget === null && setChat(null);
    const ended = () => setChat(null);
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", left);
    document.addEventListener("drop", ended);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", left);
      document.removeEventListener("drop", ended);
    };
  }, []);
  return chat;
}

/** The chat on which a file was dropped. The shell counts without the zoom of the page. */
function chatUnder({ droppedAt }: LabFileView, zoom: number): string | null {
  if (droppedAt === null) return null;
  const under = document.elementFromPoint((droppedAt.x * 100) / zoom, (droppedAt.y * 100) / zoom);
  return under?.closest<HTMLElement>("[data-chat]")?.dataset.chat ?? null;
}
