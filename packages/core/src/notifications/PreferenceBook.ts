/**
 * PreferenceBook: a person's preferences as they are kept. Who has chosen nothing has the defaults.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "../database/Columns.ts"
import { defaultPreferences, type Preferences } from "./Preferences.ts"

interface PreferenceRow {
  readonly owner_id: string
  readonly language: Preferences["language"]
  readonly discreet: boolean
  readonly quiet_from: string | null
  readonly quiet_to: string | null
  readonly time_zone: string | null
  readonly kinds: Partial<Preferences["kinds"]>
}

const preferencesIn = ({ language, discreet, quiet_from, quiet_to, time_zone, kinds }: PreferenceRow): Preferences => ({
  language,
  discreet,
  quiet_hours: quiet_from === null ? null : { from: quiet_from, to: quiet_to!, time_zone: time_zone! },
  // A kind that a newer release has brought is as it is for who has chosen nothing.
  kinds: { ...defaultPreferences.kinds, ...kinds }
})

/** Those of several people who have chosen something, by owner. */
export const chosenBy = Effect.fn("PreferenceBook.chosenBy")(function* (owner_ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<PreferenceRow>`
    SELECT owner_id, language, discreet, quiet_from, quiet_to, time_zone, kinds FROM notification_preferences
    WHERE owner_id = ANY(${Columns.uuids(owner_ids)})`
  return new Map(rows.map((row) => [row.owner_id, preferencesIn(row)]))
})

export const preferencesOf = (owner_id: string) =>
  Effect.map(chosenBy([owner_id]), (chosen) => chosen.get(owner_id) ?? defaultPreferences)

/** Runs within `withPerson`. */
export const write = Effect.fn("PreferenceBook.write")(function* (owner_id: string, preferences: Preferences) {
  const sql = yield* SqlClient.SqlClient
  const { language, discreet, quiet_hours, kinds } = preferences
  yield* sql`
    INSERT INTO notification_preferences (owner_id, language, discreet, quiet_from, quiet_to, time_zone, kinds)
    VALUES (${owner_id}, ${language}, ${discreet}, ${quiet_hours?.from ?? null}, ${quiet_hours?.to ?? null},
            ${quiet_hours?.time_zone ?? null}, ${JSON.stringify(kinds)}::jsonb)
    ON CONFLICT (owner_id) DO UPDATE SET language = excluded.language, discreet = excluded.discreet, quiet_from = excluded.quiet_from,
      quiet_to = excluded.quiet_to, time_zone = excluded.time_zone, kinds = excluded.kinds`
})
