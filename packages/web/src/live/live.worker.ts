/**
 * The one event stream of a browser. Tabs share it, because a browser opens at most six connections to an origin over HTTP/1.1:
 * a stream per tab would hang the seventh.
 */
import { openStream, type FromStream } from "./Stream.ts"

export type ToWorker = "hello" | "bye"

const ports = new Set<MessagePort>()
let stream: ReturnType<typeof openStream> | undefined
let state: FromStream = { kind: "state", state: "connecting" }

const tell = (message: FromStream) => {
  if (message.kind === "state") state = message
  ports.forEach((port) => port.postMessage(message))
}

const serve = (port: MessagePort, message: ToWorker) => {
  if (message === "hello") {
    ports.add(port)
    stream ??= openStream("/v1/live", tell)
    port.postMessage(state)
    return
  }
  ports.delete(port)
  if (ports.size > 0) return
  stream?.close()
  stream = undefined
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0]!
  port.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => serve(port, data))
  port.start()
})
