import { text } from ".";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat(text.locale, { numeric: "auto", style: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const weekday = new Intl.DateTimeFormat(text.locale, { weekday: "long", day: "numeric", month: "long" });

/** Date and time in the reader's zone. */
export function moment(at: string) {
  return whole.format(new Date(at));
}

/** The time of day in the reader's zone, with the date when it is another day than `now`. */
export function timeOfDay(at: string, now = Date.now()) {
  const when = new Date(at);
  return sameDay(when, new Date(now)) ? clock.format(when) : whole.format(when);
}

/** Hours and minutes in the reader's zone. */
export function hours(at: string) {
  return clock.format(new Date(at));
}

/** The day as a reader calls it. */
export function day(at: string, now = Date.now()) {
  const when = new Date(at);
  if (sameDay(when, new Date(now))) {
    return text.chat.today;
  }
  return sameDay(when, new Date(now - DAY)) ? text.chat.yesterday : weekday.format(when);
}

export function sameDay(one: Date, other: Date) {
  return one.toDateString() === other.toDateString();
}

/** How long ago it was: minutes, hours and days of the last week, and the date before that. */
export function ago(at: string, now: number) {
  const when = new Date(at);
  const passed = now - when.getTime();
  if (passed < MINUTE) {
    return text.common.now;
  }
  if (passed < HOUR) {
    return relative.format(-Math.floor(passed / MINUTE), "minute");
  }
  if (passed < DAY) {
    return relative.format(-Math.floor(passed / HOUR), "hour");
  }
  return passed < 7 * DAY ? relative.format(-Math.floor(passed / DAY), "day") : date.format(when);
}
