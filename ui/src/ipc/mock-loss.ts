import type { Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld } from "./mock-world";

type LossCore = Pick<Core, "loss" | "lossAccept">;

/** A store that was lost, where a test says so, until its connection's name is typed. */
export function mockLoss(world: MockWorld, publish: (...stale: Topic[]) => void): LossCore {
  return {
    loss: async () => world.loss,
    lossAccept: async (name) => {
      const { loss } = world;
      if (loss && name !== loss.connection) fail("invalid_input", "name: must be the connection's name.");
      world.loss = null;
      world.status.notices = world.status.notices.filter((notice) => !notice.id.startsWith("loss-"));
      world.note("lossAccepted", "Accepted that a store was lost or put back.");
      publish("retention", "audit");
      return loss;
    },
  };
}
