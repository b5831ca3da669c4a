/** SignIn: register, log in, or look around with demo data in one click. */
import { useNavigate } from "@solidjs/router"
import { createSignal, For, Show } from "solid-js"
import { Problem, type ProblemDocument } from "../api/Api.ts"
import { Field } from "../controls/Field.tsx"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { useSession, type Credentials } from "../session/Session.tsx"
import { Switches } from "../shell/Switches.tsx"
import { rememberDemo } from "./DemoCredentials.ts"

type Mode = "register" | "log-in"

const knownKey = "been-here"

const randomText = (length: number): string => {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789"
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => letters[byte % letters.length]).join("")
}

const SignIn = () => {
  const { t } = useLocale()
  const session = useSession()
  const navigate = useNavigate()
  const [mode, setMode] = createSignal<Mode>(localStorage.getItem(knownKey) === null ? "register" : "log-in")
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [busy, setBusy] = createSignal(false)
  const complaint = (path: string) =>
    problem()?.errors?.find((error) => error.path.replace(/^[/.]?(body[/.])?/, "") === path)?.message

  /** One attempt at a time, so that a double click registers nobody twice. */
  const attempt = async (work: () => Promise<void>) => {
    if (busy()) return
    setBusy(true)
    setProblem(undefined)
    try {
      await work()
      localStorage.setItem(knownKey, "1")
      await session.load()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { status } = error.document
      setProblem(status === 401 ? { ...error.document, code: "wrong-credentials" } : error.document)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const email = String(form.get("email")).trim()
    const password = String(form.get("password"))
    const name = String(form.get("name") ?? "").trim()
    const credentials: Credentials = { email, password, ...(name === "" ? {} : { name }) }
    void attempt(() => (mode() === "register" ? session.register(credentials) : session.logIn(credentials)))
  }
  const demo = () =>
    attempt(async () => {
      const credentials = { email: `demo-${randomText(6)}@example.com`, password: randomText(20) }
      await session.register(credentials)
      rememberDemo(credentials)
      navigate("/demo", { state: { start: true } })
    })

  return (
    <div class="flex min-h-dvh flex-col">
      <header class="flex items-center gap-3 p-3 sm:p-4">
        <p class="flex flex-1 items-center gap-2.5 text-base font-bold">
          <img src="/favicon.svg" alt="" class="size-6" />
          {t().app}
        </p>
        <Switches />
      </header>
      <main class="mx-auto grid w-full max-w-5xl flex-1 content-center items-center gap-8 px-4 pb-12 lg:grid-cols-2 lg:gap-20">
        <div>
          <h1 class="max-w-md text-3xl leading-tight font-bold tracking-tight text-balance lg:text-[2.75rem]">
            {t().signIn.title}
          </h1>
          <p class="mt-4 max-w-md text-base text-muted">{t().signIn.lead}</p>
          <ul class="mt-6 hidden space-y-3 sm:block">
            <For each={t().signIn.points}>
              {(point) => (
                <li class="flex items-center gap-3">
                  <span class="rounded-full bg-ok-soft p-1 text-ok">
                    <Icon name="check" class="size-4" />
                  </span>
                  {point}
                </li>
              )}
            </For>
          </ul>
        </div>
        <div class="card w-full max-w-md justify-self-center p-5 sm:p-6 lg:justify-self-end">
          <form class="space-y-4" onSubmit={submit}>
            <h2 class="text-lg font-semibold">{mode() === "register" ? t().signIn.register : t().signIn.logIn}</h2>
            <ProblemNotice problem={problem()} />
            <Show when={mode() === "register"}>
              <Field label={t().signIn.name} optional>
                {(wiring) => <input class="field" name="name" autocomplete="name" {...wiring} />}
              </Field>
            </Show>
            <Field label={t().signIn.email} complaint={complaint("email")}>
              {(wiring) => <input class="field" name="email" type="email" required autocomplete="username" {...wiring} />}
            </Field>
            <Field
              label={t().signIn.password}
              hint={mode() === "register" ? t().signIn.passwordHint : undefined}
              complaint={complaint("password")}
            >
              {(wiring) => (
                <input
                  class="field"
                  name="password"
                  type="password"
                  required
                  autocomplete={mode() === "register" ? "new-password" : "current-password"}
                  {...wiring}
                />
              )}
            </Field>
            <button type="submit" class="button button-primary w-full" disabled={busy()}>
              {mode() === "register" ? t().signIn.register : t().signIn.logIn}
            </button>
            <button
              type="button"
              class="link block w-full text-center text-[0.8125rem]"
              onClick={() => {
                setProblem(undefined)
                setMode(mode() === "register" ? "log-in" : "register")
              }}
            >
              {mode() === "register" ? t().signIn.toLogIn : t().signIn.toRegister}
            </button>
          </form>
          <p class="my-4 flex items-center gap-3 text-xs text-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {t().signIn.or}
          </p>
          <button type="button" class="button w-full" disabled={busy()} onClick={() => void demo()}>
            <Icon name="spark" />
            {t().signIn.demo}
          </button>
          <p class="mt-2 text-center text-xs text-muted">{t().signIn.demoHint}</p>
        </div>
      </main>
    </div>
  )
}

export default SignIn
