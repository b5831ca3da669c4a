/** AccountForm: an account kept by hand, into which statements can be imported. */
import { createSignal, For } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { Account, AccountType } from "../api/Resources.ts"
import { Field } from "../controls/Field.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { parseAmount, toNumber } from "../money/Amount.ts"

const types: ReadonlyArray<AccountType> = ["checking", "savings", "credit", "loan", "cash", "investment"]
const currencies = ["NOK", "EUR", "SEK", "DKK", "USD", "GBP"]
const banks = ["DNB", "SpareBank 1", "Nordea", "Handelsbanken", "Sbanken", "Storebrand", "Bulder", "KLP Banken", "Danske Bank"]

export const AccountForm = (props: { readonly created: (account: Account) => void }) => {
  const { t } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [wrong, setWrong] = createSignal(false)
  const [busy, setBusy] = createSignal(false)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(form.get(name) ?? "").trim()
    const currency = text("currency")
    const balance = text("opening_balance") === "" ? undefined : parseAmount(text("opening_balance"), currency)
    setWrong(text("opening_balance") !== "" && balance === undefined)
    if (wrong() || busy()) return
    const body = {
      bank_name: text("bank_name"),
      account_type: text("account_type"),
      currency,
      ...(text("name") === "" ? {} : { name: text("name") }),
      ...(balance === undefined ? {} : { opening_balance: toNumber(balance, currency) })
    }
    setBusy(true)
    setProblem(undefined)
    try {
      const account = await request<Account>("/accounts/manual", { method: "POST", body })
      live.mark("accounts")
      toasts.tell({ tone: "ok", text: t().accounts.created(account.name) })
      props.created(account)
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
      <Field label={t().accounts.bank}>
        {(wiring) => (
          <>
            <input class="field" name="bank_name" list="banks" required maxlength="100" autocomplete="off" {...wiring} />
            <datalist id="banks">
              <For each={banks}>{(bank) => <option value={bank} />}</For>
            </datalist>
          </>
        )}
      </Field>
      <div class="grid gap-3 sm:grid-cols-2">
        <Field label={t().accounts.type}>
          {(wiring) => (
            <select class="field" name="account_type" {...wiring}>
              <For each={types}>{(type) => <option value={type}>{t().accountTypes[type]}</option>}</For>
            </select>
          )}
        </Field>
        <Field label={t().accounts.currency}>
          {(wiring) => (
            <select class="field" name="currency" {...wiring}>
              <For each={currencies}>{(currency) => <option value={currency}>{currency}</option>}</For>
            </select>
          )}
        </Field>
      </div>
      <Field label={t().accounts.name} optional>
        {(wiring) => <input class="field" name="name" maxlength="100" autocomplete="off" {...wiring} />}
      </Field>
      <Field
        label={t().accounts.openingBalance}
        hint={t().accounts.openingHint}
        complaint={wrong() ? t().transactions.amountInvalid : undefined}
      >
        {(wiring) => <input class="field num" name="opening_balance" inputmode="text" autocomplete="off" {...wiring} />}
      </Field>
      <button type="submit" class="button button-primary w-full" disabled={busy()}>
        {t().accounts.add}
      </button>
    </form>
  )
}
