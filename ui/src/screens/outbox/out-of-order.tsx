import { Button, Modal, Stack, Text } from "@mantine/core";
import { failureOf } from "../../ipc/core";
import { DialogFoot } from "../../parts/dialog-foot";

/** Whether the core asks for a word about the order instead of having failed. */
export const asksAboutOrder = (problem: unknown) => failureOf(problem).code === "out_of_order";

type Props = { onSend: () => void; onClose: () => void };

/** Asks before a refused message goes after what its guest wrote later. */
export function OutOfOrderModal({ onSend, onClose }: Props) {
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
