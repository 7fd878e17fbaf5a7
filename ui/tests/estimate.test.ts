import { expect, test } from "vitest";
import { estimate } from "../src/screens/retention/estimate";

test.each([
  ["no cap, no pace: the plan's own time", 40, null, null, 8, { guests: 40, seconds: 8 }],
  ["a cap counts only its share", 40, 5, null, 8, { guests: 5, seconds: 1 }],
  ["a cap above what is due changes nothing", 40, 500, null, 8, { guests: 40, seconds: 8 }],
  ["never faster than the pace", 40, null, 6, 0, { guests: 40, seconds: 400 }],
  ["cap and pace together", 40, 5, 6, 0, { guests: 5, seconds: 50 }],
  ["never faster than the budget", 40, 20, 6_000, 80, { guests: 20, seconds: 40 }],
  ["nobody is due", 0, 5, 6, 0, { guests: 0, seconds: 0 }],
])("%s", (_what, due, cap, pace, secondsOfThePlan, expected) => {
  expect(estimate(due, cap, pace, secondsOfThePlan)).toEqual(expected);
});
