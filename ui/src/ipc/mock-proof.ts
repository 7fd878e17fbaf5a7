import type { CertificateView, DayCount, NamedPolicyView, Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld } from "./mock-world";

const DAY = 86_400_000;

type ProofCore = Pick<
  Core,
  "retentionForecast" | "retentionCertificate" | "retentionCertificateSave" | "retentionCertificateSaveElsewhere"
>;

/** What lies ahead and what was done, out of the world of the mock. */
export function mockProof(
  world: MockWorld,
  policyOf: (id: string | null) => NamedPolicyView,
  publish: (...stale: Topic[]) => void,
): ProofCore {
  const issued = new Map<string, CertificateView>();
  const written = new Set<string>();

  function ahead({ what }: NamedPolicyView, days: number) {
    const today = Math.floor(world.now() / DAY);
    const byDay: DayCount[] = Array.from({ length: 90 }, (_, place) => ({
      day: new Date((today + place) * DAY).toISOString().slice(0, 10),
      guests: 0,
    }));
    let already = 0;
    let later = 0;
    for (const guest of world.guests.values()) {
      const born = Math.floor(Date.parse(what.fromLastActivity ? guest.modifiedTime : guest.createdTime) / DAY);
      const left = born + days - today;
      const slot = byDay[left];
      if (slot) slot.guests += 1;
      else if (left < 0) already += 1;
      else later += 1;
    }
    return { already, ahead: byDay, later };
  }

  function certificate(name: string): CertificateView {
    const run = world.runs.find((other) => other.run === name) ?? fail("not_found", `There is no run ${name}.`);
    if (run.state === "running") fail("run_active", `Run ${name} is going on; its certificate is written at its end.`);
    const plan = world.plan;
    const connection = world.status.connection;
    const lines = world.outcomes.get(name) ?? [];
    const reasons = new Map<string, number>();
    for (const { outcome, why } of lines) {
      if (outcome === "spared") reasons.set(why ?? "", (reasons.get(why ?? "") ?? 0) + 1);
    }
    world.note("certificateIssued", `The certificate of run ${name} was written.`);
    publish("audit");
    const now = new Date(world.now()).toISOString();
    return {
      run: name,
      fileName: `innkeeper-certificate-${name}.jsonl`,
      program: "innkeeper 0.1.0",
      issued: now,
      fingerprint: Array.from({ length: 16 }, (_, place) => (0x3f6c + place * 0x7d3).toString(16)).join(" "),
      connection: {
        name: connection?.name ?? "",
        kind: connection?.kind ?? null,
        environment: connection?.environment ?? "",
      },
      plan: run.plan,
      planCreatedAt: plan?.createdAt ?? now,
      cutoff: plan?.cutoff ?? now,
      policy: plan?.policy ?? policyOf(null).what,
      state: run.state,
      verified: run.verified ?? false,
      started: run.startedAt,
      ended: run.endedAt ?? now,
      max: run.capped,
      counts: {
        listed: run.total,
        deleted: run.deleted,
        inferred: 0,
        alreadyGone: run.alreadyGone,
        failed: run.failed,
        remaining: run.remaining,
        spared: [...reasons].map(([reason, guests]) => ({ reason, guests })),
      },
      holds: world.holds.length,
      auditLines: world.audit.length,
      genuine: true,
      problem: null,
    };
  }

  return {
    retentionForecast: async (id, thenDays) => {
      const policy = policyOf(id);
      world.online();
      world.record("GET", "/api/v2/guests");
      const now = ahead(policy, policy.what.days);
      const then = thenDays === null ? null : ahead(policy, thenDays);
      return {
        days: policy.what.days,
        ...now,
        thenDays,
        thenAlready: then?.already ?? null,
        thenAhead: then?.ahead ?? null,
        atOnce: then ? then.already - now.already : null,
        countedAt: new Date(world.now()).toISOString(),
      };
    },
    retentionCertificate: async (name) => {
      const known = issued.get(name) ?? certificate(name);
      issued.set(name, known);
      return known;
    },
    retentionCertificateSave: async (name, file) => save(name, file, "Downloads"),
    retentionCertificateSaveElsewhere: async (name, file) => save(name, file, "Elsewhere"),
  };

  function save(name: string, file: string, folder: string): string {
    if (written.has(file)) {
      fail("invalid_input", `file: ${file} exists already; nothing was written`, {
        fields: [{ field: "file", message: "exists already; nothing was written" }],
      });
    }
    if (!issued.has(name)) issued.set(name, certificate(name));
    written.add(file);
    return `/somewhere/ada/${folder}/${file}`;
  }
}
