/**
 * TestReceivers: real servers at the other end: one that takes mail, and one that takes web requests and answers as the test wants.
 */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { trustedHosts } from "@finance/core/notifications/WebAddress"
import * as Messenger from "./Messenger.ts"

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A status, or what else a server may do: break off, or say nothing at all. */
export type Behaviour = number | "break" | { readonly status: number; readonly headers: Readonly<Record<string, string>> }

export interface Mail {
  readonly to: string
  readonly text: string
}

/** `break`: takes the text, and hangs up rather than answer. */
export type MailBehaviour = "take" | "break" | { readonly responseCode: number; readonly at: "recipient" | "text" }

export class TestReceivers extends Context.Service<
  TestReceivers,
  {
    /** Without a path. */
    readonly url: string
    /** What came to paths that begin so. */
    requests(path: string): ReadonlyArray<Received>
    /** How paths that begin so are answered, in turn; the last of them stays. 200 unless said. */
    answers(path: string, behaviours: ReadonlyArray<Behaviour>): void
    readonly mailPort: number
    mailsTo(address: string): ReadonlyArray<Mail>
    mailAnswers(address: string, behaviours: ReadonlyArray<MailBehaviour>): void
  }
>()("finance/processors/TestReceivers") {}

const listening = (server: Server | SMTPServer) =>
  Effect.callback<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = ("server" in server ? server.server : server).address() as AddressInfo
      resume(Effect.succeed(port))
    })
  })

/** The next of what was asked for; the last one stays. */
const next = <A>(wanted: Map<string, Array<A>>, isFor: (name: string) => boolean, otherwise: A): A => {
  const [, queue] = [...wanted].find(([name]) => isFor(name)) ?? []
  if (queue === undefined) return otherwise
  return queue.length > 1 ? queue.shift()! : queue[0]!
}

const web = Effect.gen(function* () {
  const received: Array<Received> = []
  const wanted = new Map<string, Array<Behaviour>>()
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const path = request.url!
      received.push({ path, headers: request.headers, body: Buffer.concat(chunks) })
      const behaviour = next(wanted, (name) => path.startsWith(name), 200)
      if (behaviour === "break") return request.socket.destroy()
      if (typeof behaviour === "number") response.writeHead(behaviour)
      else response.writeHead(behaviour.status, behaviour.headers)
      response.end("x".repeat(100_000))
    })
  })
  yield* Effect.acquireRelease(Effect.void, () => Effect.promise(async () => void server.close()))
  const port = yield* listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    requests: (path: string) => received.filter((request) => request.path.startsWith(path)),
    answers: (path: string, behaviours: ReadonlyArray<Behaviour>) => void wanted.set(path, [...behaviours])
  }
})

const refusal = (responseCode: number) => Object.assign(new Error("not today"), { responseCode })

const mail = Effect.gen(function* () {
  const mails: Array<Mail> = []
  const wanted = new Map<string, Array<MailBehaviour>>()
  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const behaviour = wanted.get(address)?.[0]
      if (typeof behaviour !== "object" || behaviour.at !== "recipient") return done()
      next(wanted, (name) => name === address, "take")
      done(refusal(behaviour.responseCode))
    },
    onData(stream, session, done) {
      const chunks: Array<Buffer> = []
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.on("end", () => {
        const to = session.envelope.rcptTo[0]!.address
        mails.push({ to, text: Buffer.concat(chunks).toString() })
        const behaviour = next<MailBehaviour>(wanted, (name) => name === to, "take")
        if (behaviour === "take") return done()
        if (behaviour !== "break") return done(refusal(behaviour.responseCode))
        for (const connection of server.connections) connection.close()
      })
    }
  }
  const server = new SMTPServer(options)
  server.on("error", () => undefined)
  yield* Effect.acquireRelease(Effect.void, () => Effect.promise(async () => void server.close()))
  return {
    mailPort: yield* listening(server),
    mailsTo: (address: string) => mails.filter(({ to }) => to === address),
    mailAnswers: (address: string, behaviours: ReadonlyArray<MailBehaviour>) => void wanted.set(address, [...behaviours])
  }
})

/** The servers, and a messenger whose operator trusts them. */
export const layer = Layer.unwrap(
  Effect.map(Effect.all([web, mail]), ([web, mail]) => {
    const receivers = TestReceivers.of({ ...web, ...mail })
    const settings = {
      smtp: { url: Redacted.make(`smtp://127.0.0.1:${mail.mailPort}`), from: "Finans <tracker@example.no>" },
      trusted: trustedHosts(new URL(web.url).host),
      contact: "mailto:tracker@example.no"
    }
    return Layer.merge(Layer.succeed(TestReceivers, receivers), Messenger.layerWith(settings))
  })
)
