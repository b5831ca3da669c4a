/** CategoryDialog: choose a category from the keyboard: type a few letters, move with the arrows, Enter. */
import { createMemo, createSignal, createUniqueId, For, Show } from "solid-js"
import type { Category, CategoryOrNone, Transaction } from "../api/Resources.ts"
import { CategoryName, choosable, matching } from "../categories/Categories.tsx"
import { Dialog } from "../controls/Dialog.tsx"
import { Icon } from "../controls/Icon.tsx"
import { useLocale } from "../locale/Locale.tsx"

export interface CategoryDialogProps {
  readonly title: string
  readonly current: CategoryOrNone | undefined
  readonly alternatives: Transaction["alternatives"]
  readonly choose: (category: Category) => void
  readonly close: () => void
}

export const CategoryDialog = (props: CategoryDialogProps) => {
  const { t, percent } = useLocale()
  const list = createUniqueId()
  const [typed, setTyped] = createSignal("")
  const [at, setAt] = createSignal(0)
  const found = createMemo(() => matching(typed(), (category) => t().categories[category]))
  const optionId = (category: Category) => `${list}-${category}`
  let options!: HTMLUListElement

  const choose = (category: Category | undefined) => {
    if (category === undefined) return
    // first, for what is chosen for depends on what is open
    props.choose(category)
    props.close()
  }
  const move = (to: number) => {
    setAt(Math.max(0, Math.min(found().length - 1, to)))
    options.children[at()]?.scrollIntoView({ block: "nearest" })
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(at() + 1),
    ArrowUp: () => move(at() - 1),
    Enter: () => choose(found()[at()])
  }
  const press = (event: KeyboardEvent) => {
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    // or the same press would act on the list below as well
    event.stopPropagation()
    act()
  }

  return (
    <Dialog title={props.title} close={props.close}>
      <Show when={choosable(props.alternatives).length > 0}>
        <p class="label">{t().transactions.suggestions}</p>
        <div class="mb-3 flex flex-wrap gap-2">
          <For each={choosable(props.alternatives)}>
            {({ category, confidence }) => (
              <button type="button" class="button" onClick={() => choose(category)}>
                <CategoryName category={category} />
                <span class="num text-xs text-muted">{percent(confidence * 100)}</span>
              </button>
            )}
          </For>
        </div>
      </Show>
      <label class="label" for={`${list}-input`}>
        {t().transactions.category}
      </label>
      <input
        autofocus
        id={`${list}-input`}
        class="field"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={found()[at()] === undefined ? undefined : optionId(found()[at()]!)}
        autocomplete="off"
        placeholder={t().transactions.filterCategories}
        value={typed()}
        onInput={(event) => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <ul
        ref={(element) => (options = element)}
        id={list}
        role="listbox"
        aria-label={t().transactions.category}
        class="mt-2 max-h-[22rem] overflow-y-auto"
      >
        <For each={found()}>
          {(category, index) => (
            <li
              id={optionId(category)}
              role="option"
              aria-selected={index() === at()}
              class="flex cursor-pointer items-center gap-2 rounded-lg px-3 py-1.5"
              classList={{ "bg-accent-soft": index() === at() }}
              onPointerMove={() => setAt(index())}
              onClick={() => choose(category)}
            >
              <CategoryName category={category} />
              <Show when={category === props.current}>
                <Icon name="check" class="ml-auto size-4 text-accent" />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={found().length === 0}>
        <p class="px-3 py-2 text-muted">{t().transactions.noCategory}</p>
      </Show>
    </Dialog>
  )
}
