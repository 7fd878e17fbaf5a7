import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { countOf, moment } from "../../format";
import type { NamedPolicyView, PlanView } from "../../ipc/bindings";
import { Fact, Facts } from "../../parts/facts";
import { Shown } from "../../parts/shown-text";
import { ageWords, sameWhat } from "./policy-draft";

type Props = { plan: PlanView; policy: NamedPolicyView; children?: ReactNode };

/** What a run of this plan does, line by line: under which policy, to whom and to how many. */
export function RunFacts({ plan, policy, children }: Props) {
  const { policy: what } = plan;
  const spared = [
    what.spareOpenConversations && "an open conversation",
    what.spareActive && "an active state",
    "a hold",
    "undelivered messages",
    "a change since the plan",
  ].filter((word) => word !== false);
  return (
    <Facts aria-label="What the run does">
      <Fact name="Policy">
        <Shown text={policy.name} />
        {!sameWhat(what, policy.what) && (
          <Text span inherit c="var(--ink-warm)">
            {" "}
            with values tried here, not saved
          </Text>
        )}
      </Fact>
      <Fact name="Guests">{countOf(plan.due, "guest")} due</Fact>
      <Fact name="Older than">
        {ageWords(what)}: before {moment(plan.cutoff)}
      </Fact>
      <Fact name="Filter">{what.filter ?? "None: every guest of that age"}</Fact>
      {children}
      <Fact name="Spared">Whoever has {spared.join(", ")}</Fact>
      {plan.notRemoved !== null && <Fact name="Stays in the org">{plan.notRemoved}</Fact>}
      {plan.holdsChanged && (
        <Fact name="Holds">
          <Text span inherit c="var(--ink-warm)">
            Changed since the plan. New ones keep their guests; who was on hold then is not in it.
          </Text>
        </Fact>
      )}
    </Facts>
  );
}
