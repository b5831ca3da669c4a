/**
 * Users: who has an account here. A person is in the log by `UserRegistered` and in the table `users` by their row; both come in
 * one transaction, so there is never one without the other.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { EventStore, type AppendError } from "../event-store/EventStore.ts"
import { newId } from "../ledger/Id.ts"
import { Passwords } from "./Passwords.ts"

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly roles: ReadonlyArray<string>
  readonly locale: string
}

export class EmailTaken extends Schema.TaggedError<EmailTaken>()("EmailTaken", {}) {}

/** Who may join: anyone, nobody but the first person until there are invitations, nobody but the first person. */
export type Registration = "open" | "invite" | "closed"

export class RegistrationClosed extends Schema.TaggedError<RegistrationClosed>()("RegistrationClosed", {
  registration: Schema.Literals(["invite", "closed"])
}) {}

/** How an address is kept and looked for: without blanks around it, in lower case. */
export const normalEmail = (email: string): string => email.trim().normalize("NFC").toLowerCase()

export class Users extends Context.Service<
  Users,
  {
    /** The first person becomes the operator, whatever the registration says. */
    register(
      person: { readonly email: string; readonly password: string; readonly name: string | null },
      registration: Registration
    ): Effect.Effect<User, EmailTaken | RegistrationClosed | AppendError>
    /** The person with this address and password, or null; takes the same time either way. */
    authenticate(email: string, password: string): Effect.Effect<User | null, SqlError>
    find(id: string): Effect.Effect<User | null, SqlError>
  }
>()("finance/identity/Users") {
  static readonly layer = Layer.effect(
    Users,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* EventStore
      const passwords = yield* Passwords

      const isFirst = Effect.gen(function* () {
        const [some] = yield* sql`SELECT FROM users LIMIT 1`
        if (some !== undefined) return false
        // Two people may both find the house empty: the lock lets one of them be first.
        yield* sql`SELECT pg_advisory_xact_lock(hashtext('finance_first_person'))`
        const [other] = yield* sql`SELECT FROM users LIMIT 1`
        return other === undefined
      })

      const insert = Effect.fnUntraced(function* (user: User, password_hash: string, registration: Registration) {
        const first = yield* isFirst
        if (!first && registration !== "open") return yield* new RegistrationClosed({ registration })
        const roles = first ? ["operator"] : []
        yield* sql`INSERT INTO users (id, email, name, password_hash, roles)
                   VALUES (${user.id}, ${user.email}, ${user.name}, ${password_hash}, ${roles}::text[])`.pipe(
          Effect.catchReason("SqlError", "UniqueViolation", () => Effect.fail(new EmailTaken()))
        )
        yield* store
          .appendOne({
            stream_id: user.id,
            stream_type: "user",
            owner_id: user.id,
            expected: "none",
            events: [{ type: "UserRegistered", user_id: user.id, email: user.email, name: user.name }],
            metadata: { actor: user.id }
          })
          .pipe(Effect.catchTags({ WrongExpectedVersion: Effect.die, CommandIdReused: Effect.die }))
        return { ...user, roles }
      }, sql.withTransaction)

      const row = sql`id, email, name, roles, locale`

      return Users.of({
        register: Effect.fn("Users.register")(function* ({ email, password, name }, registration) {
          const hash = yield* passwords.hash(password)
          return yield* insert({ id: newId(), email: normalEmail(email), name, roles: [], locale: "nb-NO" }, hash, registration)
        }),
        authenticate: Effect.fn("Users.authenticate")(function* (email: string, password: string) {
          const [found] = yield* sql<User & { password_hash: string }>`
            SELECT ${row}, password_hash FROM users WHERE lower(email) = ${normalEmail(email)}`
          if (!(yield* passwords.verify(found?.password_hash ?? null, password)) || found === undefined) return null
          const { password_hash: _, ...user } = found
          return user
        }),
        find: (id) => Effect.map(sql<User>`SELECT ${row} FROM users WHERE id = ${id}`, ([user]) => user ?? null)
      })
    })
  )
}
