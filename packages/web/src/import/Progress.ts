/**
 * Progress: imports on their way, as the event stream tells of them. Asked for once a second as well, because a stream can be down
 * just when the last event comes.
 */
import { createEffect, createSignal, onCleanup } from "solid-js"
import { Problem, request } from "../api/Api.ts"
import type { Import } from "../api/Resources.ts"
import { useLive } from "../live/Live.tsx"

const interval = 1_000

export const createImportProgress = (ids: () => ReadonlyArray<string>) => {
  const live = useLive()
  const [known, setKnown] = createSignal<ReadonlyMap<string, Import>>(new Map())
  const imports = () => ids().flatMap((id) => known().get(id) ?? [])
  const finished = () => imports().length === ids().length && imports().every(({ status }) => status !== "running")

  /** An answer that was overtaken by an event must not turn the bar back. */
  const learn = (fresh: Import) => {
    const before = known().get(fresh.id)
    if (before !== undefined && (before.status !== "running" || before.rows_done > fresh.rows_done)) return
    setKnown(new Map(known()).set(fresh.id, fresh))
  }
  live.on("import", learn)

  const ask = async (id: string) => {
    try {
      learn(await request<Import>(`/imports/${id}`))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  createEffect(() => {
    const asked = ids()
    if (asked.length === 0) return
    const askAll = () => {
      if (!finished()) asked.forEach((id) => void ask(id))
    }
    askAll()
    const timer = setInterval(askAll, interval)
    onCleanup(() => clearInterval(timer))
  })
  return { imports, finished }
}
