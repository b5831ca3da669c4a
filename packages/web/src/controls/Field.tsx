/** Field: a labelled control with its hint and its complaint tied to it for those who cannot see them side by side. */
import { createUniqueId, Show, type JSX } from "solid-js"
import { useLocale } from "../locale/Locale.tsx"

export interface Wiring {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": "true" | undefined
}

export interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly optional?: boolean
  readonly complaint?: string | undefined
  readonly children: (wiring: Wiring) => JSX.Element
}

export const Field = (props: FieldProps) => {
  const { t } = useLocale()
  const id = createUniqueId()
  const wiring: Wiring = {
    id,
    get "aria-describedby"() {
      return props.complaint !== undefined || props.hint !== undefined ? `${id}-note` : undefined
    },
    get "aria-invalid"() {
      return props.complaint === undefined ? undefined : "true"
    }
  }
  return (
    <div>
      <label class="label" for={id}>
        {props.label}
        <Show when={props.optional}>
          <span class="font-normal text-faint"> · {t().signIn.optional}</span>
        </Show>
      </label>
      {props.children(wiring)}
      <Show when={props.complaint ?? props.hint}>
        {(note) => (
          <p
            id={`${id}-note`}
            class="mt-1 text-xs"
            classList={{ "text-bad": props.complaint !== undefined, "text-muted": props.complaint === undefined }}
          >
            {note()}
          </p>
        )}
      </Show>
    </div>
  )
}
