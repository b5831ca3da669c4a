/** LiveEvents: what `GET /v1/live` tells a person, one event after the other; fails when the stream ends. */
import type { Person } from "./Person.ts"

export interface LiveEvent {
  readonly name: string
  /** JSON. */
  readonly data: string
}

export const liveEvents = async function* ({ url, token }: Pick<Person, "url" | "token">): AsyncGenerator<LiveEvent, never> {
  const response = await fetch(`${url}/v1/live`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok || response.body === null) throw new Error(`${response.status} from the live stream`)
  let text = ""
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const all = (text + chunk).split("\n\n")
    text = all.pop()!
    for (const event of all) {
      const [, name, data] = /^event: (\w+)\n[^]*^data: (.*)$/m.exec(event) ?? []
      if (name !== undefined) yield { name, data: data! }
    }
  }
  throw new Error("the live stream has ended")
}
