/**
 * Dialog: the browser's own modal dialog (focus stays inside, Escape closes, focus returns to where it was), as a sheet in the middle
 * or at the foot of a phone, or as a drawer at the side. It begins at the control marked `autofocus`, or else at its content.
 */
import { createUniqueId, onCleanup, onMount, type ParentProps } from "solid-js"
import { useLocale } from "../locale/Locale.tsx"
import { Icon } from "./Icon.tsx"

export interface DialogProps extends ParentProps {
  readonly title: string
  readonly shape?: "sheet" | "drawer"
  readonly close: () => void
}

export const Dialog = (props: DialogProps) => {
  const { t } = useLocale()
  const title = createUniqueId()
  let dialog!: HTMLDialogElement
  let content!: HTMLDivElement
  let gone = false
  onMount(() => {
    dialog.showModal()
    if (dialog.querySelector("[autofocus]") === null) content.focus()
    onCleanup(() => {
      gone = true
      // gives the focus back, which it can only while the dialog is in the page
      dialog.close()
    })
  })
  return (
    <dialog
      ref={(element) => (dialog = element)}
      class={props.shape ?? "sheet"}
      aria-labelledby={title}
      onClose={() => gone || props.close()}
      // a press on the backdrop is a press on the dialog itself
      onPointerDown={(event) => event.target === dialog && dialog.close()}
    >
      <div class="flex max-h-full flex-col">
        <header class="flex items-center gap-3 px-4 pt-3 pb-2">
          <h2 id={title} class="min-w-0 flex-1 text-base font-semibold">
            {props.title}
          </h2>
          <button
            type="button"
            class="button button-quiet border-transparent px-1.5"
            aria-label={t().actions.close}
            onClick={() => dialog.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <div ref={(element) => (content = element)} tabindex="-1" class="min-h-0 flex-1 overflow-y-auto px-4 pb-4 outline-none">
          {props.children}
        </div>
      </div>
    </dialog>
  )
}
