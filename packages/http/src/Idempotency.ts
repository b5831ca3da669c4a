/**
 * Idempotency: a command sent again under the same `Idempotency-Key` within 24 hours is answered again and not carried out again.
 *
 * Invariants
 *  1. Of two requests with one key, one is carried out; the other gets its answer, or 409 while there is none.
 *  2. A key that comes back with another body is refused.
 *  3. A command that was refused or broke is forgotten, and may be sent again.
 *  4. What a command creates has an id made from the key (`newIdFor`), so that a command that was carried out just before a crash
 *     finds its own work when it comes again, and does not do it twice.
 *  5. A command whose process died while it carried it out may be sent again at once.
 *
 * Answers hold a person's data, so they are kept under the person's key; so is what tells one body from another, since the hash alone
 * of a body with few possible contents would give it away.
 */
import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as SqlClient from "effect/sql/SqlClient"
import { Presence } from "@finance/core/database/Presence"
import { Vault } from "@finance/core/event-store/Vault"
import { newId } from "@finance/core/ledger/Id"
import { maxBytes } from "@finance/core/statements/Statement"
import { unbroken } from "./Breakdown.ts"
import { CurrentPerson, Idempotency } from "./contract/Middleware.ts"
import { Conflict, ValidationFailed } from "./contract/Problem.ts"
import { bodyOf } from "./Strictness.ts"

/** The command that is being carried out under a key; null when it came without one. */
const CommandId = Context.Reference<string | null>("finance/http/CommandId", { defaultValue: () => null })

/** An id for what the command creates: the same one each time the command comes. */
export const newIdFor = Effect.fnUntraced(function* (owner_id: string) {
  const command_id = yield* CommandId
  if (command_id === null) return { id: newId(), mayExist: false }
  const vault = yield* Vault
  const key = yield* vault.keyOf(owner_id)
  return { id: key.streamIdOf(`command/${command_id}`), mayExist: true }
})

const validKey = /^[\x21-\x7e]{1,255}$/

const sha256 = (...parts: ReadonlyArray<string | Uint8Array>) => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part).update("\0")
  return hash.digest()
}

const binding = (command_id: string) => `command/${command_id}`

interface Command {
  readonly command_id: string
  readonly owner_id: string
  readonly body_hash: Uint8Array
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const { number: process } = yield* Presence

  /** True for the one who may carry it out. None runs for two minutes: one that seems to was never forgotten. */
  const claim = ({ command_id, owner_id, body_hash }: Command) =>
    sql`
      INSERT INTO commands AS c (command_id, owner_id, body_hash, claimed_by) VALUES (${command_id}, ${owner_id}, ${body_hash}, ${process})
      ON CONFLICT (command_id) DO UPDATE
        SET body_hash = excluded.body_hash, claimed_by = excluded.claimed_by, status = NULL, result = NULL, recorded_at = now()
      WHERE c.recorded_at < now() - interval '24 hours'
         OR (c.status IS NULL AND c.body_hash = excluded.body_hash
             AND (c.recorded_at < now() - interval '2 minutes' OR NOT coalesce(is_present(c.claimed_by), false)))
      RETURNING 1`.pipe(Effect.map((rows) => rows.length > 0))

  const commandOf = Effect.fnUntraced(function* (owner_id: string, given: string, request: string, body: Uint8Array) {
    const key = yield* vault.keyOf(owner_id)
    const command: Command = {
      command_id: sha256(owner_id, given).toString("hex"),
      owner_id,
      body_hash: key.fingerprint(sha256(request, body).toString("hex"))
    }
    return command
  })

  const replay = Effect.fnUntraced(function* ({ command_id, owner_id, body_hash }: Command) {
    const [kept] = yield* sql<{ body_hash: Uint8Array; status: number | null; result: Uint8Array | null }>`
      SELECT body_hash, status, result FROM commands WHERE command_id = ${command_id}`
    if (kept === undefined || (kept.status === null && Buffer.compare(kept.body_hash, body_hash) === 0)) {
      return yield* new Conflict({ code: "command-running", detail: "The same command is being carried out: ask again" })
    }
    if (Buffer.compare(kept.body_hash, body_hash) !== 0) {
      return yield* new ValidationFailed({
        errors: [{ in: "header", path: "idempotency-key", message: "The key was used for another request" }]
      })
    }
    const key = yield* vault.keyOf(owner_id)
    const { type, body } = JSON.parse(Buffer.from(key.open(kept.result!, binding(command_id))).toString()) as Answer
    const answer =
      type === null
        ? HttpServerResponse.empty({ status: kept.status! })
        : HttpServerResponse.text(body, { status: kept.status!, contentType: type })
    return HttpServerResponse.setHeader(answer, "idempotency-replayed", "true")
  })

  const keep = Effect.fnUntraced(function* ({ command_id, owner_id }: Command, response: HttpServerResponse.HttpServerResponse) {
    const web = HttpServerResponse.toWeb(response)
    const answer: Answer = { type: web.headers.get("content-type"), body: yield* Effect.promise(() => web.text()) }
    const key = yield* vault.keyOf(owner_id)
    const sealed = key.seal(Buffer.from(JSON.stringify(answer)), binding(command_id))
    yield* sql`UPDATE commands SET status = ${response.status}, result = ${sealed} WHERE command_id = ${command_id}`
  })

  /** Where the database has gone away, that is what broke the command: it is forgotten once that is back, and nobody waits for it here. */
  const forget = ({ command_id }: Command) => {
    const once = sql`DELETE FROM commands WHERE command_id = ${command_id} AND status IS NULL AND claimed_by = ${process}`
    const later = Effect.retry(once, { times: 120, schedule: Schedule.spaced("500 millis") })
    return Effect.catch(once, () => Effect.forkDetach(Effect.ignore(later)))
  }

  return { commandOf, claim, replay, keep, forget }
})

interface Answer {
  readonly type: string | null
  readonly body: string
}

export const layer = Layer.effect(
  Idempotency,
  Effect.gen(function* () {
    const commands = yield* make
    return Idempotency.of((handled) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const given = request.headers["idempotency-key"]
        if (given === undefined || request.method !== "POST") return yield* handled
        if (!validKey.test(given)) {
          return yield* new ValidationFailed({
            errors: [{ in: "header", path: "idempotency-key", message: "Expected 1 to 255 visible ASCII characters" }]
          })
        }
        const { user_id: owner_id } = yield* CurrentPerson
        // A body that is too large or breaks off is told of by who reads it next.
        const body = yield* Effect.orElseSucceed(bodyOf(request, maxBytes), () => new ArrayBuffer(0))
        const target = `${request.method} ${request.url}`
        const command = yield* unbroken(commands.commandOf(owner_id, given, target, new Uint8Array(body)))
        if (!(yield* unbroken(commands.claim(command)))) return yield* unbroken(commands.replay(command))
        return yield* handled.pipe(
          Effect.provideService(CommandId, command.command_id),
          Effect.tap((response) => unbroken(commands.keep(command, response))),
          Effect.onError(() => commands.forget(command))
        )
      })
    )
  })
)
