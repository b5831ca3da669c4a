/** PeriodDialog: which day a person's months begin on, for those who live from payday to payday. */
import { createSignal, For } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { BudgetSettings } from "../api/Resources.ts"
import { Dialog } from "../controls/Dialog.tsx"
import { Field } from "../controls/Field.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useLocale } from "../locale/Locale.tsx"

const daysOfAMonth = Array.from({ length: 31 }, (_, index) => index + 1)

export interface PeriodDialogProps {
  readonly settings: BudgetSettings
  readonly saved: (settings: BudgetSettings) => void
  readonly close: () => void
}

export const PeriodDialog = (props: PeriodDialogProps) => {
  const { t, day } = useLocale()
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [busy, setBusy] = createSignal(false)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy()) return
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const body = {
      month_starts_on: Number(form.get("month_starts_on")),
      on_working_day: form.has("on_working_day"),
      from_month: form.has("keep") ? props.settings.current.month : null
    }
    setBusy(true)
    setProblem(undefined)
    try {
      props.saved(await request<BudgetSettings>("/budgets/settings", { method: "PUT", body }))
      props.close()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.document)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog title={t().budgets.period.title} close={props.close}>
      <form class="space-y-3" onSubmit={(event) => void submit(event)}>
        <ProblemNotice problem={problem()} />
        <Field label={t().budgets.period.startsOn} hint={t().budgets.period.startsOnHint}>
          {(wiring) => (
            <select class="field" name="month_starts_on" autofocus {...wiring}>
              <For each={daysOfAMonth}>
                {(each) => (
                  <option value={each} selected={each === props.settings.month_starts_on}>
                    {t().budgets.period.dayOf(each)}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
        <label class="flex items-center gap-3">
          <input type="checkbox" class="check" name="on_working_day" checked={props.settings.on_working_day} />
          <span>
            <span class="font-medium">{t().budgets.period.workingDay}</span>
            <span class="block text-[0.8125rem] text-muted">{t().budgets.period.workingDayHint}</span>
          </span>
        </label>
        <label class="flex items-center gap-3">
          <input type="checkbox" class="check" name="keep" />
          <span>
            <span class="font-medium">{t().budgets.period.keep(day(props.settings.current.month, "month"))}</span>
            <span class="block text-[0.8125rem] text-muted">{t().budgets.period.keepHint}</span>
          </span>
        </label>
        <button type="submit" class="button button-primary w-full" disabled={busy()}>
          {t().actions.save}
        </button>
      </form>
    </Dialog>
  )
}
