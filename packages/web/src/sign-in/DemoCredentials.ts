import type { Credentials } from "../session/Session.tsx"

const held: { credentials?: Credentials } = {}

/** Keeps the made-up credentials of a demo, in memory only, from the click that made them to the screen that shows them once. */
export const rememberDemo = (credentials: Credentials): void => {
  held.credentials = credentials
}

export const demoCredentials = (): Credentials | undefined => held.credentials
