/**
 * Lessons: what a person's dismissals have taught, of each type and of each merchant (or, for merchants that were new, of each category).
 */
import type { AnomalyType } from "./Anomaly.ts"
import type { Finding } from "./Finding.ts"

export interface Lesson {
  readonly times: number
  /** The largest that was dismissed (`Finding.size`). */
  readonly size: number
}

/** By `keyOf`. */
export type Lessons = ReadonlyMap<string, Lesson>

export const noLessons: Lessons = new Map()

export const keyOf = (type: AnomalyType, scope: string): string => `${type}/${scope}`

/** What was dismissed, with some room above it, is usual from then on. */
const room = 1.1
/** How much more surprise each dismissal asks for. */
const raise = 0.15

export const isLearned = (lessons: Lessons, { type, scope, size, score }: Finding): boolean => {
  const lesson = lessons.get(keyOf(type, scope))
  if (lesson === undefined) return false
  return score < 0.5 + raise * lesson.times || (type !== "duplicate" && size <= lesson.size * room)
}

export const learn = (lesson: Lesson | undefined, size: number): Lesson => ({
  times: (lesson?.times ?? 0) + 1,
  size: Math.max(lesson?.size ?? 0, size)
})
