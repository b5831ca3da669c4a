/**
 * Toasts: short messages in a corner, read aloud, one of them with a way back. A message waits while the pointer or the focus is on it.
 */
import { createContext, createSignal, For, onCleanup, Show, useContext, type ParentProps } from "solid-js"
import { Problem } from "../api/Api.ts"
import { useLocale } from "../locale/Locale.tsx"
import { Icon, type IconName } from "./Icon.tsx"
import { sentenceOf } from "./ProblemNotice.tsx"

export type Tone = "ok" | "warn" | "high" | "bad"

export interface Toast {
  readonly tone: Tone
  readonly text: string
  readonly undo?: () => void
}

interface Shown extends Toast {
  readonly id: number
}

const lifetime = 8_000
const icons: Readonly<Record<Tone, IconName>> = { ok: "level-ok", warn: "level-warn", high: "level-high", bad: "level-bad" }
export const toneClass: Readonly<Record<Tone, string>> = { ok: "text-ok", warn: "text-warn", high: "text-high", bad: "text-bad" }
export const toneIcon = (tone: Tone): IconName => icons[tone]

const make = () => {
  const { t } = useLocale()
  const [toasts, set] = createSignal<ReadonlyArray<Shown>>([])
  let next = 0
  const dismiss = (id: number) => set(toasts().filter((toast) => toast.id !== id))
  const tell = (toast: Toast) => set([...toasts().slice(-2), { ...toast, id: next++ }])
  /** Runs what a person asked for; if it fails, says why. */
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      tell({ tone: "bad", text: sentenceOf(error.document, t()) })
      return false
    }
  }
  return { toasts, dismiss, tell, attempt }
}

const Context = createContext<ReturnType<typeof make>>()

export const useToasts = () => useContext(Context)!

const Message = (props: { readonly toast: Shown; readonly dismiss: () => void }) => {
  const { t } = useLocale()
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = () => clearTimeout(timer)
  const go = () => {
    wait()
    timer = setTimeout(props.dismiss, lifetime)
  }
  go()
  onCleanup(wait)
  return (
    <div
      class="pointer-events-auto flex w-full max-w-md items-center gap-3 rounded-xl border border-line bg-surface py-2 pr-2 pl-3 shadow-[0_8px_32px_var(--c-shadow)]"
      onPointerEnter={wait}
      onPointerLeave={go}
      onFocusIn={wait}
      onFocusOut={go}
    >
      <span class={toneClass[props.toast.tone]}>
        <Icon name={icons[props.toast.tone]} />
      </span>
      <p class="min-w-0 flex-1 font-medium">{props.toast.text}</p>
      <Show when={props.toast.undo}>
        {(undo) => (
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              props.dismiss()
              undo()()
            }}
          >
            {t().actions.undo}
          </button>
        )}
      </Show>
      <button
        type="button"
        class="button button-quiet border-transparent px-1.5"
        aria-label={t().actions.close}
        onClick={props.dismiss}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}

export const ToastProvider = (props: ParentProps) => {
  const value = make()
  return (
    <Context.Provider value={value}>
      {props.children}
      <div
        role="status"
        class="pointer-events-none fixed inset-x-0 bottom-20 z-20 flex flex-col items-center gap-2 px-4 sm:bottom-6 lg:left-52"
      >
        <For each={value.toasts()}>{(toast) => <Message toast={toast} dismiss={() => value.dismiss(toast.id)} />}</For>
      </div>
    </Context.Provider>
  )
}
