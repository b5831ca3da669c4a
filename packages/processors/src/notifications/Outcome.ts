/** Outcome: what is known of a message after it was sent once. */
export type Outcome =
  | { readonly _tag: "Sent" }
  /** It certainly did not arrive. Whether it may the next time, and when that is if the receiver has said so. */
  | { readonly _tag: "Refused"; readonly detail: string; readonly mayPass: boolean; readonly afterMillis?: number }
  /** It was on its way when the connection broke or nothing more was heard: it may have arrived. */
  | { readonly _tag: "Uncertain"; readonly detail: string }
  /** Nobody is there any more, and nobody will be. */
  | { readonly _tag: "Gone"; readonly detail: string }

export const sent: Outcome = { _tag: "Sent" }

export const refused = (detail: string, mayPass: boolean, afterMillis?: number): Outcome => ({
  _tag: "Refused",
  detail,
  mayPass,
  ...(afterMillis !== undefined && { afterMillis })
})

export const uncertain = (detail: string): Outcome => ({ _tag: "Uncertain", detail })

export const gone = (detail: string): Outcome => ({ _tag: "Gone", detail })
