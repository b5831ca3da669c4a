/**
 * Message: one or many notices on their way to a person, or a test that has none.
 */
import type { Notice } from "@finance/core/notifications/Notice"
import type { Preferences } from "@finance/core/notifications/Preferences"
import * as Wording from "@finance/core/notifications/Wording"

export interface ToldNotice {
  readonly id: string
  readonly notice: Notice
  readonly created_at: Date
}

export interface Message {
  /** The same each time it is sent. */
  readonly id: string
  readonly notices: ReadonlyArray<ToldNotice>
  readonly preferences: Preferences
  readonly attempt: number
}

/** All there is to say, for who asked to be told. */
export const fullWords = ({ notices, preferences: { language } }: Message): Wording.Words => {
  const [first, ...others] = notices
  if (first === undefined) return Wording.testWords[language]
  if (others.length === 0) return Wording.wordsOf(first.notice, language)
  return Wording.digestOf(
    notices.map(({ notice }) => notice),
    language
  )
}

/** What a locked screen and a list of mails may show. */
export const shownWords = (message: Message): Wording.Words => {
  const { notices, preferences } = message
  const [first, ...others] = notices
  if (!preferences.discreet || first === undefined) return fullWords(message)
  if (others.length === 0) return Wording.discreetWordsOf(first.notice, preferences.language)
  return Wording.discreetDigestOf(
    notices.map(({ notice }) => notice),
    preferences.language
  )
}
