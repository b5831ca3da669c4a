/** What the bench and the process that waits for alerts (AlertsProgram) say to each other. */
export interface Order {
  readonly url: string
  readonly token: string
  readonly account_id: string
}

export type Said =
  | { readonly ready: true }
  | {
      /** Milliseconds from sending `POST /v1/transactions` until the alert that it brings about arrives on `GET /v1/live`. */
      readonly budgets: ReadonlyArray<number>
      readonly anomalies: ReadonlyArray<number>
    }
