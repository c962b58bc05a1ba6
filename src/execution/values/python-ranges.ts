import { inspect } from 'node:util';

/** The ranges of Python's types. Each function returns why Python has no such value, or undefined. */

/** 0001-01-01 and the end of 9999, in milliseconds since 1970. */
const FIRST_MOMENT = -62_135_596_800_000;
const LAST_MOMENT = 253_402_300_799_999;

/** `timedelta.min` and the end of `timedelta.max`, in milliseconds. */
const SHORTEST = -86_399_999_913_600_000;
const BEYOND_LONGEST = 86_400_000_000_000_000;

/** Exponents of the last digit of a Decimal, and of its first: `decimal.MIN_ETINY` and `MAX_EMAX`. */
const LEAST_EXPONENT = -1_999_999_999_999_999_997n;
const MOST_EXPONENT = 999_999_999_999_999_999n;

export function momentRefusal(milliseconds: number): string | undefined {
  if (Number.isNaN(milliseconds)) return 'an invalid Date';
  if (milliseconds >= FIRST_MOMENT && milliseconds <= LAST_MOMENT) return undefined;
  return `the Date ${new Date(milliseconds).toISOString()} (a datetime is of the years 1 to 9999)`;
}

export function durationRefusal(milliseconds: number): string | undefined {
  if (milliseconds >= SHORTEST && milliseconds < BEYOND_LONGEST) return undefined;
  return `a Duration of ${inspect(milliseconds)} (a timedelta has less than 1,000,000,000 days)`;
}

export function dateRefusal(text: string): string | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && text >= '0001' && isOfCalendar(text)) return undefined;
  return `a PlainDate of ${inspect(text)} (a date is from 0001-01-01 to 9999-12-31)`;
}

/** Returns whether there is such a day, unlike February 30. */
function isOfCalendar(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export function decimalRefusal(text: string): string | undefined {
  if (/^[+-]?(inf(inity)?|s?nan\d*)$/i.test(text) || isFiniteDecimal(text)) return undefined;
  return `a Decimal of ${inspect(text)} (a Decimal is like -12.5 or 1E+10, with an exponent of up to 18 digits)`;
}

function isFiniteDecimal(text: string): boolean {
  const parts = /^[+-]?(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!parts) return false;
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  const last = BigInt(exponent) - BigInt(fraction.length);
  const digits = `${whole}${fraction}`.replace(/^0+/, '').length;
  return last >= LEAST_EXPONENT && last + BigInt(Math.max(digits, 1)) - 1n <= MOST_EXPONENT;
}

export function uuidRefusal(text: string): string | undefined {
  if (/^(urn:uuid:)?\{?[\da-f]{8}(-?[\da-f]{4}){3}-?[\da-f]{12}\}?$/i.test(text)) return undefined;
  return `a Uuid of ${inspect(text)} (a UUID has 32 hexadecimal digits)`;
}
