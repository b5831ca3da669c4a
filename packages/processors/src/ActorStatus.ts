/** ActorStatus: how one partition of a program is doing in this process. */

export type ActorState = "starting" | "running" | "caught-up" | "paused" | "rebuilding" | "failed"

export class ActorStatus {
  /** Events since this process took the partition. */
  handled = 0
  /** Batches that failed and were tried again. */
  restarts = 0
  /** Of the batch in hand; null once it is handled. */
  last_error: string | null = null
  /** Whether a batch is in hand. */
  isBusy = false

  readonly #told: ((error: string) => void) | undefined

  /** `told` hears of each try that failed. */
  constructor(told?: (error: string) => void) {
    this.#told = told
  }

  failed(error: string): void {
    this.restarts++
    this.last_error = error
    this.#told?.(error)
  }
}
