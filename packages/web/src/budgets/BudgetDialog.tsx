/** BudgetDialog: how much to spend on a category a month. */
import { createSignal, For, Show } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { Budget, Category } from "../api/Resources.ts"
import { spendingCategories } from "../categories/Categories.tsx"
import { Dialog } from "../controls/Dialog.tsx"
import { Field } from "../controls/Field.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { digitsOf, homeCurrency, parseAmount, toDecimal, toMinor, toNumber } from "../money/Amount.ts"

type Rollover = Budget["rollover"]

const rollovers: ReadonlyArray<Rollover> = ["none", "surplus", "deficit", "both"]

export interface BudgetDialogProps {
  readonly month: string
  /** The budget to change; none to set a new one. */
  readonly budget: Budget | undefined
  readonly taken: ReadonlyArray<Category>
  readonly saved: (category: Category) => void
  readonly close: () => void
}

export const BudgetDialog = (props: BudgetDialogProps) => {
  const { t, locale, day } = useLocale()
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [wrong, setWrong] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  const currency = () => props.budget?.currency ?? homeCurrency
  const before = () => {
    if (props.budget === undefined) return ""
    const decimal = toDecimal(toMinor(props.budget.budget_amount, currency()), digitsOf(currency())).replace(/\.0+$/, "")
    return locale() === "nb-NO" ? decimal.replace(".", ",") : decimal
  }

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const category = props.budget?.category ?? (form.get("category") as Category)
    const amount = parseAmount(String(form.get("budget_amount")), currency())
    setWrong(amount === undefined || amount <= 0n)
    if (wrong() || busy()) return
    const rollover = form.get("rollover") as Rollover
    const one_month = form.has("one_month")
    const body = { category, budget_amount: toNumber(amount!, currency()), month: props.month, rollover, one_month }
    setBusy(true)
    setProblem(undefined)
    try {
      await request("/budgets", { method: "POST", body })
      props.close()
      props.saved(category)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.document)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      title={props.budget === undefined ? t().budgets.set : t().budgets.change(t().categories[props.budget.category])}
      close={props.close}
    >
      <form class="space-y-3" onSubmit={(event) => void submit(event)}>
        <ProblemNotice problem={problem()} />
        <Show when={props.budget === undefined}>
          <Field label={t().budgets.category}>
            {(wiring) => (
              <select class="field" name="category" {...wiring}>
                <For each={spendingCategories.filter((category) => !props.taken.includes(category))}>
                  {(category) => <option value={category}>{t().categories[category]}</option>}
                </For>
              </select>
            )}
          </Field>
        </Show>
        <Field label={t().budgets.amount} hint={t().budgets.carries} complaint={wrong() ? t().budgets.amountInvalid : undefined}>
          {(wiring) => (
            <input
              class="field num"
              name="budget_amount"
              inputmode="decimal"
              required
              autocomplete="off"
              autofocus
              value={before()}
              {...wiring}
            />
          )}
        </Field>
        <Field label={t().budgets.rollover} hint={t().budgets.rolloverHint}>
          {(wiring) => (
            <select class="field" name="rollover" {...wiring}>
              <For each={rollovers}>
                {(rollover) => (
                  <option value={rollover} selected={rollover === (props.budget?.rollover ?? "none")}>
                    {t().budgets.rollovers[rollover]}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
        <label class="flex items-center gap-3">
          <input type="checkbox" class="check" name="one_month" />
          {t().budgets.oneMonth(day(props.month, "month"))}
        </label>
        <button type="submit" class="button button-primary w-full" disabled={busy()}>
          {t().actions.save}
        </button>
      </form>
    </Dialog>
  )
}
