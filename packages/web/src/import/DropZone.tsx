/** DropZone: takes a file by drag and drop, or by the file dialog, which the keyboard reaches too. */
import { createSignal, onCleanup, onMount } from "solid-js"
import { Icon } from "../controls/Icon.tsx"
import { useLocale } from "../locale/Locale.tsx"

export const DropZone = (props: { readonly reading: boolean; readonly take: (file: File) => void }) => {
  const { t } = useLocale()
  const [over, setOver] = createSignal(false)
  let input!: HTMLInputElement
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0]
    if (file !== undefined) props.take(file)
    input.value = ""
  }
  // anywhere on the page, or the browser would leave it to open a file that missed
  onMount(() => {
    const drag = (event: DragEvent) => {
      event.preventDefault()
      setOver(event.type === "dragover")
    }
    const drop = (event: DragEvent) => {
      drag(event)
      take(event.dataTransfer?.files)
    }
    const handlers = { dragover: drag, dragleave: drag, drop }
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler as EventListener)
    onCleanup(() => {
      for (const [name, handler] of Object.entries(handlers)) removeEventListener(name, handler as EventListener)
    })
  })
  return (
    <div
      class="flex min-h-64 flex-col items-center justify-center gap-2 rounded-xl border-2 border-dashed p-6 text-center transition-colors"
      classList={{ "border-accent bg-accent-soft": over(), "border-line-strong bg-inset": !over() }}
      aria-busy={props.reading}
    >
      <span class="rounded-full bg-surface p-3 text-accent" classList={{ "animate-pulse": props.reading }}>
        <Icon name="upload" class="size-7" />
      </span>
      <p class="text-base font-semibold">{props.reading ? t().import.reading : t().import.drop}</p>
      <p class="text-muted">{t().import.orPick}</p>
      <input
        ref={(element) => (input = element)}
        type="file"
        class="sr-only"
        tabindex="-1"
        aria-label={t().import.pick}
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        onChange={() => take(input.files)}
      />
      <button type="button" class="button button-primary" disabled={props.reading} onClick={() => input.click()}>
        {t().import.pick}
      </button>
      <p class="mt-2 max-w-sm text-[0.8125rem] text-muted">{t().import.formats}</p>
    </div>
  )
}
