/**
 * Failure: why the tracker could not start or go on, in words for whoever started it.
 */
import * as Cause from "effect/Cause"
import { ConfigError } from "effect/Config"
import { EventBusMisconfigured } from "@finance/core/bus/EventBus"
import { DatabaseUnusable } from "@finance/core/database/DatabaseUnusable"
import { MasterKeyUnusable } from "@finance/core/event-store/MasterKey"
import { ProgramsStopped } from "./Programs.ts"

/** What is wrong and what to do where that is known, and the whole cause where it is not. Empty for a stop that was asked for. */
export const explain = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return ""
  const error = Cause.squash(cause)
  if (error instanceof DatabaseUnusable) return `\n${error.problem}.\n${error.advice}.\n`
  if (error instanceof MasterKeyUnusable || error instanceof EventBusMisconfigured) return `\n${error.message}.\n`
  if (error instanceof ConfigError) return `\nThe configuration makes no sense: ${error.cause.message}\n`
  if (error instanceof ProgramsStopped) return error.detail
  if (isErrno(error) && error.code === "EADDRINUSE") {
    return `\nPort ${error.port} is taken by another program.\nStop that one, or start this one with another PORT.\n`
  }
  return Cause.pretty(cause)
}

const isErrno = (error: unknown): error is { readonly code: string; readonly port?: number } =>
  typeof error === "object" && error !== null && "code" in error
