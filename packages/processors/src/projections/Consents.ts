/** The `user_consents` read model: what each person agrees to now. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { UserEvent } from "@finance/core/privacy/User"

type ConsentEvent = Extract<UserEvent, { type: "ConsentGranted" | "ConsentWithdrawn" }>

export const project = Effect.fnUntraced(function* (recorded: RecordedEvent, event: ConsentEvent) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO user_consents (owner_id, consent_type, granted, policy_version, changed_at)
    VALUES (${recorded.owner_id}, ${event.consent_type}, ${event.type === "ConsentGranted"}, ${event.policy_version}, ${recorded.recorded_at})
    ON CONFLICT (owner_id, consent_type) DO UPDATE SET granted = excluded.granted, policy_version = excluded.policy_version,
      changed_at = excluded.changed_at`
})
