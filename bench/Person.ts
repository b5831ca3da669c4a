/**
 * Person: somebody with an account, who uses the tracker as any program does: over REST.
 */
import { randomUUID } from "node:crypto"

export interface Person {
  readonly url: string
  readonly token: string
  readonly get: <A>(path: string) => Promise<A>
  readonly post: <A>(path: string, body: unknown) => Promise<A>
  /** Hands a bank's file in, and gives the import's id. */
  readonly upload: (account_id: string, file: string) => Promise<string>
}

const answerOf = async <A>(response: Response): Promise<A> => {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

const json = { "content-type": "application/json" }

/** Somebody new. */
export const register = async (url: string): Promise<Person> => {
  const person = { email: `${randomUUID()}@example.com`, password: randomUUID() }
  const response = await fetch(`${url}/v1/auth/register`, { method: "POST", headers: json, body: JSON.stringify(person) })
  const { access_token } = await answerOf<{ readonly access_token: string }>(response)
  return signedIn(url, access_token)
}

/** Who holds this token, at this address: after a restart it may be another. */
export const signedIn = (url: string, token: string): Person => {
  const authorization = `Bearer ${token}`
  const send = async <A>(path: string, init: RequestInit): Promise<A> =>
    answerOf(await fetch(`${url}/v1${path}`, { ...init, headers: { ...init.headers, authorization } }))
  return {
    url,
    token,
    get: (path) => send(path, {}),
    post: (path, body) => send(path, { method: "POST", headers: json, body: JSON.stringify(body) }),
    upload: async (account_id, file) => {
      const path = `/accounts/${account_id}/imports?filename=benchmark.csv`
      const headers = { "content-type": "application/octet-stream" }
      return (await send<{ readonly import_id: string }>(path, { method: "POST", headers, body: file })).import_id
    }
  }
}

/** Opens an account in kroner and gives its id. */
export const openAccount = async (person: Person): Promise<string> => {
  const account = { bank_name: "SpareBank 1", account_type: "checking", currency: "NOK" }
  return (await person.post<{ readonly id: string }>("/accounts/manual", account)).id
}
