/**
 * Import: a statement on its way in, in four steps: which account, which file, what each row would become, and what it became. Nothing is
 * stored before the preview has been seen and accepted.
 */
import { useSearchParams } from "@solidjs/router"
import { createSignal, For, Match, onMount, Show, Switch } from "solid-js"
import { Problem, queryOf, request, type ProblemDocument } from "../api/Api.ts"
import type { Account, Import as ImportState, ImportPreview } from "../api/Resources.ts"
import { AccountForm } from "../accounts/AccountForm.tsx"
import { Dialog } from "../controls/Dialog.tsx"
import { Field } from "../controls/Field.tsx"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { DropZone } from "./DropZone.tsx"
import { Preview } from "./Preview.tsx"
import { Result } from "./Result.tsx"

type Step =
  | { readonly kind: "file" }
  | { readonly kind: "reading"; readonly file: File }
  | { readonly kind: "preview"; readonly file: File; readonly preview: ImportPreview }
  | { readonly kind: "started"; readonly id: string }

const maxBytes = 25 * 1024 * 1024

const Import = () => {
  const { t } = useLocale()
  const [params, setParams] = useSearchParams<{ account_id?: string }>()
  const accounts = createQuery<ReadonlyArray<Account>>(() => "/accounts", { scopes: ["accounts"] })
  const [step, setStep] = createSignal<Step>({ kind: "file" })
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [adding, setAdding] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  const account = () => accounts.data()?.find(({ id }) => id === params.account_id) ?? accounts.data()?.[0]
  const stepNumber = () => ({ file: account() === undefined ? 0 : 1, reading: 1, preview: 2, started: 3 })[step().kind]

  const post = <A,>(file: File, dryRun: boolean) =>
    request<A>(`/accounts/${account()!.id}/imports${queryOf({ filename: file.name, dry_run: dryRun })}`, {
      method: "POST",
      body: file
    })
  const attempt = async (work: () => Promise<void>) => {
    setProblem(undefined)
    setBusy(true)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.document)
    } finally {
      setBusy(false)
    }
  }
  const read = async (file: File) => {
    if (account() === undefined || busy()) return
    if (file.size > maxBytes) {
      setProblem({ type: "about:blank", title: "", status: 413 })
      return
    }
    setStep({ kind: "reading", file })
    await attempt(async () => {
      setStep({ kind: "preview", file, preview: await post<ImportPreview>(file, true) })
    })
    if (problem() !== undefined) setStep({ kind: "file" })
  }
  const start = (file: File) =>
    attempt(async () => {
      const { import_id } = await post<{ import_id: string }>(file, false)
      setStep({ kind: "started", id: import_id })
    })
  // one that was under way when the page was left is still under way
  onMount(() => {
    void request<ReadonlyArray<ImportState>>("/imports?limit=1").then(
      ([latest]) => {
        if (latest?.status === "running" && step().kind === "file") setStep({ kind: "started", id: latest.id })
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error
      }
    )
  })
  const again = () => {
    setProblem(undefined)
    setStep({ kind: "file" })
  }

  return (
    <div class="mx-auto w-full max-w-4xl">
      <ol class="mb-4 flex items-center gap-2 text-[0.8125rem] sm:gap-3">
        <For each={t().import.steps}>
          {(name, index) => (
            <li
              class="flex items-center gap-2 not-first:before:h-px not-first:before:w-4 not-first:before:bg-line-strong sm:not-first:before:w-8"
              aria-current={index() === stepNumber() ? "step" : undefined}
              classList={{ "font-semibold": index() === stepNumber(), "text-muted": index() !== stepNumber() }}
            >
              <span
                class="num flex size-6 flex-none items-center justify-center rounded-full text-xs"
                classList={{
                  "bg-accent text-accent-ink": index() <= stepNumber(),
                  "border border-line-strong": index() > stepNumber()
                }}
              >
                <Show when={index() < stepNumber()} fallback={index() + 1}>
                  <Icon name="check" class="size-3.5" />
                </Show>
              </span>
              <span classList={{ "max-sm:sr-only": index() !== stepNumber() }}>{name}</span>
            </li>
          )}
        </For>
      </ol>
      <div class="mb-3 empty:hidden">
        <ProblemNotice problem={problem() ?? accounts.problem()} />
      </div>
      <Switch>
        <Match when={step().kind === "file" || step().kind === "reading"}>
          <section class="card p-5">
            <Show
              when={accounts.data()?.length !== 0}
              fallback={
                <div class="mx-auto max-w-md">
                  <h2 class="card-title mb-3">{t().import.account}</h2>
                  <AccountForm created={(created) => setParams({ account_id: created.id }, { replace: true })} />
                </div>
              }
            >
              <div class="mb-4 flex flex-wrap items-end gap-2">
                <div class="min-w-56 flex-1">
                  <Field label={t().import.account}>
                    {(wiring) => (
                      <select
                        class="field"
                        {...wiring}
                        onChange={(event) => setParams({ account_id: event.currentTarget.value }, { replace: true })}
                      >
                        <For each={accounts.data()}>
                          {(option) => (
                            <option value={option.id} selected={option.id === account()?.id}>
                              {option.name} · {option.bank_name}
                            </option>
                          )}
                        </For>
                      </select>
                    )}
                  </Field>
                </div>
                <button type="button" class="button" onClick={() => setAdding(true)}>
                  <Icon name="plus" />
                  {t().import.newAccount}
                </button>
              </div>
              <DropZone reading={step().kind === "reading"} take={(file) => void read(file)} />
            </Show>
          </section>
        </Match>
        <Match when={previewOf(step())}>
          {(shown) => (
            <Preview
              filename={shown().file.name}
              preview={shown().preview}
              busy={busy()}
              start={() => void start(shown().file)}
              cancel={again}
            />
          )}
        </Match>
        <Match when={startedOf(step())}>{(id) => <Result id={id()} another={again} />}</Match>
      </Switch>
      <Show when={adding()}>
        <Dialog title={t().accounts.add} close={() => setAdding(false)}>
          <AccountForm
            created={(created) => {
              setParams({ account_id: created.id }, { replace: true })
              setAdding(false)
            }}
          />
        </Dialog>
      </Show>
    </div>
  )
}

const previewOf = (step: Step) => (step.kind === "preview" ? step : undefined)
const startedOf = (step: Step) => (step.kind === "started" ? step.id : undefined)

export default Import
