/** Categories: their order on the screen, their colours and their names. */
import type { Category, CategoryOrNone } from "../api/Resources.ts"
import { useLocale } from "../locale/Locale.tsx"

const order: Readonly<Record<Category, true>> = {
  groceries: true,
  dining: true,
  transport: true,
  utilities: true,
  subscriptions: true,
  shopping: true,
  entertainment: true,
  health: true,
  education: true,
  travel: true,
  income: true,
  transfer: true,
  other: true
}

/** Every category a person can choose; a category missing here is a compile error. */
export const categories = Object.keys(order) as ReadonlyArray<Category>

interface Alternative {
  readonly category: CategoryOrNone
  readonly confidence: number
}

/** The alternatives that can be chosen: one cannot file a transaction under nothing. */
export const choosable = (alternatives: ReadonlyArray<Alternative>) =>
  alternatives.flatMap(({ category, confidence }) => (category === "uncategorized" ? [] : [{ category, confidence }]))

/** The categories a budget makes sense for: money out. */
export const spendingCategories = categories.filter((category) => category !== "income" && category !== "transfer")

/** Those whose name has a word that begins with what was typed, so that `re` finds Restaurant and Reise but not Dagligvarer. */
export const matching = (typed: string, nameOf: (category: Category) => string): ReadonlyArray<Category> => {
  const wanted = typed.trim().toLowerCase()
  return categories.filter((category) =>
    [category, ...nameOf(category).toLowerCase().split(/\s+/)].some((word) => word.startsWith(wanted))
  )
}

/** The colour of a category. Always beside its name, never alone. */
export const Mark = (props: { readonly category: CategoryOrNone }) => (
  <span class="mark" data-category={props.category} aria-hidden="true" />
)

export const CategoryName = (props: { readonly category: CategoryOrNone }) => {
  const { t } = useLocale()
  return (
    <span class="inline-flex min-w-0 items-center gap-2">
      <Mark category={props.category} />
      <span class="truncate">{t().categories[props.category]}</span>
    </span>
  )
}
