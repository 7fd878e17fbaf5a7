import type { AuditCheck, Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld } from "./mock-world";

type AuditCore = Pick<Core, "auditPage" | "auditVerify" | "auditSetAside">;

/** The audit log of the mock: lines in memory, broken where a test says so. */
export function mockAudit(world: MockWorld, publish: (...stale: Topic[]) => void): AuditCore {
  function check(): AuditCheck {
    const broken = world.auditBroken;
    return {
      ok: broken === null,
      lines: broken ? broken.line - 1 : world.audit.length,
      head: `${world.audit.length}`.padStart(8, "5e").repeat(8),
      problem: broken?.problem ?? null,
      line: broken?.line ?? null,
      checkedAt: new Date(world.now()).toISOString(),
    };
  }
  return {
    auditPage: async (offset, limit) => ({
      lines: world.audit.slice(offset, offset + limit),
      total: world.audit.length,
    }),
    auditVerify: async () => check(),
    auditSetAside: async () => {
      const { ok, lines } = check();
      if (ok) fail("invalid_input", "The audit log is whole: there is nothing to set aside.");
      world.auditBroken = null;
      world.audit = [];
      world.note("logSetAside", `The log before this one was broken and set aside; ${lines} lines of it were whole.`);
      publish("audit");
      return check();
    },
  };
}
