/** What can be said of an anomaly, in each language. `{name:money}` is an amount in the currency of the parameter `currency`. */
export const sentences = {
  "anomaly.unusual-amount": {
    nb: "{amount:money} hos {merchant} er {times:number} ganger det du pleier å betale der ({usual:money}).",
    nn: "{amount:money} hos {merchant} er {times:number} gonger det du plar betale der ({usual:money}).",
    en: "{amount:money} at {merchant} is {times:number} times what you usually pay there ({usual:money})."
  },
  "anomaly.unusual-amount-in-category": {
    nb: "{amount:money} er mye hos {merchant}, der du har betalt {usual:money} før, og mer enn nesten alt annet du kjøper av samme slag.",
    nn: "{amount:money} er mykje hos {merchant}, der du har betalt {usual:money} før, og meir enn nesten alt anna du kjøper av same slag.",
    en: "{amount:money} is a lot at {merchant}, where you paid {usual:money} before, and more than nearly all you buy of that kind."
  },
  "anomaly.unusual-merchant": {
    nb: "Første gang du betaler til {merchant}, og {amount:money} er mer enn nesten alt du betaler på én gang (vanligvis rundt {usual:money}).",
    nn: "Første gong du betaler til {merchant}, og {amount:money} er meir enn nesten alt du betaler på éin gong (vanlegvis rundt {usual:money}).",
    en: "The first time you pay {merchant}, and {amount:money} is more than nearly all you pay at once (usually about {usual:money})."
  },
  "anomaly.duplicate": {
    nb: "{amount:money} til {merchant} {times} ganger innen to døgn. Kanskje er du belastet dobbelt.",
    nn: "{amount:money} til {merchant} {times} gonger innan to døgn. Kanskje er du belasta dobbelt.",
    en: "{amount:money} to {merchant} {times} times within 48 hours. You may have been charged twice."
  },
  "anomaly.duplicate-by-hand": {
    nb: "{amount:money} til {merchant} er ført både for hånd og fra banken.",
    nn: "{amount:money} til {merchant} er ført både for hand og frå banken.",
    en: "{amount:money} to {merchant} was entered by hand and came from the bank too."
  },
  "anomaly.price-rise": {
    nb: "{merchant} er blitt {percent:number} % dyrere: fra {before:money} til {after:money}.",
    nn: "{merchant} har vorte {percent:number} % dyrare: frå {before:money} til {after:money}.",
    en: "{merchant} has become {percent:number}% dearer: from {before:money} to {after:money}."
  },
  "anomaly.price-drop": {
    nb: "{merchant} er blitt {percent:number} % billigere: fra {before:money} til {after:money}.",
    nn: "{merchant} har vorte {percent:number} % billegare: frå {before:money} til {after:money}.",
    en: "{merchant} has become {percent:number}% cheaper: from {before:money} to {after:money}."
  }
} as const
