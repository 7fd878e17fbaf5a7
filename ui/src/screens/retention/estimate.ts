/**
 * How many guests one run deletes at most, and about how long that takes. Pure.
 * `secondsOfThePlan` is what all that are due take at the rate budget; the pace is in guests a minute.
 */
export function estimate(due: number, cap: number | null, pace: number | null, secondsOfThePlan: number) {
  const guests = Math.min(due, cap ?? due);
  const atBudget = due === 0 ? 0 : (secondsOfThePlan * guests) / due;
  const atPace = pace === null ? 0 : (guests * 60) / pace;
  return { guests, seconds: Math.max(atBudget, atPace) };
}
