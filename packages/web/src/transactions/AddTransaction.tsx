/** AddTransaction: one transaction by hand. */
import { createSignal, For, Show } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { Account, Transaction } from "../api/Resources.ts"
import { AccountForm } from "../accounts/AccountForm.tsx"
import { today } from "../calendar/Calendar.ts"
import { categories } from "../categories/Categories.tsx"
import { Dialog } from "../controls/Dialog.tsx"
import { Field } from "../controls/Field.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { homeCurrency, parseAmount, toNumber } from "../money/Amount.ts"

type Kind = "expense" | "income"

export interface AddTransactionProps {
  readonly accounts: ReadonlyArray<Account>
  readonly added: (transaction: Transaction) => void
  readonly close: () => void
}

export const AddTransaction = (props: AddTransactionProps) => {
  const { t } = useLocale()
  return (
    <Dialog title={t().transactions.add} close={props.close}>
      <Show when={props.accounts.length > 0} fallback={<AccountForm created={() => undefined} />}>
        <TransactionForm {...props} />
      </Show>
    </Dialog>
  )
}

const TransactionForm = (props: AddTransactionProps) => {
  const { t } = useLocale()
  const [kind, setKind] = createSignal<Kind>("expense")
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [wrong, setWrong] = createSignal(false)
  const [busy, setBusy] = createSignal(false)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const account = props.accounts.find(({ id }) => id === form.get("account_id"))
    const currency = account?.currency ?? homeCurrency
    const typed = parseAmount(String(form.get("amount")), currency)
    setWrong(typed === undefined || typed === 0n)
    if (wrong() || busy()) return
    const size = typed! < 0n ? -typed! : typed!
    const category = String(form.get("category"))
    const body = {
      account_id: form.get("account_id"),
      amount: toNumber(kind() === "expense" ? -size : size, currency),
      description: String(form.get("description")).trim(),
      occurred_at: form.get("occurred_at"),
      ...(category === "" ? {} : { category })
    }
    setBusy(true)
    setProblem(undefined)
    try {
      const added = await request<Transaction>("/transactions", { method: "POST", body })
      props.close()
      props.added(added)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.document)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form class="space-y-3" onSubmit={(event) => void submit(event)}>
      <ProblemNotice problem={problem()} />
      <fieldset class="grid grid-cols-2 gap-2">
        <legend class="label">{t().transactions.kind}</legend>
        <For each={["expense", "income"] as const}>
          {(option) => (
            <button
              type="button"
              class="button aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
              aria-pressed={kind() === option}
              onClick={() => setKind(option)}
            >
              {t().transactions[option]}
            </button>
          )}
        </For>
      </fieldset>
      <Field label={t().transactions.amount} complaint={wrong() ? t().transactions.amountInvalid : undefined}>
        {(wiring) => (
          <input class="field num" name="amount" inputmode="decimal" autofocus required autocomplete="off" {...wiring} />
        )}
      </Field>
      <Field label={t().transactions.description}>
        {(wiring) => <input class="field" name="description" required maxlength="500" autocomplete="off" {...wiring} />}
      </Field>
      <div class="grid gap-3 sm:grid-cols-2">
        <Field label={t().transactions.date}>
          {(wiring) => <input class="field" name="occurred_at" type="date" required value={today()} max={today()} {...wiring} />}
        </Field>
        <Field label={t().transactions.account}>
          {(wiring) => (
            <select class="field" name="account_id" {...wiring}>
              <For each={props.accounts}>{(account) => <option value={account.id}>{account.name}</option>}</For>
            </select>
          )}
        </Field>
      </div>
      <Field label={t().transactions.category} hint={t().transactions.addHint}>
        {(wiring) => (
          <select class="field" name="category" {...wiring}>
            <option value="">{t().transactions.automatic}</option>
            <For each={categories}>{(category) => <option value={category}>{t().categories[category]}</option>}</For>
          </select>
        )}
      </Field>
      <button type="submit" class="button button-primary w-full" disabled={busy()}>
        {t().actions.save}
      </button>
    </form>
  )
}
