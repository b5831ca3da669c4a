/**
 * Startup: how long it takes until the tracker is ready: on an empty directory, after a clean stop, and after kill -9 in the midst of an
 * import, which then goes on and ends with nothing lost.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { openAccount, register, signedIn } from "../Person.ts"
import * as Tracker from "../Tracker.ts"
import { arrived } from "./Arrival.ts"
import type { BankFile, Books } from "./BankFile.ts"

export interface Startup {
  readonly first: number
  readonly second: number
  readonly afterKill: number
}

/** Seconds, of one life from an empty directory on. */
export const startup = (file: BankFile, books: Books): Promise<Startup> =>
  Tracker.inDirectory(async (directory) => {
    const first = await Tracker.during(directory, async (tracker) => {
      const person = await register(tracker.url)
      const account = await openAccount(person)
      await arrived(person, account, await person.upload(account, file.content), books)
      return tracker.startup
    })
    const killed = await Tracker.start(directory)
    const person = await register(killed.url)
    const account = await openAccount(person)
    const import_id = await person.upload(account, file.content)
    await sleep(200)
    await killed.kill()
    const afterKill = await Tracker.during(directory, async (tracker) => {
      await arrived(signedIn(tracker.url, person.token), account, import_id, books)
      return tracker.startup
    })
    return { first: first / 1000, second: killed.startup / 1000, afterKill: afterKill / 1000 }
  })
