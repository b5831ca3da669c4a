import { assert, layer } from "@effect/vitest"
import type { Answer, Person, TestApp } from "@finance/http/TestApp"
import { told, tracker } from "./TestTracker.ts"

const open = async (person: Person, account: Record<string, unknown> = {}): Promise<string> => {
  const { body } = await person.post("/v1/accounts/manual", {
    bank_name: "SpareBank 1",
    account_type: "checking",
    currency: "NOK",
    ...account
  })
  return body.id
}

const until = async (ask: () => Promise<Answer>, holds: (answer: Answer) => boolean): Promise<Answer> => {
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await ask()
    if (holds(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error("it did not come about")
}

interface Line {
  readonly day: string
  readonly text: string
  /** Øre. */
  readonly amount: number
}

const decimal = (amount: number) => (amount / 100).toFixed(2).replace(".", ",")

const statementOf = (lines: ReadonlyArray<Line>) =>
  new TextEncoder().encode(
    [
      "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;",
      ...lines.map(({ day, text, amount }) => {
        const date = day.split("-").toReversed().join(".")
        return `"${date}";"${text}";;${amount > 0 ? `"${decimal(amount)}"` : ""};${amount < 0 ? `"${decimal(amount)}"` : ""};;;`
      })
    ].join("\n")
  )

const take = async (person: Person, account_id: string, lines: ReadonlyArray<Line>) => {
  const started = await person.post(`/v1/accounts/${account_id}/imports?filename=sparebank1.csv`, statementOf(lines))
  assert.strictEqual(started.status, 202, started.text)
  return until(
    () => person.get(`/v1/imports/${started.body.import_id}`),
    ({ body }) => body.status !== "running"
  )
}

const shops = ["REMA 1000 TORSHOV", "KIWI 505 OSLO", "RUTER APP", "Ukjent Butikk"]

const ledgerOf = (count: number): ReadonlyArray<Line> =>
  Array.from({ length: count }, (_, index) => ({
    day: `2026-${String((index % 9) + 1).padStart(2, "0")}-${String((index % 27) + 1).padStart(2, "0")}`,
    text: `${shops[index % shops.length]!}${index % 7 === 0 ? " Æ" : ""}`,
    amount: index % 10 === 0 ? 250_000 + index : -(1_999 + index * 7)
  }))

/** The messages of a live stream as they come, until `enough` says so; `begin` is called once the first one is there. */
const listen = async (
  app: TestApp["Service"],
  person: Person,
  headers: Record<string, string>,
  enough: (messages: ReadonlyArray<string>) => boolean,
  begin: () => Promise<unknown> = async () => undefined
) => {
  const response = await app.fetch("/v1/live", { headers: { authorization: `Bearer ${person.access_token}`, ...headers } })
  assert.strictEqual(response.status, 200)
  const messages: Array<string> = []
  const decoder = new TextDecoder()
  let rest = ""
  let begun: Promise<unknown> | undefined
  for await (const chunk of response.body!) {
    rest += decoder.decode(chunk, { stream: true })
    const parts = rest.split("\n\n")
    rest = parts.pop()!
    messages.push(...parts)
    if (messages.some((message) => message.startsWith("event:"))) begun ??= begin()
    if (enough(messages)) break
  }
  await begun
  return messages
}

const kindOf = (message: string) => /^event: (.*)$/m.exec(message)?.[1] ?? ""
const idOf = (message: string) => Number(/^id: (.*)$/m.exec(message)?.[1] ?? "0")
const dataOf = (message: string) => JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? "null")

layer(tracker, { excludeTestServices: true, timeout: "60 seconds" })("The API with its programs", (it) => {
  it.effect(
    "a person reads their own writes, whatever they ask next",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari, { opening_balance: 1000 })
      assert.strictEqual((await kari.get("/v1/accounts")).body[0].current_balance, 1000)
      // Another amount each time: equal ones are a double charge, which is told a moment later.
      for (let bought = 1; bought <= 5; bought++) {
        const { body } = await kari.post("/v1/transactions", {
          account_id,
          amount: -(bought * 10 + 0.1),
          description: "REMA 1000 TORSHOV",
          occurred_at: "2026-11-20"
        })
        const list = await kari.get("/v1/transactions?limit=1")
        assert.strictEqual(list.body.total, bought)
        assert.deepStrictEqual((await kari.get(`/v1/transactions/${body.id}`)).body, body)
        assert.strictEqual(
          (await kari.get("/v1/accounts")).body[0].current_balance,
          Number((1000 - 5 * bought * (bought + 1) - bought * 0.1).toFixed(2))
        )
      }
      const spending = await kari.get("/v1/analytics/spending?on=2026-11-01&group_by=merchant")
      assert.deepInclude(spending.body, { from: "2026-11-01", to: "2026-11-30", total: 150.5, currency: "NOK" })
      assert.deepStrictEqual(spending.body.groups, [{ key: "REMA 1000", total: 150.5, transaction_count: 5, share: 1 }])
    })
  )

  it.effect(
    "a statement goes in to the øre, and going in again adds nothing",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari)
      const lines = ledgerOf(700)
      const sum = lines.reduce((sum, { amount }) => sum + amount, 0)
      const first = await take(kari, account_id, lines)
      assert.deepInclude(first.body, {
        status: "completed",
        preset: "sparebank1",
        rows_total: 700,
        rows_done: 700,
        rows_new: 700
      })
      const shown = await until(
        () => kari.get("/v1/accounts"),
        ({ body }) => Math.round(body[0].current_balance * 100) === sum
      )
      assert.strictEqual(Math.round(shown.body[0].current_balance * 100), sum)
      const again = await take(kari, account_id, lines)
      assert.deepInclude(again.body, { status: "completed", rows_new: 0, rows_duplicate: 700 })
      assert.strictEqual((await kari.get("/v1/transactions?limit=1")).body.total, 700)
      const rows = await kari.get(`/v1/imports/${again.body.id}/rows?limit=2&verdict=duplicate`)
      assert.strictEqual(rows.body.length, 2)
      assert.strictEqual(rows.body[0].reason.code, "already-imported")
    })
  )

  it.effect(
    "pages by number and by cursor show every transaction once, newest first, and count what each filter finds",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari)
      const lines = ledgerOf(230)
      await take(kari, account_id, lines)
      await until(
        () => kari.get("/v1/transactions?limit=1"),
        ({ body }) => body.total === 230
      )
      const numbered: Array<{ id: string; occurred_at: string }> = []
      for (let page = 1; page <= 3; page++)
        numbered.push(...(await kari.get(`/v1/transactions?limit=100&page=${page}`)).body.transactions)
      const followed: typeof numbered = []
      for (let cursor: string | null = ""; cursor !== null;) {
        const { body }: Answer = await kari.get(`/v1/transactions?limit=37${cursor === "" ? "" : `&cursor=${cursor}`}`)
        assert.strictEqual(body.total, 230)
        followed.push(...body.transactions)
        cursor = body.next_cursor
      }
      assert.deepStrictEqual(followed, numbered)
      assert.strictEqual(new Set(numbered.map(({ id }) => id)).size, 230)
      const days = numbered.map(({ occurred_at }) => occurred_at)
      assert.deepStrictEqual(days, days.toSorted().toReversed())
      assert.deepInclude((await kari.get("/v1/transactions?page=99")).body, { transactions: [], total: 230, next_cursor: null })

      const counts = async (query: string, holds: (line: Line) => boolean) => {
        const expected = lines.filter(holds).length
        const { body } = await kari.get(`/v1/transactions?limit=100&${query}`)
        assert.strictEqual(body.total, expected, query)
        assert.strictEqual(body.transactions.length, Math.min(100, expected), query)
        assert.isAbove(expected, 0, query)
      }
      const isMarch = ({ day }: Line) => day.startsWith("2026-03")
      await counts("from_date=2026-03-01&to_date=2026-03-31", isMarch)
      await counts("from_date=2026-08-15", ({ day }) => day >= "2026-08-15")
      await counts("category=groceries", ({ text }) => /REMA|KIWI/.test(text))
      await counts(
        "category=groceries&from_date=2026-03-01&to_date=2026-03-31",
        (line) => isMarch(line) && /REMA|KIWI/.test(line.text)
      )
      await counts("needs_review=true", ({ text }) => text.startsWith("Ukjent"))
      await counts("needs_review=false&q=ruter", ({ text }) => /RUTER/.test(text))
      await counts("q=%C3%A6", ({ text }) => text.endsWith("Æ"))
      await counts("min_amount=0", ({ amount }) => amount > 0)
      await counts("max_amount=-20.05&min_amount=-25", ({ amount }) => amount <= -2005 && amount >= -2500)
      await counts(`account_id=${account_id}&q=kiwi%20505`, ({ text }) => /KIWI/.test(text))
      assert.strictEqual((await kari.get("/v1/transactions?q=%25")).body.total, 0)
      assert.strictEqual((await kari.get("/v1/transactions?q=_")).body.total, 0)
    })
  )

  it.effect(
    "who watches sees a purchase, then the alert that it sets off, and after a break what was missed and nothing twice",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari)
      const today = new Date().toISOString().slice(0, 10)
      await kari.post("/v1/budgets", { category: "groceries", budget_amount: 1000 })
      const buy = (amount: number) =>
        kari.post("/v1/transactions", { account_id, amount, description: "REMA 1000 TORSHOV", occurred_at: today })
      let bought: Answer | undefined
      const messages = await listen(
        app,
        kari,
        {},
        (messages) => messages.some((message) => kindOf(message) === "budget"),
        async () => (bought = await buy(-950))
      )
      const told = messages.filter((message) => message.startsWith("event:"))
      assert.strictEqual(kindOf(told[0]!), "snapshot")
      assert.hasAllKeys(dataOf(told[0]!), ["seq", "month", "accounts", "budgets", "alerts"])
      const alert = dataOf(told.find((message) => kindOf(message) === "budget")!)
      assert.deepInclude(alert, { category: "groceries", budget_amount: 1000, current_spent: 950, threshold_percentage: 90 })
      const last = Math.max(...told.map(idOf))
      const missed = await buy(-10)
      const resumed = await listen(app, kari, { "last-event-id": String(last) }, (messages) =>
        messages.some((message) => kindOf(message) === "transaction" && dataOf(message).id === missed.body.id)
      )
      const later = resumed.filter((message) => message.startsWith("event:"))
      assert.isTrue(later.every((message) => kindOf(message) !== "snapshot" && idOf(message) > last))
      assert.isFalse(later.some((message) => kindOf(message) === "transaction" && dataOf(message).id === bought!.body.id))
    })
  )

  it.effect(
    "a person is told in the app of a budget that fills up, as it happens, in their own words, and says when they have read it",
    told(async (app) => {
      const kari = await app.register()
      const ola = await app.register()
      const account_id = await open(kari)
      const today = new Date().toISOString().slice(0, 10)
      await kari.post("/v1/budgets", { category: "groceries", budget_amount: 1000 })
      const buy = (amount: number) =>
        kari.post("/v1/transactions", { account_id, amount, description: "REMA 1000 TORSHOV", occurred_at: today })
      const messages = await listen(
        app,
        kari,
        {},
        (messages) => messages.some((message) => kindOf(message) === "notification"),
        () => buy(-850)
      )
      const heard = dataOf(messages.find((message) => kindOf(message) === "notification")!)
      assert.deepInclude(heard, { kind: "budget", title: "80 % av budsjettet er brukt: Dagligvarer", read_at: null })
      assert.deepInclude(heard.subject, { category: "groceries", current_spent: 850, threshold_percentage: 80 })
      await buy(-200)
      const listed = await until(
        () => kari.get("/v1/notifications?unread=true"),
        ({ body }) => body.unread === 2
      )
      const [newest, oldest] = listed.body.notifications
      assert.deepStrictEqual(oldest, heard)
      assert.deepInclude(newest.subject, { current_spent: 1050, threshold_percentage: 100 })
      assert.deepInclude(listed.body, { total: 2, page: 1, limit: 50 })
      const inEnglish = await kari.send("/v1/notifications", { headers: { "accept-language": "en" } })
      assert.strictEqual(inEnglish.body.notifications[0].title, "The budget is used up: Groceries")

      assert.strictEqual((await ola.post(`/v1/notifications/${heard.id}/read`)).status, 404)
      assert.strictEqual((await kari.post(`/v1/notifications/${heard.id}/read`)).status, 204)
      const afterOne = (await kari.get("/v1/notifications?unread=true&limit=1")).body
      assert.deepInclude(afterOne, { unread: 1, total: 1, limit: 1 })
      assert.strictEqual(afterOne.notifications[0].id, newest.id)
      assert.strictEqual((await ola.post("/v1/notifications/read-all")).status, 204)
      assert.strictEqual((await kari.get("/v1/notifications")).body.unread, 1)
      assert.strictEqual((await kari.post("/v1/notifications/read-all")).status, 204)
      const afterAll = (await kari.get("/v1/notifications")).body
      assert.deepInclude(afterAll, { unread: 0, total: 2 })
      assert.deepStrictEqual((await ola.get("/v1/notifications")).body.notifications, [])
    })
  )

  it.effect(
    "nobody sees in their stream or lists what happens to another",
    told(async (app) => {
      const kari = await app.register()
      const ola = await app.register()
      const theirs = await open(kari)
      const own = await open(ola)
      await take(kari, theirs, ledgerOf(120))
      const watching = listen(app, ola, { "last-event-id": "0" }, (messages) =>
        messages.some((message) => message.includes("Ola sin kaffe"))
      )
      await kari.post("/v1/transactions", {
        account_id: theirs,
        amount: -1,
        description: "Kari sin kaffe",
        occurred_at: "2026-11-20"
      })
      await ola.post("/v1/transactions", { account_id: own, amount: -1, description: "Ola sin kaffe", occurred_at: "2026-11-20" })
      const messages = await watching
      assert.isFalse(messages.some((message) => message.includes("Kari sin kaffe") || message.includes(theirs)))
      assert.strictEqual((await ola.get("/v1/transactions")).body.total, 1)
      assert.strictEqual((await ola.get("/v1/transactions?category=groceries")).body.total, 0)
      assert.deepStrictEqual(
        (await ola.get("/v1/analytics/spending?period=year&on=2026-05-05&group_by=day")).body.groups.length,
        1
      )
    })
  )

  it.effect(
    "the balance on a day is as the books said it at a time: what was written down later was not known before",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari, { opening_balance: 500 })
      const buy = (amount: number, occurred_at: string) =>
        kari.post("/v1/transactions", { account_id, amount, description: "Kaffe", occurred_at })
      await buy(-100, "2026-03-10")
      const known_at = new Date().toISOString()
      await new Promise((resolve) => setTimeout(resolve, 20))
      await buy(-50, "2026-03-05")
      const balance = async (query: string) => (await kari.get(`/v1/accounts/${account_id}/balance?${query}`)).body.balance
      assert.strictEqual(await balance("on=2026-03-04"), 500)
      assert.strictEqual(await balance("on=2026-03-07"), 450)
      assert.strictEqual(await balance("on=2026-03-10"), 350)
      assert.strictEqual(await balance(`on=2026-03-10&known_at=${known_at}`), 400)
      assert.strictEqual(await balance("on=2026-03-10&known_at=2020-01-01T00:00:00Z"), 0)
    })
  )

  it.effect(
    "a category that a person corrects moves the money with it, and is remembered for the next purchase there",
    told(async (app) => {
      const kari = await app.register()
      const account_id = await open(kari)
      const buy = (amount: number) =>
        kari.post("/v1/transactions", { account_id, amount, description: "Ukjent Butikk AS", occurred_at: "2026-11-20" })
      const first = await buy(-200)
      assert.deepInclude(first.body, { category: "uncategorized", needs_review: true })
      const corrected = await kari.patch(`/v1/transactions/${first.body.id}/category`, { category: "health" })
      assert.deepInclude(corrected.body, { category: "health", category_source: "user", needs_review: false })
      const { body } = await kari.get("/v1/analytics/spending?on=2026-11-20")
      assert.deepStrictEqual(body.groups, [{ key: "health", total: 200, transaction_count: 1, share: 1 }])
      await until(
        () => kari.post("/v1/categorizer/preview", { lines: [{ description: "Ukjent Butikk AS", amount: -1 }] }),
        ({ body }) => body.results[0].category === "health"
      )
      assert.deepInclude((await buy(-5)).body, { category: "health", category_confidence: 1 })
    })
  )

  it.effect(
    "one click brings two years of an invented household in by the real import, once",
    told(async (app) => {
      const kari = await app.register()
      const loaded = await kari.post("/v1/demo")
      assert.strictEqual(loaded.status, 202, loaded.text)
      assert.isAbove(loaded.body.imports.length, 1)
      assert.strictEqual((await kari.post("/v1/demo")).status, 409)
      for (const { import_id } of loaded.body.imports) {
        const { body } = await until(
          () => kari.get(`/v1/imports/${import_id}`),
          ({ body }) => body.status !== "running"
        )
        assert.deepInclude(body, { status: "completed", rows_rejected: 0 })
      }
      await until(
        () => kari.get("/v1/budgets"),
        ({ body }) => body.length > 3 && body.some((budget: { spent_amount: number }) => budget.spent_amount > 0)
      )
    })
  )

  it.effect(
    "what moved between own accounts leaves spending once both files are in, and what comes back is told with its next day",
    told(async (app) => {
      const kari = await app.register()
      const checking = await open(kari)
      const savings = await open(kari, { account_type: "savings", name: "Sparekonto" })
      const months = [6, 7, 8, 9, 10, 11].map((month) => `2026-${String(month).padStart(2, "0")}`)
      const lines = months.flatMap((month) => [
        { day: `${month}-04`, text: "SPOTIFY STOCKHOLM", amount: -12_900 },
        { day: `${month}-13`, text: "Overføring til Sparekonto", amount: -400_000 }
      ])
      await take(kari, checking, lines)
      await take(
        kari,
        savings,
        months.map((month) => ({ day: `${month}-14`, text: "Overføring fra Brukskonto", amount: 400_000 }))
      )
      const { body } = await until(
        () => kari.get("/v1/transactions?category=transfer"),
        ({ body }) => body.transactions.every(({ transfer_id }: { transfer_id?: string }) => transfer_id !== undefined)
      )
      const ids = body.transactions.map(({ transfer_id }: { transfer_id: string }) => transfer_id)
      assert.deepStrictEqual([ids.length, new Set(ids).size], [12, 6])
      const spending = (await kari.get("/v1/analytics/spending?on=2026-10-20")).body
      assert.deepStrictEqual([spending.total, spending.groups.length], [129, 1])
      const recurring = await until(
        () => kari.get("/v1/recurring"),
        ({ body }) => body.length === 2
      )
      const told = recurring.body.map((one: Record<string, unknown>) => [
        one.merchant_name,
        one.cadence,
        one.expected_amount,
        one.next_on
      ])
      assert.deepStrictEqual(told, [
        ["Spotify", "monthly", -129, "2026-12-04"],
        ["Sparekonto", "monthly", -4_000, "2026-12-13"]
      ])
      const [first] = ids
      const leg = body.transactions.find(({ transfer_id }: { transfer_id: string }) => transfer_id === first)
      assert.strictEqual((await kari.remove(`/v1/transactions/${leg.id}/transfer`)).status, 204)
      const after = await kari.get(`/v1/transactions/${leg.id}`)
      assert.isUndefined(after.body.transfer_id)
    })
  )
})
