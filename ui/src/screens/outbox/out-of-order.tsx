import { Button, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { failureOf } from "../../ipc/core";
import { DialogFoot } from "../../parts/dialog-foot";
import { failureToast } from "../../parts/failure-toast";

/** Tells why something was not sent; where only the order is in the way, a person is asked about it and it is sent. */
export function useOrderQuestion<Input>(send: (input: Input) => void) {
  const [asked, setAsked] = useState<{ input: Input } | null>(null);
  return {
    failed: (problem: unknown, input: Input) => {
      if (failureOf(problem).code === "out_of_order") setAsked({ input });
      else failureToast(problem);
    },
    question: asked && <OutOfOrderModal onSend={() => send(asked.input)} onClose={() => setAsked(null)} />,
  };
}

type Props = { onSend: () => void; onClose: () => void };

/** Asks before a refused message goes after what its guest wrote later. */
function OutOfOrderModal({ onSend, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title="Send it out of order?" size={440}>
      <Stack gap="sm">
        <Text size="sm">
          Later messages of this conversation are with the org already. What is sent now is read after them: not in the
          order in which the guest wrote.
        </Text>
        <DialogFoot>
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            onClick={() => {
              onClose();
              onSend();
            }}
          >
            Send out of order
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
