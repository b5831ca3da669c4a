/**
 * Shopper: somebody who enters purchases all the time, also while the tracker breaks down under them. What gets no answer they send
 * again, under the same `Idempotency-Key`; what was acknowledged they remember, and in the end hold the books against it.
 */
import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { toStatement } from "@finance/core/demo/SpareBank1Statement"
import type { Day } from "@finance/core/ledger/Day"

interface Purchase {
  readonly key: string
  readonly description: string
  /** Øre, negative. */
  readonly amount: number
}

interface Page {
  readonly total: number
  readonly next_cursor: string | null
  readonly transactions: ReadonlyArray<{ readonly id: string; readonly description: string; readonly amount: number }>
}

const day = `${new Date().toISOString().slice(0, 7)}-01`
const patience = 240_000
/** A request that hangs is asked again: whoever holds a card machine does not wait longer either. */
const timeout = 10_000
const hands = 4

const øre = (amount: number) => Math.round(amount * 100)

class Refused extends Error {}

export class Shopper {
  readonly #url: string
  readonly #credentials = { email: `${randomUUID()}@example.com`, password: randomUUID() }
  #token = ""
  #account = ""
  #shopping: Promise<unknown> | null = null
  #stopping = false
  #entered = 0
  readonly #acknowledged = new Map<string, Purchase>()
  readonly #unanswered = new Set<Purchase>()
  readonly #imported = new Map<string, number>()

  private constructor(url: string) {
    this.#url = url
  }

  /** Somebody new, with an account and a budget that their purchases will soon be over. */
  static async register(url: string): Promise<Shopper> {
    const shopper = new Shopper(url)
    await shopper.#signIn("register")
    const account = { bank_name: "SpareBank 1", account_type: "checking", currency: "NOK" }
    shopper.#account = (await shopper.#post<{ readonly id: string }>("/accounts/manual", account)).id
    await shopper.#post("/budgets", { category: "groceries", budget_amount: 500, month: day.slice(0, 7) })
    return shopper
  }

  /** How many purchases were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged.size
  }

  /** Shops with several hands at once until `rest`. */
  shop(): void {
    if (this.#shopping !== null) return
    this.#stopping = false
    const hand = async () => {
      while (!this.#stopping) await this.#buy(this.#next())
    }
    this.#shopping = Promise.all(Array.from({ length: hands }, hand))
  }

  async rest(): Promise<void> {
    this.#stopping = true
    await this.#shopping
    this.#shopping = null
  }

  /** Hands in a statement of so many lines that no other has, and asks until it has been taken. */
  async handIn(lines: number): Promise<void> {
    const batch = randomUUID().slice(0, 8)
    const rows = Array.from({ length: lines }, (_, index) => ({
      day: day as Day,
      description: `Kiosk ${batch} ${index}`,
      amount: BigInt(-100 - index)
    }))
    const headers = { "content-type": "application/octet-stream", "idempotency-key": batch }
    const path = `/accounts/${this.#account}/imports?filename=sparebank1.csv`
    await this.#persist(() => this.#send(path, { method: "POST", headers, body: toStatement(rows, "97104400000") }))
    for (const { description, amount } of rows) this.#imported.set(description, Number(amount))
  }

  /**
   * Asks for every purchase without an answer until there is one, waits until all is in the books, and says what the books have otherwise
   * than they were told: nothing, when all is well.
   */
  async amiss(): Promise<ReadonlyArray<string>> {
    await this.rest()
    while (this.#unanswered.size > 0) for (const purchase of this.#unanswered) await this.#buy(purchase)
    const begun = performance.now()
    while (true) {
      const found = await this.#persist(() => this.#differences())
      if (found.length === 0 || performance.now() - begun > patience) return found
      await sleep(250)
    }
  }

  #next(): Purchase {
    const number = ++this.#entered
    const purchase = { key: randomUUID(), description: `REMA 1000 nr ${number}`, amount: -(100 + (number % 900)) }
    this.#unanswered.add(purchase)
    return purchase
  }

  async #buy(purchase: Purchase): Promise<void> {
    try {
      const { id } = await this.#post<{ readonly id: string }>(
        "/transactions",
        {
          account_id: this.#account,
          amount: purchase.amount / 100,
          description: purchase.description,
          occurred_at: day
        },
        { "idempotency-key": purchase.key }
      )
      this.#acknowledged.set(id, purchase)
      this.#unanswered.delete(purchase)
    } catch (error) {
      if (error instanceof Refused) throw error
      await sleep(50)
      await this.#signIn("login").catch(() => undefined)
    }
  }

  async #differences(): Promise<ReadonlyArray<string>> {
    const wanted = new Map<string, number>(this.#imported)
    for (const { description, amount } of this.#acknowledged.values()) wanted.set(description, amount)
    const found = new Map<string, number>()
    const wrong: Array<string> = []
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Page = await this.#get(`/transactions?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`)
      for (const { description, amount } of page.transactions) {
        if (found.has(description)) wrong.push(`${description} is there twice`)
        found.set(description, øre(amount))
      }
      cursor = page.next_cursor
    }
    for (const [description, amount] of wanted) {
      const there = found.get(description)
      if (there === undefined) wrong.push(`${description} is lost`)
      else if (there !== amount) wrong.push(`${description} is ${there} instead of ${amount}`)
    }
    for (const description of found.keys()) if (!wanted.has(description)) wrong.push(`${description} was never acknowledged`)
    const sum = [...wanted.values()].reduce((sum, amount) => sum + amount, 0)
    const balance = øre((await this.#get<{ readonly current_balance: number }>(`/accounts/${this.#account}`)).current_balance)
    if (balance !== sum) wrong.push(`the balance is ${balance} instead of ${sum}`)
    const spending = await this.#get<{ readonly total: number }>(`/analytics/spending?period=month&group_by=category&on=${day}`)
    if (øre(spending.total) !== -sum) wrong.push(`${øre(spending.total)} was spent instead of ${-sum}`)
    return wrong
  }

  async #signIn(how: "register" | "login"): Promise<void> {
    const headers = { "content-type": "application/json" }
    const answer = await this.#fetch(`/auth/${how}`, { method: "POST", headers, body: JSON.stringify(this.#credentials) })
    this.#token = ((await answer.json()) as { readonly access_token: string }).access_token
  }

  #get<A>(path: string): Promise<A> {
    return this.#send(path, {})
  }

  #post<A>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<A> {
    return this.#send(path, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body)
    })
  }

  async #send<A>(path: string, init: RequestInit): Promise<A> {
    const answer = await this.#fetch(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${this.#token}` } })
    return answer.json() as Promise<A>
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(`${this.#url}/v1${path}`, { ...init, signal: AbortSignal.timeout(timeout) })
    if (answer.ok) return answer
    const text = await answer.text()
    // 401: the token has outlived a restart. 409: the same command is still being carried out. 5xx: it is down.
    const mayPass = answer.status === 401 || answer.status === 409 || answer.status === 429 || answer.status >= 500
    throw new (mayPass ? Error : Refused)(`${answer.status} from ${path}: ${text.slice(0, 300)}`)
  }

  /** Asks until there is an answer. */
  async #persist<A>(ask: () => Promise<A>): Promise<A> {
    const begun = performance.now()
    while (true) {
      try {
        return await ask()
      } catch (error) {
        if (error instanceof Refused || performance.now() - begun > patience) throw error
        await sleep(100)
        await this.#signIn("login").catch(() => undefined)
      }
    }
  }
}
