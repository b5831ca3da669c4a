/** Processors: how the programs behind the screens are doing, and what their operator can have them do. */
import { createSignal, For, onCleanup, Show } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { ProcessorState } from "../api/Resources.ts"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { ProgressBar } from "../controls/ProgressBar.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"

const interval = 2_000

const stateClass: Readonly<Record<string, string>> = {
  "caught-up": "bg-ok-soft text-ok",
  running: "bg-accent-soft text-accent",
  failed: "bg-bad-soft text-bad",
  paused: "bg-warn-soft text-warn"
}

interface ProcessorProps {
  readonly processor: ProcessorState
  /** Gives it an order, as the path below its own. */
  readonly order: (path: string) => void
}

const Orders = (props: ProcessorProps) => {
  const { t, count } = useLocale()
  const isPaused = () => props.processor.state === "paused"
  return (
    <div class="mt-3 flex flex-wrap gap-2">
      <button type="button" class="button" onClick={() => props.order(isPaused() ? "resume" : "pause")}>
        {isPaused() ? t().processors.resume : t().processors.pause}
      </button>
      <Show when={props.processor.rebuild === undefined}>
        <button type="button" class="button" onClick={() => props.order("rebuild")}>
          {t().processors.rebuild}
        </button>
      </Show>
      <Show when={props.processor.parked > 0}>
        <button type="button" class="button" onClick={() => props.order("parked/replay")}>
          {t().processors.replay(count(props.processor.parked))}
        </button>
      </Show>
    </div>
  )
}

const Processor = (props: ProcessorProps) => {
  const { t, count } = useLocale()
  const name = () => t().processors.names[props.processor.name] ?? props.processor.name
  const lag = () => props.processor.partitions.reduce((sum, { lag_events }) => sum + lag_events, 0)
  const checkpoint = () => Math.max(0, ...props.processor.partitions.map((partition) => partition.checkpoint))
  const slowest = () => Math.max(0, ...props.processor.partitions.map(({ lag_seconds }) => lag_seconds))
  const facts = (): ReadonlyArray<readonly [string, string]> => [
    [
      t().processors.lag,
      lag() === 0 ? t().processors.upToDate : `${t().processors.lagEvents(count(lag()))} · ${count(Math.ceil(slowest()))} s`
    ],
    [t().processors.checkpoint, count(checkpoint())],
    [t().processors.throughput, props.processor.throughput === null ? "–" : count(props.processor.throughput)],
    [t().processors.parked, count(props.processor.parked)]
  ]
  return (
    <li class="card">
      <div class="flex items-center gap-3">
        <h2 class="min-w-0 flex-1 truncate text-[0.9375rem] font-semibold">{name()}</h2>
        <span class={`tag ${stateClass[props.processor.state] ?? "bg-inset text-muted"}`}>
          {t().processors.states[props.processor.state] ?? props.processor.state}
        </span>
      </div>
      <dl class="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 text-[0.8125rem]">
        <For each={facts()}>
          {([name, value]) => (
            <div>
              <dt class="text-muted">{name}</dt>
              <dd class="num font-medium">{value}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={props.processor.rebuild}>
        {(rebuild) => (
          <div class="mt-3">
            <ProgressBar label={t().processors.rebuilding(name())} done={rebuild().done} total={rebuild().total} />
          </div>
        )}
      </Show>
      <Show when={props.processor.last_error}>
        {(error) => (
          <p class="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-[0.8125rem] break-words">
            <span class="font-medium">{t().processors.error}: </span>
            {error()}
          </p>
        )}
      </Show>
      <div role="group" aria-label={name()}>
        <Orders {...props} />
      </div>
    </li>
  )
}

const Processors = () => {
  const { t } = useLocale()
  const processors = createQuery<ReadonlyArray<ProcessorState>>(() => "/processors", { scopes: ["processors"], key: "name" })
  const [refused, setRefused] = createSignal<ProblemDocument>()
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") processors.refresh()
  }, interval)
  onCleanup(() => clearInterval(timer))
  const order = async (name: string, path: string) => {
    setRefused(undefined)
    try {
      await request(`/processors/${name}/${path}`, { method: "POST" })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setRefused(error.document)
    }
    processors.refresh()
  }
  return (
    <>
      <p class="mb-3 text-muted">{t().processors.lead}</p>
      <ProblemNotice problem={processors.problem()} retry={processors.refresh} />
      <ProblemNotice problem={refused()} />
      <ul class="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        <For each={processors.data()}>
          {(processor) => <Processor processor={processor} order={(path) => void order(processor.name, path)} />}
        </For>
      </ul>
    </>
  )
}

export default Processors
